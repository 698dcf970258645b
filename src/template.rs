//! Compose's template language: `$V`, `${V}`, `${V:-default}`, `${V:+other}`, `${V:?message}`, nested.
//!
//! Compose matches with one regular expression, greedily up to the last brace of a line, and then looks
//! for the brace that really closes. What can be observed of that is kept, first of all that a default
//! cannot span lines.

use std::borrow::Cow;

/// How deep defaults may nest; the reference has no limit and its stack is the end of it.
const DEPTH: u8 = 100;

/// The most bytes that one text may stand for: variables of variables multiply.
pub const MAX: usize = 16 * 1024 * 1024;

/// Why a text is no template, or could not be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateError {
    /// `${}`, `${A!}`, `${A`.
    Invalid,
    /// `${A:?message}` and A is not set.
    Missing {
        /// Its name, without `$`.
        variable: String,
        /// What its author wants to tell; may be empty.
        message: String,
    },
    /// Nested deeper than anybody writes.
    TooDeep,
    /// What it stands for is larger than [`MAX`].
    TooLarge,
}

/// Where variables come from, and who hears of those that are not set.
pub trait Variables {
    /// The value of a variable.
    fn get(&self, name: &str) -> Option<&str>;
    /// A variable without a default is not set; it became an empty text.
    fn unset(&mut self, _name: &str) {}
}

/// The template with every variable filled in.
pub fn substitute<'a>(
    template: &'a str,
    variables: &mut dyn Variables,
) -> Result<Cow<'a, str>, TemplateError> {
    if !template.contains('$') {
        return Ok(Cow::Borrowed(template));
    }
    let mut out = String::with_capacity(template.len());
    fill(template, variables, &mut out, 0)?;
    Ok(Cow::Owned(out))
}

/// Whether the text has a variable in it.
pub fn has_variables(text: &str) -> bool {
    let mut rest = text;
    while let Some(position) = rest.find('$') {
        match next(&rest[position..], &mut None) {
            Match::Literal => rest = &rest[position + 1..],
            Match::Escaped => rest = &rest[position + 2..],
            _ => return true,
        }
    }
    false
}

enum Match<'a> {
    /// A lone `$`.
    Literal,
    /// `$$`.
    Escaped,
    Named(&'a str),
    /// The text between the braces, and how long the whole is.
    Braced {
        name: &'a str,
        operator: &'a str,
        operand: &'a str,
        length: usize,
    },
    Invalid,
}

fn fill(
    template: &str,
    variables: &mut dyn Variables,
    out: &mut String,
    depth: u8,
) -> Result<(), TemplateError> {
    if depth > DEPTH {
        return Err(TemplateError::TooDeep);
    }
    let mut at = 0;
    let mut last_brace = None;
    while let Some(found) = template[at..].find('$') {
        if out.len() > MAX {
            return Err(TemplateError::TooLarge);
        }
        out.push_str(&template[at..at + found]);
        at += found;
        // the last closing brace of this line, counted from the end, is looked for once
        let mut from_here = last_brace
            .filter(|brace: &usize| *brace >= at)
            .map(|brace| brace - at);
        let matched = next(&template[at..], &mut from_here);
        last_brace = from_here.map(|brace| brace + at);
        match matched {
            Match::Literal => {
                out.push('$');
                at += 1;
            }
            Match::Escaped => {
                out.push('$');
                at += 2;
            }
            Match::Named(name) => {
                plain(name, variables, out);
                at += 1 + name.len();
            }
            Match::Braced {
                name,
                operator,
                operand,
                length,
            } => {
                if operator.is_empty() {
                    plain(name, variables, out);
                } else {
                    let mut filled = String::new();
                    fill(operand, variables, &mut filled, depth + 1)?;
                    operate(name, operator, filled, variables, out)?;
                }
                at += length;
            }
            Match::Invalid => return Err(TemplateError::Invalid),
        }
    }
    out.push_str(&template[at..]);
    match out.len() > MAX {
        true => Err(TemplateError::TooLarge),
        false => Ok(()),
    }
}

fn plain(name: &str, variables: &mut dyn Variables, out: &mut String) {
    match variables.get(name) {
        Some(value) => out.push_str(value),
        None => variables.unset(name),
    }
}

fn operate(
    name: &str,
    operator: &str,
    operand: String,
    variables: &dyn Variables,
    out: &mut String,
) -> Result<(), TemplateError> {
    let value = variables.get(name);
    let present = match operator.strip_prefix(':') {
        Some(_) => value.is_some_and(|v| !v.is_empty()),
        None => value.is_some(),
    };
    match (operator.trim_start_matches(':'), present) {
        ("-", false) | ("+", true) => out.push_str(&operand),
        ("?", false) => {
            return Err(TemplateError::Missing {
                variable: name.to_owned(),
                message: operand,
            });
        }
        _ => out.push_str(value.unwrap_or_default()),
    }
    Ok(())
}

/// What stands at the `$` this text begins with.
fn next<'a>(text: &'a str, last_brace: &mut Option<usize>) -> Match<'a> {
    let rest = &text[1..];
    if rest.starts_with('$') {
        return Match::Escaped;
    }
    if !rest.starts_with('{') {
        return match name_length(rest) {
            0 => Match::Literal,
            length => Match::Named(&rest[..length]),
        };
    }
    let name = &rest[1..1 + name_length(&rest[1..])];
    let after = 2 + name.len();
    if name.is_empty() {
        return Match::Invalid;
    }
    if text[after..].starts_with('}') {
        return Match::Braced {
            name,
            operator: "",
            operand: "",
            length: after + 1,
        };
    }
    let colon = usize::from(text[after..].starts_with(':'));
    if !text[after + colon..].starts_with(['-', '+', '?']) {
        return Match::Invalid;
    }
    let operand = after + colon + 1;
    let end = match *last_brace {
        Some(brace) => Some(brace),
        None => {
            let line = text.find('\n').unwrap_or(text.len());
            text[..line].rfind('}')
        }
    };
    *last_brace = end;
    let Some(end) = end.filter(|end| *end >= operand) else {
        return Match::Invalid;
    };
    let close = closing_brace(&text[..=end]).unwrap_or(end).max(operand);
    Match::Braced {
        name,
        operator: &text[after..operand],
        operand: &text[operand..close],
        length: close + 1,
    }
}

/// The brace that closes the first one. The character after an opening brace is not looked at, as in the
/// reference, so that `{}` in a default never closes.
fn closing_brace(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut open, mut at) = (0i32, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'}' => {
                open -= 1;
                if open == 0 {
                    return Some(at);
                }
            }
            b'{' => {
                open += 1;
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    if !bytes
        .first()
        .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
    {
        return 0;
    }
    bytes
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;
    impl Variables for Fixed {
        fn get(&self, name: &str) -> Option<&str> {
            match name {
                "FOO" => Some("foo"),
                "EMPTY" => Some(""),
                _ => None,
            }
        }
    }

    fn of(template: &str) -> Result<String, TemplateError> {
        substitute(template, &mut Fixed).map(Cow::into_owned)
    }

    #[test]
    fn every_operator() {
        for (template, wanted) in [
            ("$FOO-$$FOO-${FOO}", "foo-$FOO-foo"),
            ("${NO:-a}${NO-b}${EMPTY:-c}${EMPTY-d}", "abc"),
            ("${FOO:+a}${FOO+b}${EMPTY:+c}${EMPTY+d}${NO+e}", "abd"),
            ("${NO:-${FOO:-x}}y", "fooy"),
            ("${NO:-{\"k\":\"v\"}}", "{\"k\":\"v\"}"),
            ("${FOO:?no}", "foo"),
            ("$1 $ a$", "$1 $ a$"),
            ("${NO:-a} and ${NO:-b}", "a and b"),
        ] {
            assert_eq!(of(template), Ok(wanted.to_owned()), "{template}");
        }
    }

    #[test]
    fn what_is_no_template() {
        for template in [
            "${}", "${ A}", "${A!}", "${A.B}", "${1}", "${A:b}", "${A", "${A:-\n}",
        ] {
            assert_eq!(of(template), Err(TemplateError::Invalid), "{template}");
        }
        assert!(matches!(of("${NO?why}"), Err(TemplateError::Missing { message, .. }) if message == "why"));
    }

    #[test]
    fn depth_is_limited() {
        let deep = "${A:-".repeat(5000) + &"}".repeat(5000);
        assert_eq!(of(&deep), Err(TemplateError::TooDeep));
    }
}
