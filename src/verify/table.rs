//! The report for a person: one line a container, then what is wrong and why.

use super::claims::Judgement;
use super::report::{Report, ServiceReport, Works, says};
use crate::visible::line;
use std::fmt::Write;

const HEAD: [&str; 7] = [
    "SERVICE",
    "RUNS AS",
    "PROCESSES",
    "ROOT",
    "CAPABILITIES",
    "HELD/BROKEN/UNKNOWN",
    "WORKS",
];

/// The report as text.
pub(crate) fn render(report: &Report) -> String {
    let mut rows = vec![HEAD.map(String::from)];
    rows.extend(
        report
            .services
            .iter()
            .map(row)
            .map(|row| row.map(|cell| line(&cell).into_owned())),
    );
    for unread in &report.unread {
        let mut row = ["", "-", "-", "-", "-", "-", "no"].map(String::from);
        row[0] = line(&unread.service).into_owned();
        rows.push(row);
    }
    let mut out = aligned(&rows);
    for service in &report.services {
        details(service, &mut out);
    }
    for unread in &report.unread {
        let _ = writeln!(
            out,
            "\n{}: could not be looked at: it {}",
            line(&unread.service),
            line(&unread.why)
        );
    }
    if let Some(why) = &report.root_is_not_root {
        let _ = writeln!(
            out,
            "\nuid 0 in these containers is not root on the machine: {}",
            line(why)
        );
    }
    out
}

fn row(service: &ServiceReport) -> [String; 7] {
    let (held, broken, unknown) = service.count();
    [
        service.seen.service.clone(),
        runs_as(service),
        service.processes.to_string(),
        service.root_processes.len().to_string(),
        capabilities(service),
        format!("{held}/{broken}/{unknown}"),
        works(service),
    ]
}

fn capabilities(service: &ServiceReport) -> String {
    let few = |names: &[String]| match names.len() {
        0..=2 => names.join(","),
        n => n.to_string(),
    };
    match (&service.effective, &service.bounding) {
        (Some(effective), Some(bounding)) if effective.is_empty() && bounding.is_empty() => "none".into(),
        (Some(effective), Some(bounding)) if effective.is_empty() => {
            format!("none, {} in reach", few(bounding))
        }
        (Some(effective), Some(_)) => few(effective),
        _ => "not shown".into(),
    }
}

/// `non-root 1000:1000`.
fn runs_as(service: &ServiceReport) -> String {
    let ids = match service.ids.len() {
        0 => String::new(),
        1..=3 => format!(" {}", service.ids.join(" ")),
        n => format!(" {} and {} more", service.ids[..2].join(" "), n - 2),
    };
    format!("{}{ids}", service.class)
}

fn works(service: &ServiceReport) -> String {
    let said = says(&service.seen).map(ToString::to_string);
    match service.works {
        Works::Answers => said.unwrap_or_else(|| "answers its probe".to_owned()),
        Works::Healthy => "healthy".to_owned(),
        Works::Listens => "listens".to_owned(),
        Works::Runs => "runs only".to_owned(),
        Works::No => "no".to_owned(),
        Works::Unknown => "not known yet".to_owned(),
    }
}

fn details(service: &ServiceReport, out: &mut String) {
    let mut lines = Vec::new();
    for judged in &service.claims {
        match &judged.verdict {
            Judgement::Held => {}
            Judgement::Broken { found } => {
                lines.extend([format!("broken: {}", judged.text), format!("    {found}")])
            }
            Judgement::Unchecked { why } => {
                lines.extend([format!("not checked: {}", judged.text), format!("    {why}")]);
            }
            Judgement::Pending { why } => {
                let wait = "`--wait 60s` waits for it";
                lines.extend([
                    format!("not known yet: {}", judged.text),
                    format!("    {why}; {wait}"),
                ]);
            }
        }
    }
    if service.class == super::verdict_word::VerdictWord::StartsAsRootThenDrops {
        lines.push(if service.root_processes.is_empty() {
            "note: no process stays root".to_owned()
        } else {
            format!("note: these stay root: {}", service.root_processes.join("; "))
        });
    }
    lines.extend(service.notes.iter().map(|n| format!("note: {n}")));
    if !lines.is_empty() {
        let head = format!("{} ({})", service.seen.service, service.seen.container);
        let _ = writeln!(out, "\n{}", line(&head));
        for text in lines {
            let _ = writeln!(out, "  {}", line(&text));
        }
    }
}

fn aligned(rows: &[[String; 7]]) -> String {
    let width = |column: usize| rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(c, w)| format!("{c:w$}")).collect();
        let _ = writeln!(out, "{}", cells.join("  ").trim_end());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::observation::Observation;
    use crate::verify::report::Unread;

    #[test]
    fn what_containers_say_stands_on_lines_of_ours() {
        let hostile = || "x\u{1b}[2J\nFORGED".to_owned();
        let seen = Observation {
            service: "web".to_owned(),
            container: hostile(),
            notes: vec![hostile()],
            ..Observation::default()
        };
        let report = Report {
            project: "p".to_owned(),
            engine: String::new(),
            root_is_not_root: Some(hostile()),
            services: vec![ServiceReport::new(seen, Vec::new())],
            unread: vec![Unread {
                service: hostile(),
                container: hostile(),
                why: hostile(),
            }],
        };
        let text = render(&report);
        assert!(!text.contains('\u{1b}') && !text.contains("\nFORGED"), "{text}");
        assert_eq!(text.matches(r"x\x1b[2J\nFORGED").count(), 6, "{text}");
    }
}
