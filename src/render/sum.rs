//! A plan in one line: how many services run how, and by name those that a person has to know of.

use crate::plan::confidence::Confidence;
use crate::plan::{Plan, ServicePlan, Verdict};

/// How many names are given of one kind.
const NAMED: usize = 4;
/// How much of a reason is given.
const REASON: usize = 100;

/// The sum of what a start is about: the services that `takes_part`; those that are `left` running are as they were.
pub(crate) fn sum(plan: &Plan, takes_part: &dyn Fn(&str) -> bool, left: &dyn Fn(&str) -> bool) -> String {
    let mut kinds = CountedServices::default();
    let services = plan
        .services
        .iter()
        .filter(|(name, s)| takes_part(name) && s.verdict != Verdict::NoContainer);
    for (name, service) in services {
        kinds.all += 1;
        match &service.verdict {
            _ if left(name) => kinds.left.push(name),
            Verdict::Nonroot | Verdict::Doubtful => kinds.without_root(name, service),
            Verdict::RootStart => kinds.root.push(name),
            Verdict::ExplicitRoot => kinds.asked.push(name),
            Verdict::Skipped { .. } => kinds.skipped.push(name),
            Verdict::OnlyNoNewPrivileges { blocker, .. } | Verdict::Refused { blocker, .. } => {
                kinds.written.push((name, blocker));
            }
            Verdict::NoContainer => {}
        }
    }
    kinds.line()
}

#[derive(Default)]
struct CountedServices<'p> {
    all: usize,
    nonroot: usize,
    tried: usize,
    guessed: Vec<&'p str>,
    root: Vec<&'p str>,
    asked: Vec<&'p str>,
    written: Vec<(&'p str, &'p str)>,
    left: Vec<&'p str>,
    skipped: Vec<&'p str>,
}

impl<'p> CountedServices<'p> {
    fn without_root(&mut self, name: &'p str, service: &ServicePlan) {
        self.nonroot += 1;
        match service.confidence() {
            Confidence::Guessed => self.guessed.push(name),
            Confidence::TriedHere => self.tried += 1,
            _ => {}
        }
    }

    fn line(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        if self.nonroot > 0 {
            let tried = match self.tried {
                0 => String::new(),
                some if some == self.nonroot => ", tried here".to_owned(),
                some => format!(", {some} tried here"),
            };
            let guessed = match self.guessed.as_slice() {
                [] => String::new(),
                some => format!(", guessed: {}", names(some)),
            };
            parts.push(format!("{} without root{tried}{guessed}", self.nonroot));
        }
        let named = [
            ("start as root", &self.root),
            ("root by their author's word", &self.asked),
            ("left running as they are", &self.left),
            ("skipped", &self.skipped),
        ];
        for (what, all) in named.iter().filter(|(_, all)| !all.is_empty()) {
            parts.push(format!("{} {what}: {}", all.len(), names(all)));
        }
        if let [first, rest @ ..] = self.written.as_slice() {
            let why = |(name, why): &(&str, &str)| format!("{name} ({})", short(why));
            let reasons: Vec<String> = std::iter::once(first).chain(rest).take(NAMED).map(why).collect();
            let more = match self.written.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let count = self.written.len();
            parts.push(format!(
                "{count} as their author wrote them: {}{more}",
                reasons.join(", ")
            ));
        }
        let services = if self.all == 1 { "service" } else { "services" };
        match parts.is_empty() {
            true => "no service".to_owned(),
            false => format!("{} {services}: {}", self.all, parts.join("; ")),
        }
    }
}

fn names(all: &[&str]) -> String {
    let few = all.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => few,
        more => format!("{few} and {more} more"),
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(REASON) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_and_those_that_matter_are_named() {
        let kinds = CountedServices {
            all: 9,
            nonroot: 5,
            tried: 3,
            guessed: vec!["custom"],
            root: vec!["watchtower"],
            written: vec![("app", "it did not work here"); 6],
            skipped: vec!["old"],
            ..CountedServices::default()
        };
        let why = "app (it did not work here)";
        assert_eq!(
            kinds.line(),
            format!(
                "9 services: 5 without root, 3 tried here, guessed: custom; 1 start as root: watchtower; \
                 1 skipped: old; 6 as their author wrote them: {why}, {why}, {why}, {why} and 2 more"
            )
        );
        let all = CountedServices {
            all: 1,
            nonroot: 1,
            tried: 1,
            ..CountedServices::default()
        };
        assert_eq!(all.line(), "1 service: 1 without root, tried here");
    }
}
