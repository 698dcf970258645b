//! The report for a person: one line a container, then what is wrong and why.

use super::claims::Judgement;
use super::report::{Report, ServiceReport, Works};
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
        service.class.to_string(),
        service.processes.to_string(),
        service.root_processes.len().to_string(),
        capabilities(service),
        format!("{held}/{broken}/{unknown}"),
        works(service.works).to_owned(),
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

fn works(works: Works) -> &'static str {
    match works {
        Works::Answers => "yes, it answers",
        Works::Healthy => "yes, healthy",
        Works::Runs => "it runs",
        Works::No => "no",
        Works::Unknown => "not known yet",
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
