//! The value tree every stage works on until a typed view is needed.
//!
//! A [`Node`] is a YAML value that remembers where it came from and, where the loader changed it
//! (interpolation, short form to long form), the text its author wrote. Compose itself keeps an
//! untyped tree up to its last step; what is special about an attribute is a row in a table keyed by
//! a [`path`].

pub(crate) mod among;
pub(crate) mod map;
pub(crate) mod origin;
pub(crate) mod path;
pub(crate) mod text;

pub use among::Among;
pub use map::Map;
pub use origin::{FileId, Origin, Source, Sources};
pub use path::{Path, Pattern};

use std::rc::Rc;

/// A value, where it was written, and how.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value after everything the loader has done to it so far.
    pub value: Value,
    /// Where the value stands: of a scalar the scalar itself, of a collection under a key that key.
    pub origin: Origin,
    /// The author's text, when it is not what `value` shows: the uninterpolated template of a scalar, or
    /// the short form (`"${PORT}:80"`) that became a mapping. An override that repeats the node unchanged
    /// repeats this text, so that no variable is ever resolved into a file.
    pub raw: Option<Rc<str>>,
}

/// A YAML value as Compose's YAML library resolves it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `~`, `null`, or nothing at all.
    Null,
    /// `true` or `false`; `yes` and `on` are strings.
    Bool(bool),
    /// An integer; octal `0755`, hex and `1_000` are resolved.
    Int(i64),
    /// An integer above `i64::MAX`.
    Uint(u64),
    /// A floating point number.
    Float(f64),
    /// Text.
    Str(String),
    /// An unquoted date, kept as written; Compose 2.40 rejects it nearly everywhere.
    Time(String),
    /// A sequence.
    Seq(Vec<Node>),
    /// A mapping; keys are always strings.
    Map(Map),
}

/// Two nodes are equal when their values are: where and how they were written does not matter.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Node {
    /// A node at `origin`, written as it is.
    pub fn new(value: impl Into<Value>, origin: Origin) -> Self {
        Node {
            value: value.into(),
            origin,
            raw: None,
        }
    }

    /// A node nobody wrote: a default of Compose or an edit of ours.
    pub fn synthetic(value: impl Into<Value>) -> Self {
        Node::new(value, Origin::NONE)
    }

    /// The child under `key`, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map().and_then(|m| m.get(key))
    }

    /// The node at `path` below this one.
    pub fn at(&self, path: &Path) -> Option<&Node> {
        path.segments()
            .iter()
            .try_fold(self, |node, segment| match &node.value {
                Value::Map(m) => m.get(segment.as_str()),
                Value::Seq(s) => segment.parse::<usize>().ok().and_then(|i| s.get(i)),
                _ => None,
            })
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The boolean, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The integer, if this is one that fits.
    pub fn as_int(&self) -> Option<i64> {
        match self.value {
            Value::Int(i) => Some(i),
            _ => None,
        }
    }

    /// The mapping, if this is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(m) => Some(m),
            _ => None,
        }
    }

    /// The mapping, if this is one, to change.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.value {
            Value::Map(m) => Some(m),
            _ => None,
        }
    }

    /// The items, if this is a sequence; none otherwise.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Seq(s) => s,
            _ => &[],
        }
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// A scalar as text: strings as they are, numbers and booleans as Compose prints them; `None` for null
    /// and collections.
    pub fn scalar_text(&self) -> Option<String> {
        match &self.value {
            Value::Null | Value::Seq(_) | Value::Map(_) => None,
            _ => Some(text::of(&self.value)),
        }
    }

    /// The same node with this value; what its author wrote is kept, as `raw` if need be.
    pub fn rewrite(&mut self, value: impl Into<Value>) {
        let value = value.into();
        if self.raw.is_none() {
            let before = self.scalar_text();
            let after = match &value {
                Value::Seq(_) | Value::Map(_) => None,
                other => Some(text::of(other)),
            };
            if before != after {
                self.raw = before.map(Rc::from);
            }
        }
        self.value = value;
    }

    /// What the author wrote, where it differs from the value, else the scalar's own text.
    pub fn raw_text(&self) -> Option<String> {
        self.raw
            .as_deref()
            .map(str::to_owned)
            .or_else(|| self.scalar_text())
    }
}

impl Value {
    /// What kind of value this is, in the words of an error message.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::Uint(_) => "an integer",
            Value::Float(_) => "a number",
            Value::Str(_) => "a string",
            Value::Time(_) => "a date",
            Value::Seq(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Value::Str(s.to_owned())
    }
}
impl From<String> for Value {
    fn from(s: String) -> Self {
        Value::Str(s)
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}
impl From<i64> for Value {
    fn from(i: i64) -> Self {
        Value::Int(i)
    }
}
impl From<Vec<Node>> for Value {
    fn from(items: Vec<Node>) -> Self {
        Value::Seq(items)
    }
}
impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Value::Map(map)
    }
}
