//! `.env` and `env_file` in Compose's dialect.

use crate::template::{self, TemplateError, Variables};
use indexmap::IndexMap;
use std::borrow::Cow;

/// Values by name, in the order they were first set.
pub type Values = IndexMap<String, String>;

/// What is wrong with a file of variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvError {
    /// The line, as the reference counts them.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

/// Reads a file in the usual dialect into `values`. A variable in a value is looked up by `lookup` and then
/// among the values so far.
pub fn parse(
    text: &str,
    values: &mut Values,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<(), EnvError> {
    let mut parser = Parser {
        rest: text.strip_prefix('\u{feff}').unwrap_or(text),
        line: 1,
        lookup,
    };
    let mut filled = 0;
    while parser.skip_to_statement() {
        let (key, kind) = parser.key()?;
        if filled > 4 * template::MAX {
            return Err(parser.error("values that their variables make larger than 64 MiB together"));
        }
        if key.contains(' ') {
            return Err(parser.error("key cannot contain a space"));
        }
        if kind == AssignmentKind::Inherited {
            if let Some(value) = lookup(key) {
                values.insert(key.to_owned(), value);
            }
        } else {
            let value = parser.value(values)?;
            filled += value.len();
            values.insert(key.to_owned(), value);
        }
    }
    Ok(())
}

/// Reads a file with `format: raw`: as `docker run --env-file` does, with neither quotes nor variables.
pub fn parse_raw(
    text: &str,
    values: &mut Values,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<(), EnvError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in (1..).zip(text.split('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let error = |message: &str| EnvError {
            line: number,
            message: message.to_owned(),
        };
        let (key, value) = line.split_once('=').map_or((line, None), |(k, v)| (k, Some(v)));
        if key.contains(char::is_whitespace) {
            return Err(error("a variable's name has whitespace in it"));
        }
        if key.is_empty() {
            return Err(error("a line without a variable's name"));
        }
        if let Some(value) = value.map(str::to_owned).or_else(|| lookup(key)) {
            values.insert(key.to_owned(), value);
        }
    }
    Ok(())
}

#[derive(PartialEq, Clone, Copy)]
enum AssignmentKind {
    /// `KEY` alone: the value comes from the environment.
    Inherited,
    Assigned,
}

struct Parser<'a> {
    rest: &'a str,
    line: u32,
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Parser<'a> {
    fn error(&self, message: impl Into<String>) -> EnvError {
        EnvError {
            line: self.line,
            message: message.into(),
        }
    }

    /// Skips blanks and comments; whether anything is left.
    fn skip_to_statement(&mut self) -> bool {
        loop {
            let start = self.rest.trim_start();
            let skipped = &self.rest[..self.rest.len() - start.len()];
            self.line += count_lines(skipped);
            self.rest = start;
            if !start.starts_with('#') {
                return !start.is_empty();
            }
            match start.find('\n') {
                Some(end) => self.rest = &start[end..],
                None => return false,
            }
        }
    }

    fn key(&mut self) -> Result<(&'a str, AssignmentKind), EnvError> {
        if let Some(after) = self.rest.strip_prefix("export")
            && after.starts_with(['\t', '\n', '\u{c}', '\r', ' '])
        {
            self.rest = after.trim_start_matches(is_blank);
        }
        let source = self.rest;
        let (mut key, mut offset, mut kind) = ("", 0, AssignmentKind::Assigned);
        for (at, c) in source.char_indices() {
            match c {
                _ if is_blank(c) => {}
                '=' | ':' | '\n' => {
                    (key, offset) = (&source[..at], at + 1);
                    if c == '\n' {
                        kind = AssignmentKind::Inherited;
                    }
                    break;
                }
                '_' | '.' | '-' | '[' | ']' => {}
                _ if c.is_alphabetic() || c.is_numeric() => {}
                _ => {
                    return Err(self.error(format!("unexpected character {c:?} in a variable's name")));
                }
            }
        }
        if kind == AssignmentKind::Inherited && !key.contains(' ') {
            self.line += 1;
        }
        self.rest = source[offset..].trim_start_matches(is_blank);
        Ok((key.trim_end(), kind))
    }

    fn value(&mut self, values: &Values) -> Result<String, EnvError> {
        let source = self.rest;
        match source.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => self.quoted(*quote, values),
            _ => {
                let (line, rest) = source.split_once('\n').unwrap_or((source, ""));
                self.rest = rest;
                let value = line.split_once(" #").map_or(line, |(value, _)| value).trim_end();
                let value = self.expand(value, values);
                self.line += 1;
                value
            }
        }
    }

    fn quoted(&mut self, quote: u8, values: &Values) -> Result<String, EnvError> {
        let source = self.rest;
        let opened = self.line;
        let mut value = Vec::new();
        let mut escaped = false;
        for (at, byte) in source.bytes().enumerate().skip(1) {
            if byte == b'\n' {
                self.line += 1;
            }
            match byte {
                _ if byte == quote && escaped => value.push(byte),
                _ if byte == quote => {
                    self.rest = &source[at + 1..];
                    let value = String::from_utf8_lossy(&value).into_owned();
                    return match quote {
                        b'"' => self.expand(&escapes(&value), values),
                        _ => Ok(value),
                    };
                }
                b'\\' if !escaped => {
                    escaped = true;
                    continue;
                }
                _ => {
                    if escaped {
                        value.push(b'\\');
                    }
                    value.push(byte);
                }
            }
            escaped = false;
        }
        self.line = opened;
        Err(self.error("a quoted value without its closing quote"))
    }

    fn expand(&self, value: &str, values: &Values) -> Result<String, EnvError> {
        let mut variables = InFile {
            lookup: self.lookup,
            values,
            found: IndexMap::new(),
        };
        variables.collect(value);
        let expanded = template::substitute(value, &mut variables);
        expanded.map(Cow::into_owned).map_err(|e| {
            self.error(match e {
                TemplateError::Missing { variable, message } if message.is_empty() => {
                    format!("required variable {variable} is missing a value")
                }
                TemplateError::Missing { variable, message } => {
                    format!("required variable {variable} is missing a value: {message}")
                }
                TemplateError::TooLarge => "a value that its variables make larger than 16 MiB".to_owned(),
                TemplateError::Invalid | TemplateError::TooDeep => {
                    "a value that is no valid template (write `$$` for a dollar sign)".to_owned()
                }
            })
        })
    }
}

/// The variables of a value: those of the caller first, then those of the file so far.
struct InFile<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    values: &'a Values,
    found: Values,
}

impl InFile<'_> {
    /// Asks the caller once for every name the text could mean, so that `get` can lend the answer.
    fn collect(&mut self, text: &str) {
        if !text.contains('$') {
            return;
        }
        let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        for part in text.split('$').skip(1) {
            let name = part
                .trim_start_matches('{')
                .split(word)
                .next()
                .unwrap_or_default();
            if let Some(value) = (self.lookup)(name) {
                self.found.insert(name.to_owned(), value);
            }
        }
    }
}

impl Variables for InFile<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.found
            .get(name)
            .or_else(|| self.values.get(name))
            .map(String::as_str)
    }
}

/// `\n`, `\t`, `\"`, `\0101` …; `\$` becomes `$$`, which the template turns into `$`.
fn escapes(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let replacement = match rest.chars().next() {
            Some('a') => "\u{7}",
            Some('b') => "\u{8}",
            Some('f') => "\u{c}",
            Some('n') => "\n",
            Some('r') => "\r",
            Some('t') => "\t",
            Some('v') => "\u{b}",
            Some('$') => "$$",
            Some('"') => "\"",
            Some('\\') => "\\",
            Some('0') => {
                rest = octal(rest, &mut out);
                continue;
            }
            _ => {
                out.push('\\');
                continue;
            }
        };
        out.push_str(replacement);
        rest = &rest[1..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// `0101` is one character; it takes exactly three digits, else the text stays as it is.
fn octal<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let digits = rest[1..].bytes().take(3).take_while(u8::is_ascii_digit).count();
    let code = u32::from_str_radix(&rest[1..=digits], 8)
        .ok()
        .filter(|_| digits == 3);
    match code.filter(|code| *code <= 255).and_then(char::from_u32) {
        Some(c) => out.push(c),
        None => {
            out.push('\\');
            out.push_str(&rest[..=digits]);
        }
    }
    &rest[digits + 1..]
}

fn count_lines(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|b| *b == b'\n').count()).unwrap_or(u32::MAX)
}

/// White space that is no line break.
fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Values, EnvError> {
        let mut values = Values::new();
        let lookup = |name: &str| (name == "HOST").then(|| "outside".to_owned());
        parse(text, &mut values, &lookup).map(|()| values)
    }

    #[test]
    fn the_dialect() {
        for (text, wanted) in [
            ("A=b", "b"),
            ("export A=b", "b"),
            ("A: b", "b"),
            ("A=b # c", "b"),
            ("A=b#c", "b#c"),
            ("A='${HOST} \\n'", "${HOST} \\n"),
            ("A=\"x\\ty ${HOST}\"", "x\ty outside"),
            ("A=\"one\ntwo\"", "one\ntwo"),
            ("B=1\nA=${B}${HOST}", "1outside"),
            ("A=${NO:-d}", "d"),
            ("A=$$x", "$x"),
            ("A=\"\\$x\"", "$x"),
            ("A=\"\\0101\"", "A"),
            ("\u{feff}A=b", "b"),
        ] {
            assert_eq!(of(text).map(|v| v["A"].clone()), Ok(wanted.to_owned()), "{text}");
        }
    }

    #[test]
    fn inherited_and_broken_lines() {
        assert_eq!(of("HOST\nNO\n").map(|v| v.len()), Ok(1));
        assert_eq!(of("A=1\nB C=2\n").map_err(|e| e.line), Err(2));
        assert!(of("A='x").is_err());
        assert!(of("A%=1").is_err());
    }

    #[test]
    fn raw_takes_everything_after_the_sign() {
        let mut values = Values::new();
        assert_eq!(
            parse_raw("# c\n A='b' # $x\nNO\n", &mut values, &|_| None),
            Ok(())
        );
        assert_eq!(values["A"], "'b' # $x");
        assert_eq!(values.len(), 1);
    }
}
