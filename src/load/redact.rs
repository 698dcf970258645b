//! Messages without the values of variables: `.env` is where people keep secrets, and messages end up in issues.

use crate::diagnostic::Diagnostic;
use crate::tree::Sources;
use indexmap::IndexMap;

/// A shorter value keeps no secret, and would be found in words that have nothing to do with it.
const SHORTEST: usize = 4;

/// Puts the variable in the place of its value, unless the author's own files say that value too.
pub(super) fn redact(diagnostic: &mut Diagnostic, environment: &IndexMap<String, String>, sources: &Sources) {
    let is_used = |name: &str| {
        let (braced, bare) = (format!("${{{name}"), format!("${name}"));
        sources.shown().any(|t| t.contains(&braced) || t.contains(&bare))
    };
    for (name, value) in environment.iter().filter(|(_, v)| v.len() >= SHORTEST) {
        // In quotes, a value is written as a string is in source code.
        let quoted = format!("{value:?}");
        for value in [value.as_str(), quoted.trim_matches('"')] {
            let is_in = |text: &str| text.contains(value);
            let is_said = is_in(&diagnostic.message) || diagnostic.help.as_deref().is_some_and(is_in);
            if is_said && is_used(name) && !sources.shown().any(is_in) {
                let variable = format!("${{{name}}}");
                diagnostic.message = diagnostic.message.replace(value, &variable);
                diagnostic.help = diagnostic.help.as_ref().map(|h| h.replace(value, &variable));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(message: &str, file: &str) -> String {
        let mut sources = Sources::default();
        sources.add("compose.yaml", file);
        sources.add_secret(".env", "PASSWORD=a\"bcd\n");
        let environment = [("PASSWORD", "a\"bcd"), ("HOME", "/home"), ("N", "80")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()));
        let mut diagnostic = Diagnostic::error(message);
        redact(&mut diagnostic, &environment.into(), &sources);
        diagnostic.message
    }

    #[test]
    fn a_value_is_told_by_its_name() {
        let file = "ports: [\"${PASSWORD}:80\"]";
        assert_eq!(redacted("port a\"bcd is none", file), "port ${PASSWORD} is none");
        assert_eq!(
            redacted("port \"a\\\"bcd\" is none", file),
            "port \"${PASSWORD}\" is none"
        );
        assert_eq!(
            redacted("reading /home/x: port 80", file),
            "reading /home/x: port 80"
        );
    }

    #[test]
    fn what_the_author_wrote_is_told() {
        assert_eq!(redacted("a\"bcd", "x: $PASSWORD\ny: a\"bcd\n"), "a\"bcd");
    }
}
