//! Writes YAML that every reader understands alike: whatever could be taken for something else is quoted.

use crate::template::has_variables;
use crate::tree::{Node, Value};
use crate::visible::is_obeyed;
use std::collections::HashSet;
use std::fmt::Write;

/// A value to be written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Out {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as text.
    Number(String),
    /// A string.
    Text(String),
    /// A sequence.
    List(Vec<Out>),
    /// A mapping.
    Map(Vec<(String, Out)>),
    /// A value with a tag (`!override`, `!reset`).
    Tagged(&'static str, Box<Out>),
}

impl Out {
    /// A node of ours: `$` is doubled, since Compose interpolates what it reads.
    pub(crate) fn literal(node: &Node) -> Out {
        Out::from_node(node, &|text| text.replace('$', "$$"))
    }

    /// A node to be repeated as its author wrote it: variables stay variables.
    pub(crate) fn as_written(node: &Node) -> Out {
        if let Some(raw) = own_text(node) {
            return Out::Text(raw.to_owned());
        }
        match &node.value {
            Value::Map(map) => Out::Map(map.iter().map(|(k, n)| (k.clone(), Out::as_written(n))).collect()),
            Value::Seq(items) => {
                let mut texts = HashSet::new();
                let items = items.iter().filter(|item| match &item.raw {
                    // All ports of one range have the text of the range, which stands for them together.
                    Some(raw) if item.as_map().is_some() && item.origin.is_written() => {
                        texts.insert((raw, item.origin))
                    }
                    _ => true,
                });
                Out::List(items.map(Out::as_written).collect())
            }
            _ => Out::literal(node),
        }
    }

    fn from_node(node: &Node, text: &dyn Fn(&str) -> String) -> Out {
        if let Some(raw) = own_text(node) {
            return Out::Text(raw.to_owned());
        }
        match &node.value {
            Value::Null => Out::Null,
            Value::Bool(b) => Out::Bool(*b),
            Value::Int(_) | Value::Uint(_) | Value::Float(_) => {
                Out::Number(node.scalar_text().unwrap_or_default())
            }
            Value::Str(s) | Value::Time(s) => Out::Text(text(s)),
            Value::Seq(items) => Out::List(items.iter().map(|n| Out::from_node(n, text)).collect()),
            Value::Map(map) => Out::Map(
                map.iter()
                    .map(|(k, n)| (k.clone(), Out::from_node(n, text)))
                    .collect(),
            ),
        }
    }
}

/// Its author's text, where that has to be repeated: a number such as `0o750` is written as what it is, since its text
/// in quotes would be none any more.
fn own_text(node: &Node) -> Option<&str> {
    let raw = node.raw.as_deref()?;
    let is_number = matches!(
        node.value,
        Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Float(_)
    );
    (!is_number || has_variables(raw)).then_some(raw)
}

/// The document, block style, two spaces a level; short lists of scalars on one line.
pub(crate) fn write(out: &Out) -> String {
    let mut text = String::new();
    block(&mut text, out, 0);
    text
}

/// Writes `out` where a block starts; it ends with a line break.
fn block(text: &mut String, out: &Out, level: usize) {
    match out {
        Out::Map(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                indent(text, level);
                text.push_str(&scalar(key));
                text.push(':');
                after_key(text, value, level);
            }
        }
        Out::List(items) if !items.is_empty() => {
            for item in items {
                indent(text, level);
                text.push('-');
                item_of_list(text, item, level);
            }
        }
        _ => {
            indent(text, level);
            text.push_str(&inline(out));
            text.push('\n');
        }
    }
}

/// The value of a mapping entry, after its colon.
fn after_key(text: &mut String, value: &Out, level: usize) {
    match value {
        Out::Tagged(tag, inner) => {
            let _ = write!(text, " {tag}");
            after_key(text, inner, level);
        }
        _ if fits(value) => {
            let _ = writeln!(text, " {}", inline(value));
        }
        _ => {
            text.push('\n');
            block(text, value, level + 1);
        }
    }
}

/// An item of a list, after its dash: a mapping starts on the same line.
fn item_of_list(text: &mut String, item: &Out, level: usize) {
    if fits(item) {
        let _ = writeln!(text, " {}", inline(item));
        return;
    }
    let mut inner = String::new();
    block(&mut inner, item, level + 1);
    text.push(' ');
    text.push_str(inner.trim_start_matches(' '));
}

fn indent(text: &mut String, level: usize) {
    text.extend(std::iter::repeat_n("  ", level));
}

/// Whether a value stands on one line.
fn fits(out: &Out) -> bool {
    match out {
        Out::Map(entries) => entries.is_empty(),
        Out::List(items) => {
            items
                .iter()
                .all(|i| !matches!(i, Out::Map(_) | Out::List(_) | Out::Tagged(..)))
                && inline(out).len() <= 96
        }
        Out::Tagged(..) => false,
        _ => true,
    }
}

/// A value on one line.
pub(crate) fn inline(out: &Out) -> String {
    match out {
        Out::Null => "null".to_owned(),
        Out::Bool(b) => b.to_string(),
        Out::Number(n) => n.clone(),
        Out::Text(s) => scalar(s),
        Out::List(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Out::Map(entries) => {
            let list: Vec<String> = entries
                .iter()
                .map(|(k, v)| format!("{}: {}", scalar(k), inline(v)))
                .collect();
            format!("{{{}}}", list.join(", "))
        }
        Out::Tagged(tag, inner) => format!("{tag} {}", inline(inner)),
    }
}

/// A string: plain only where no YAML reader, 1.1 or 1.2, could take it for anything else.
pub(crate) fn scalar(text: &str) -> String {
    let first = text
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == '/');
    let rest = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    const WORDS: &[&str] = &[
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf",
    ];
    if first && rest && !WORDS.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if is_obeyed(c) => {
                let _ = match u32::from(c) {
                    code @ ..0x100 => write!(quoted, "\\x{code:02x}"),
                    code @ ..0x10000 => write!(quoted, "\\u{code:04x}"),
                    code => write!(quoted, "\\U{code:08x}"),
                };
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_misread_is_quoted() {
        for text in [
            "33:33",
            "1000",
            "yes",
            "0x1f",
            "2024-01-01",
            "~",
            "",
            "a b",
            "1e3",
            "=",
            "<<",
            "null",
            "a: b",
        ] {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
        assert_eq!(scalar("no-new-privileges"), "no-new-privileges");
        assert_eq!(scalar("/run/mysqld"), "/run/mysqld");
        assert_eq!(scalar("a\"\\\n\u{1}"), "\"a\\\"\\\\\\n\\x01\"");
    }

    #[test]
    fn lists_of_mappings_and_tags_are_laid_out() {
        let out = Out::Map(vec![
            (
                "ports".into(),
                Out::Tagged(
                    "!override",
                    Box::new(Out::List(vec![Out::Text("80:8080".into())])),
                ),
            ),
            (
                "volumes".into(),
                Out::List(vec![Out::Map(vec![
                    ("type".into(), Out::Text("volume".into())),
                    ("target".into(), Out::Text("/v".into())),
                ])]),
            ),
        ]);
        assert_eq!(
            write(&out),
            "ports: !override [\"80:8080\"]\nvolumes:\n  - type: volume\n    target: /v\n"
        );
    }
}
