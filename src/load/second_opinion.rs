//! What libyaml says of a text, the parser that Compose's own is a translation of.
//!
//! Ours reads YAML 1.2 and lets pass what 1.1 forbids: tabs in some places, keys over several lines. So every
//! text it takes is shown to the other, after its limits on depth have been kept. Only the verdict on the
//! syntax counts; values are never read with it.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Where libyaml stops, and why.
#[derive(Debug)]
pub struct Refusal {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// Its own words.
    pub message: String,
}

/// Asks it. Limits on depth and aliases are none of its business here.
pub fn ask(text: &str) -> Option<Refusal> {
    for document in serde_yaml::Deserializer::from_str(text) {
        let Err(error) = IgnoredAny::deserialize(document) else {
            continue;
        };
        let message = error.to_string();
        if ["limit exceeded", "unknown anchor"]
            .iter()
            .any(|own| message.contains(own))
        {
            return None;
        }
        let place = error.location();
        return Some(Refusal {
            line: place.as_ref().map_or(0, serde_yaml::Location::line),
            column: place.as_ref().map_or(0, serde_yaml::Location::column),
            message,
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_are_judged_as_compose_does() {
        assert!(ask("a:\n  - b\n\t # c\n  - d\n").is_some());
        assert!(ask("a:\tb\nc: [\td]\n").is_none());
    }
}
