//! One source of a profile, then and now.

use super::repository::Repository;
use crate::facts::dockerfile::declared;
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A file, and what became of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Revision {
    pub path: String,
    pub change: Fate,
}

/// What became of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    None,
    /// It is not there any more; the same content may be elsewhere.
    Gone {
        moved_to: Option<String>,
    },
    /// A pattern means one more.
    New,
    /// So many lines of it; of a Dockerfile besides which values, then and now.
    Lines(usize, Vec<RevisedValue>),
    /// It is no text.
    Other,
}

/// The values of an instruction that are no longer what they were.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RevisedValue {
    instruction: &'static str,
    then: Vec<String>,
    now: Vec<String>,
}

/// What profiles take from a Dockerfile.
const INSTRUCTIONS: [&str; 5] = ["USER", "VOLUME", "EXPOSE", "ENTRYPOINT", "CMD"];
/// How long two texts are compared before their difference may be told as more than it is.
const PATIENCE: Duration = Duration::from_secs(2);

/// What became of all files that a path or a pattern meant; none when it meant nothing.
pub(super) fn revisions(copy: &Repository<'_>, commit: &str, path: &str) -> Option<Vec<Revision>> {
    let then: BTreeMap<String, String> = copy.files(commit, path).into_iter().collect();
    if then.is_empty() {
        return None;
    }
    let now: BTreeMap<String, String> = copy.files("HEAD", path).into_iter().collect();
    let mut found = Vec::new();
    for (path, old) in &then {
        let change = match now.get(path) {
            Some(new) if new == old => Fate::None,
            Some(new) => compare(copy, path, old, new),
            None => Fate::Gone {
                moved_to: copy.place_of("HEAD", old),
            },
        };
        found.push(Revision {
            path: path.clone(),
            change,
        });
    }
    let new = now.into_keys().filter(|path| !then.contains_key(path));
    found.extend(new.map(|path| Revision {
        path,
        change: Fate::New,
    }));
    Some(found)
}

fn compare(copy: &Repository<'_>, path: &str, old: &str, new: &str) -> Fate {
    let (Some(then), Some(now)) = (copy.text(old), copy.text(new)) else {
        return Fate::Other;
    };
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(&then, &now);
    let lines = diff.iter_all_changes().filter(|c| c.tag() != ChangeTag::Equal);
    let lines = lines.count();
    let values = match is_dockerfile(path) {
        true => values(&then, &now),
        false => Vec::new(),
    };
    Fate::Lines(lines, values)
}

fn values(then: &str, now: &str) -> Vec<RevisedValue> {
    let all = INSTRUCTIONS.iter().map(|instruction| RevisedValue {
        instruction,
        then: declared(then, instruction),
        now: declared(now, instruction),
    });
    all.filter(|value| value.then != value.now).collect()
}

fn is_dockerfile(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.contains("dockerfile") || name.contains("containerfile")
}

impl Fate {
    /// As fields of an object.
    pub(super) fn say(&self, told: &mut Value) {
        let (word, more) = match self {
            Fate::None => ("none", json!({})),
            Fate::Gone { moved_to } => ("gone", json!({"moved_to": moved_to})),
            Fate::New => ("new", json!({})),
            Fate::Lines(lines, values) => {
                let values: Vec<Value> = values
                    .iter()
                    .map(|v| json!({"instruction": v.instruction, "then": v.then, "now": v.now}))
                    .collect();
                ("changed", json!({"lines": lines, "values": values}))
            }
            Fate::Other => ("changed", json!({})),
        };
        told["change"] = json!(word);
        for (key, value) in more.as_object().into_iter().flatten() {
            told[key] = value.clone();
        }
    }

    /// The values that differ.
    pub(super) fn values(&self) -> &[RevisedValue] {
        match self {
            Fate::Lines(_, values) => values,
            _ => &[],
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fate::None => f.write_str("unchanged"),
            Fate::Gone { moved_to: None } => f.write_str("gone"),
            Fate::Gone { moved_to: Some(to) } => write!(f, "gone, the same is now {to}"),
            Fate::New => f.write_str("new"),
            Fate::Lines(1, _) => f.write_str("changed, 1 line"),
            Fate::Lines(lines, _) => write!(f, "changed, {lines} lines"),
            Fate::Other => f.write_str("changed"),
        }
    }
}

impl fmt::Display for RevisedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |values: &[String]| match values {
            [] => "none".to_owned(),
            values => values.join(" and "),
        };
        let (then, now) = (said(&self.then), said(&self.now));
        write!(f, "{}: {then}; now {now}", self.instruction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_dockerfile_the_last_stage_counts() {
        let then = "FROM a AS base\nUSER 1\nEXPOSE 80\nFROM b AS other\nUSER 5\nFROM base\nCMD [\"x\"]\n";
        let now = "FROM a AS base\nUSER 1\nEXPOSE 8080 \\\n  443\nFROM b AS other\nUSER 6\nFROM base\nUSER 2\nCMD [\"x\"]\n";
        let told: Vec<String> = values(then, now).iter().map(RevisedValue::to_string).collect();
        assert_eq!(told, ["USER: 1; now 2", "EXPOSE: 80; now 8080 443"]);
        assert_eq!(values(then, then), []);
        assert!(is_dockerfile("17/alpine/Dockerfile") && is_dockerfile("app.dockerfile"));
        assert!(!is_dockerfile("Dockerfile/run"));
    }
}
