//! The two notes at the top of what nrcompose writes: an override, which is never read as part of a project, since it
//! says what came of planning one; and a whole file, which is the person's own as soon as it is written.

/// At the top of an override. (A whole file had it too, before it had a note of its own.)
pub const OVERRIDE: &str = "# Written by nrcompose. Do not edit: it is written anew.";
/// At the top of a whole hardened file.
pub const WHOLE: &str = "# Written by nrcompose: a whole project, hardened. It is planned as your own; `harden --full -o` replaces it.";

/// What of a service only its author says; an override has none of it, but in services of its own.
const AUTHORS: [&str; 4] = ["image", "build", "extends", "provider"];
/// The sections that an override can have.
const SECTIONS: [&str; 5] = ["services", "configs", "networks", "secrets", "volumes"];
/// How the services that an override adds are called.
const ADDED: &str = "nrcompose-";

/// Whether nrcompose wrote a file, of either kind.
pub fn is_ours(text: &[u8]) -> bool {
    [OVERRIDE, WHOLE].iter().any(|mark| rest(text, mark).is_some())
}

/// Whether a file is an override of ours: its note, and the shape in which overrides are written. What has the note and
/// describes services is somebody's project.
pub fn is_override(text: &[u8]) -> bool {
    rest(text, OVERRIDE).is_some_and(|rest| std::str::from_utf8(rest).is_ok_and(has_shape))
}

/// A whole file without the note it has.
pub fn unmarked(text: &str) -> &str {
    let rest = |mark: &str| text.strip_prefix(mark)?.strip_prefix('\n');
    rest(WHOLE).or_else(|| rest(OVERRIDE)).unwrap_or(text)
}

/// What stands below a note.
fn rest<'t>(text: &'t [u8], mark: &str) -> Option<&'t [u8]> {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let rest = text.strip_prefix(mark.as_bytes())?;
    rest.first().is_none_or(|b| b"\r\n".contains(b)).then_some(rest)
}

/// Sections in lines of their own, services indented by two and their attributes by four, as `render` writes them.
fn has_shape(text: &str) -> bool {
    let mut in_services = false;
    // Whether the service that the line is of is one that nrcompose adds.
    let mut is_added = None;
    for line in text.lines().map(str::trim_end) {
        let inner = line.trim_start();
        if inner.is_empty() || inner.starts_with('#') {
            continue;
        }
        match line.len() - inner.len() {
            0 if line == "services: {}" => {}
            0 => match line.strip_suffix(':') {
                Some(section) if SECTIONS.contains(&section) => {
                    (in_services, is_added) = (section == "services", None);
                }
                _ => return false,
            },
            _ if !in_services => {}
            2 if [":", ": {}", ": !override"]
                .iter()
                .any(|end| inner.ends_with(end)) =>
            {
                is_added = Some(inner.trim_start_matches('"').starts_with(ADDED));
            }
            4 if is_added == Some(false) && AUTHORS.iter().any(|a| is_key(inner, a)) => return false,
            4.. if is_added.is_some() => {}
            _ => return false,
        }
    }
    true
}

fn is_key(line: &str, key: &str) -> bool {
    line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_describes_services_is_a_project() {
        for (below, wanted) in [
            ("services: {}\n", true),
            ("services:\n  web:\n    user: \"1:1\"\n", true),
            ("services:\r\n  \"web\":\r\n    user: \"1:1\"\r\n", true),
            (
                "services:\n  nrcompose-init-web:\n    image: \"${X}\"\n  web:\n    user: \"1:1\"\nconfigs:\n  c:\n    content: x\n",
                true,
            ),
            ("services:\n  web:\n    image: nginx\n    user: \"1:1\"\n", false),
            (
                "services:\n  nrcompose-init-web: !override\n    image: a\n  web:\n    build: .\n",
                false,
            ),
            ("name: x\nservices:\n  web:\n    user: \"1:1\"\n", false),
            ("services:\n    web:\n        image: nginx\n", false),
            ("services:\n  web: {image: nginx}\n", false),
            ("services: {web: {image: nginx}}\n", false),
            ("services:\n   web:\n     image: nginx\n", false),
        ] {
            let text = format!("{OVERRIDE}\n{below}");
            assert_eq!(is_override(text.as_bytes()), wanted, "{text}");
            assert!(is_ours(text.as_bytes()));
            assert!(!is_override(below.as_bytes()));
            assert!(!is_override(format!("{WHOLE}\n{below}").as_bytes()));
        }
        assert!(!is_ours(format!("{OVERRIDE} Not quite.\n").as_bytes()));
        assert!(is_override(format!("\u{feff}{OVERRIDE}").as_bytes()));
    }
}
