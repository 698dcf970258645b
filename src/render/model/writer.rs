//! JSON and YAML of a model, attribute by attribute as its shape says.

use crate::load::{self, Level, Shape};
use crate::render::Format;
use crate::tree::{Map, Node, Value, text};

/// Writes nodes in one of the two notations.
pub(super) struct Writer<'s> {
    out: String,
    sink: &'s mut dyn FnMut(&str),
    /// The notation.
    pub format: Format,
    /// Whether `$` becomes `$$`.
    double: bool,
    depth: usize,
}

/// How much is kept before it is passed on.
const ENOUGH: usize = 32 << 10;

impl<'s> Writer<'s> {
    /// Nothing yet; `double` says whether `$` becomes `$$`.
    pub(super) fn new(format: Format, double: bool, sink: &'s mut dyn FnMut(&str)) -> Self {
        Writer {
            out: String::new(),
            sink,
            format,
            double,
            depth: 0,
        }
    }

    /// Hands what there is to the sink, if it is enough; only between two entries.
    pub(super) fn pass_on(&mut self) {
        if self.out.len() > ENOUGH {
            (self.sink)(&self.out);
            self.out.clear();
        }
    }

    /// Ends the text.
    pub(super) fn finish(mut self) {
        self.out.push('\n');
        (self.sink)(&self.out);
    }

    /// The key of an entry.
    pub(super) fn key(&mut self, key: &str) {
        self.text(key);
        self.out
            .push_str(if self.format == Format::Json { ": " } else { ":" });
    }

    /// A mapping of so many entries, each written by `entry`.
    pub(super) fn entries(&mut self, length: usize, entry: impl FnMut(&mut Self, usize)) {
        self.block(length, '{', '}', entry);
    }

    /// A node of this shape.
    pub(super) fn node(&mut self, node: &Node, level: Option<&Level<Shape>>) {
        let shape = level.and_then(|l| l.row).copied();
        match &node.value {
            Value::Map(map) => match shape {
                Some(Shape::Ssh) => self.ssh(map),
                _ => self.mapping(map, level, shape),
            },
            Value::Seq(items) => {
                let level = level.and_then(Level::item);
                self.list(items.len(), |writer, position| {
                    writer.node(&items[position], level)
                });
            }
            Value::Null => self.out.push_str("null"),
            Value::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Value::Int(0) if shape == Some(Shape::Ulimit) && self.format == Format::Json => {
                self.out.push_str("{}")
            }
            Value::Int(i) => self.out.push_str(&i.to_string()),
            Value::Uint(u) => self.out.push_str(&u.to_string()),
            Value::Float(f) => self.float(*f, shape),
            Value::Str(s) => self.text(s),
            Value::Time(s) => self.text(&time(s)),
        }
    }

    fn mapping(&mut self, map: &Map, level: Option<&Level<Shape>>, shape: Option<Shape>) {
        let known = matches!(shape, Some(Shape::Record | Shape::Value | Shape::Ulimit));
        let json = self.format == Format::Json;
        let child = |key: &str| level.and_then(|l| l.child(key));
        let mut entries: Vec<(&str, Option<&Node>)> = map
            .iter()
            .filter(|(key, node)| {
                if !known || level.is_none() {
                    return true;
                }
                if key.starts_with("x-") {
                    return !json;
                }
                if shape == Some(Shape::Ulimit) {
                    return !json || node.as_int() != Some(0);
                }
                child(key)
                    .and_then(|l| l.row)
                    .is_none_or(|s| !(load::zero(*s, node) || (!json && yaml_zero(*s, node))))
            })
            .map(|(key, node)| (key.as_str(), Some(node)))
            .collect();
        if known
            && json
            && let Some(level) = level
        {
            let always = |l: &Level<Shape>| {
                matches!(
                    l.row,
                    Some(
                        Shape::Command
                            | Shape::Value
                            | Shape::AlwaysBool
                            | Shape::AlwaysBytes
                            | Shape::AlwaysInt
                            | Shape::AlwaysText
                    )
                )
            };
            entries.extend(
                level
                    .named()
                    .filter(|(key, l)| always(l) && !map.contains_key(key))
                    .map(|(key, _)| (key, None)),
            );
        }
        entries.sort_by_key(|(key, _)| *key);
        self.block(entries.len(), '{', '}', |writer, position| {
            let (key, node) = entries[position];
            let level = child(key);
            let key = match (json, level.and_then(|l| l.row)) {
                // these types of Compose have no names of their own for JSON
                (true, Some(Shape::AlwaysText)) if key == "path" && !map.contains_key("action") => "Path",
                (true, Some(Shape::AlwaysInt)) if key == "weight" => "Weight",
                (true, Some(Shape::AlwaysBytes)) => "Rate",
                _ => key,
            };
            writer.key(key);
            match node {
                Some(node) if !node.is_null() || !is_empty_default(level) => writer.value(node, level),
                _ => writer.out.push_str(default(level)),
            }
        });
    }

    /// A value after its key: in YAML, a collection begins a new line.
    pub(super) fn value(&mut self, node: &Node, level: Option<&Level<Shape>>) {
        if self.format != Format::Json && !matches!(node.value, Value::Map(_) | Value::Seq(_)) {
            self.out.push(' ');
        }
        self.node(node, level);
    }

    fn list(&mut self, length: usize, mut item: impl FnMut(&mut Self, usize)) {
        self.block(length, '[', ']', |writer, position| {
            if writer.format != Format::Json {
                writer.out.push_str("- ");
            }
            item(writer, position);
        });
    }

    fn block(&mut self, length: usize, open: char, close: char, mut entry: impl FnMut(&mut Self, usize)) {
        let json = self.format == Format::Json;
        if length == 0 {
            if !json && self.out.ends_with(':') {
                self.out.push(' ');
            }
            self.out.push(open);
            self.out.push(close);
            return;
        }
        if json {
            self.out.push(open);
        }
        self.depth += 1;
        for position in 0..length {
            match (json, position) {
                (true, 0) => self.new_line(),
                (true, _) => {
                    self.out.push(',');
                    self.new_line();
                }
                // the first entry of a list item stands behind its dash
                (false, 0) if self.out.ends_with("- ") || self.out.is_empty() => {}
                (false, _) => self.new_line(),
            }
            entry(self, position);
        }
        self.depth -= 1;
        if json {
            self.new_line();
            self.out.push(close);
        }
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        let levels = if self.format == Format::Json {
            self.depth
        } else {
            self.depth.saturating_sub(1)
        };
        self.out.extend(std::iter::repeat_n("  ", levels));
    }

    fn ssh(&mut self, map: &Map) {
        let mut keys: Vec<String> = map
            .iter()
            .map(|(id, path)| match path.scalar_text() {
                Some(path) => format!("{id}: {path}"),
                None => id.clone(),
            })
            .collect();
        keys.sort();
        self.list(keys.len(), |writer, position| writer.text(&keys[position]));
    }

    fn float(&mut self, number: f64, shape: Option<Shape>) {
        #[allow(clippy::cast_possible_truncation)] // Compose keeps these in single precision
        let shown = match shape {
            Some(Shape::Float | Shape::Cpus) => text::float32(number as f32, text::JSON),
            _ => text::float(number, text::JSON),
        };
        self.out.push_str(&shown);
    }

    fn text(&mut self, text: &str) {
        if self.format != Format::Json && is_plain(text) {
            self.out.push_str(text);
            return;
        }
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '$' if self.double => self.out.push_str("$$"),
                c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                    self.out.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

/// What stands for an attribute that Compose always prints.
fn default(level: Option<&Level<Shape>>) -> &'static str {
    match level.and_then(|l| l.row) {
        // within a watch, the command to run is a mapping of its own
        Some(Shape::Value) if level.and_then(|l| l.child("command")).is_some() => "{\"command\": null}",
        Some(Shape::Value) => "{}",
        Some(Shape::AlwaysBool) => "false",
        Some(Shape::AlwaysInt) => "0",
        Some(Shape::AlwaysBytes) => "\"0\"",
        Some(Shape::AlwaysText) => "\"\"",
        _ => "null",
    }
}

fn is_empty_default(level: Option<&Level<Shape>>) -> bool {
    matches!(
        level.and_then(|l| l.row),
        Some(Shape::Value | Shape::AlwaysBool | Shape::AlwaysBytes | Shape::AlwaysInt | Shape::AlwaysText)
    )
}

/// In YAML, nothing is printed for the sake of a type.
fn yaml_zero(shape: Shape, node: &Node) -> bool {
    match shape {
        Shape::Command => node.is_null(),
        Shape::Value => node.as_map().is_none_or(Map::is_empty),
        _ => false,
    }
}

/// Whether no reader of YAML, 1.1 or 1.2, could take the text for anything else.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 11] = [
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf",
    ];
    text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '/'))
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// A date as Go prints it in JSON.
fn time(text: &str) -> String {
    match text.len() {
        ..=10 => format!("{text}T00:00:00Z"),
        _ => text.replacen([' ', 't'], "T", 1),
    }
}
