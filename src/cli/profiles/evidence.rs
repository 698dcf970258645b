//! How well the built-in profiles can be looked up again.

use super::{Format, word};
use crate::facts::builtin;
use crate::facts::evidence::{EvidenceEntry, EvidenceKind, UNKNOWN_DAY};
use crate::facts::merge::Fragment;
use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;

/// What of a kind there is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
struct Counts {
    entries: usize,
    /// Those that say at which commit or on which day.
    pinned: usize,
    /// Those that could, and do not.
    unpinned: usize,
    /// Those with a day.
    dated: usize,
}

impl Counts {
    fn take(&mut self, entry: &EvidenceEntry) {
        self.entries += 1;
        match entry.is_pinned() {
            Some(true) => self.pinned += 1,
            Some(false) => self.unpinned += 1,
            None => {}
        }
        self.dated += usize::from(entry.date.as_deref().is_some_and(|day| day != UNKNOWN_DAY));
    }
}

/// Counts them by kind; then the profiles that have nothing but unpinned ones.
pub(super) fn evidence(format: Format, out: &mut dyn Write) -> Result<()> {
    let mut kinds: BTreeMap<EvidenceKind, Counts> = BTreeMap::new();
    let mut all = Counts::default();
    let (mut profiles, mut alone) = (0, 0);
    for part in builtin::names().filter_map(builtin::part) {
        let mut own = Counts::default();
        for (_, entry) in entries(&part) {
            kinds.entry(entry.kind).or_default().take(&entry);
            all.take(&entry);
            own.take(&entry);
        }
        profiles += 1;
        alone += usize::from(own.unpinned > 0 && own.pinned == 0);
    }
    let rows = kinds.iter().map(|(kind, counts)| (word(kind), counts));
    if format == Format::Json {
        let kinds: serde_json::Map<String, Value> = rows.map(|(kind, c)| (kind, json!(c))).collect();
        let told = json!({"kinds": kinds, "all": all, "profiles": profiles, "unpinned_alone": alone});
        return Ok(writeln!(out, "{told:#}")?);
    }
    let head = ["kind", "entries", "pinned", "unpinned", "dated"].map(str::to_owned);
    let lines = rows.chain([("all".to_owned(), &all)]).map(|(kind, c)| {
        let numbers = [c.entries, c.pinned, c.unpinned, c.dated].map(|n| n.to_string());
        let [entries, pinned, unpinned, dated] = numbers;
        [kind, entries, pinned, unpinned, dated]
    });
    for [kind, numbers @ ..] in std::iter::once(head).chain(lines) {
        let numbers: String = numbers.iter().map(|n| format!("  {n:>8}")).collect();
        writeln!(out, "{kind:10}{numbers}")?;
    }
    writeln!(
        out,
        "{alone} of {profiles} profiles rest on unpinned evidence alone"
    )?;
    Ok(())
}

/// The evidence of a profile or a part of one, also that of its conditions, by name.
pub(super) fn entries(part: &Fragment) -> Vec<(String, EvidenceEntry)> {
    let of_conditions = part.get("conditions").and_then(Value::as_array);
    let sets = of_conditions
        .into_iter()
        .flatten()
        .filter_map(|condition| condition.pointer("/set/evidence"));
    part.get("evidence")
        .into_iter()
        .chain(sets)
        .filter_map(Value::as_object)
        .flatten()
        .filter_map(|(name, entry)| Some((name.clone(), serde_json::from_value(entry.clone()).ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> EvidenceEntry {
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn what_cannot_be_pinned_is_neither() {
        let mut counts = Counts::default();
        for text in [
            "{kind: dockerfile, repo: a/b, path: c, commit: unpinned, date: unknown}",
            "{kind: dockerfile, repo: a/b, path: c, commit: 0123456, date: \"2026-01-01\"}",
            "{kind: documented, page: \"https://a.example\", date: \"2026-01-01\"}",
            "{kind: inferred, says: b}",
        ] {
            counts.take(&entry(text));
        }
        let expected = Counts {
            entries: 4,
            pinned: 2,
            unpinned: 1,
            dated: 2,
        };
        assert_eq!(counts, expected);
    }

    #[test]
    fn evidence_of_conditions_counts_too() {
        let part = json!({
            "evidence": {"a": {"kind": "inferred"}},
            "conditions": [{"when": {"tag": "b"}, "set": {"evidence": {"c": {"kind": "documented"}}}}],
        });
        let found = entries(part.as_object().unwrap());
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "c"]);
    }
}
