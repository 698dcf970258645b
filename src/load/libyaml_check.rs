//! What libyaml says of a text, the parser that Compose's own is a translation of.
//!
//! Ours reads YAML 1.2 and takes some texts with tabs and with the line breaks of Unicode otherwise than YAML
//! 1.1 does, so these are shown to the other, after ours has kept its limits on depth. Only the verdict on the
//! syntax counts; values are never read with it.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Where libyaml stops, and why.
#[derive(Debug)]
pub(super) struct LibyamlRefusal {
    pub line: usize,
    pub column: usize,
    /// Its own words.
    pub message: String,
}

/// Whether a text has what the two read differently.
pub(super) fn is_wanted(text: &str) -> bool {
    text.contains(['\t', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// Asks it. Limits on depth and aliases are none of its business here.
pub(super) fn ask(text: &str) -> Option<LibyamlRefusal> {
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
        return Some(LibyamlRefusal {
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

    /// `libyaml-safer` panics on these.
    #[test]
    fn no_text_ends_the_program() {
        for text in [
            "{a: \"b\"!x, c: d}\n",
            "a: [\"b\"!x, c]\n",
            "n: {a: {}!x, b: {}}\n",
        ] {
            assert!(ask(text).is_some(), "{text:?}");
        }
    }
}
