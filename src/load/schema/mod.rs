//! The Compose schema and the little of JSON Schema it uses.
//!
//! `compose-spec.json` is the schema of compose-go v2.9.1 (Apache-2.0, The Compose Specification Authors), the
//! one of Docker Compose 2.40.3, unchanged. The build script leaves out what has no part in a verdict: every run reads it.

#[cfg(test)] // and the build script
mod keywords;
mod named;

use super::error::{Fault, WalkResult};
use crate::nearest::nearest;
use crate::tree::{Among, Map, Node, Value, text};
use named::Named;
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use std::fmt;
use std::sync::OnceLock;

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/compose-spec.json"));

/// One schema, as it is written; what is not listed here has no part in a verdict.
#[derive(serde::Deserialize, Debug, Default)]
#[serde(rename_all = "camelCase", default)]
struct Schema<'a> {
    #[serde(rename = "$ref")]
    reference: Option<&'a str>,
    #[serde(rename = "type")]
    kinds: Kinds,
    #[serde(rename = "enum", borrow)]
    values: Vec<&'a str>,
    pattern: Option<SchemaPattern>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    #[serde(borrow)]
    properties: Named<&'a str, Schema<'a>>,
    #[serde(borrow)]
    pattern_properties: Named<SchemaPattern, Schema<'a>>,
    additional_properties: Option<bool>,
    #[serde(borrow)]
    items: Option<Box<Schema<'a>>>,
    unique_items: bool,
    #[serde(borrow)]
    required: Vec<&'a str>,
    #[serde(borrow)]
    one_of: Vec<Schema<'a>>,
    #[serde(borrow)]
    definitions: Named<&'a str, Schema<'a>>,
}

/// The allowed types, a bit each; none means any.
#[derive(Debug, Default, Clone, Copy)]
struct Kinds(u8);

const KINDS: [(&str, &str); 7] = [
    ("null", "null"),
    ("boolean", "a boolean"),
    ("integer", "an integer"),
    ("number", "a number"),
    ("string", "a string"),
    ("array", "a list"),
    ("object", "a mapping"),
];

/// One name, or several.
impl<'de> Deserialize<'de> for Kinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Kinds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names of types")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> std::result::Result<Kinds, E> {
                match KINDS.iter().position(|(known, _)| *known == name) {
                    Some(bit) => Ok(Kinds(1 << bit)),
                    None => Err(E::custom(format!("{name} is no type"))),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> std::result::Result<Kinds, A::Error> {
                let mut all = 0;
                while let Some(Kinds(bit)) = names.next_element()? {
                    all |= bit;
                }
                Ok(Kinds(all))
            }
        }
        deserializer.deserialize_any(Names)
    }
}

impl Kinds {
    fn allow(self, value: &Value) -> bool {
        let bits = match value {
            Value::Null => 0b1,
            Value::Bool(_) => 0b10,
            Value::Int(_) | Value::Uint(_) => 0b1100,
            Value::Float(f) if f.fract() == 0.0 => 0b1100,
            Value::Float(_) => 0b1000,
            Value::Str(_) => 0b1_0000,
            // an unquoted date is no JSON
            Value::Time(_) => 0,
            Value::Seq(_) => 0b10_0000,
            Value::Map(_) => 0b100_0000,
        };
        self.0 == 0 || self.0 & bits != 0
    }

    fn describe(self) -> String {
        let names: Vec<&str> = (0u8..)
            .zip(KINDS)
            .filter(|(bit, _)| self.0 & (1 << bit) != 0)
            .map(|(_, (_, name))| name)
            .collect();
        match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => names.concat(),
        }
    }
}

/// The regular expressions the schema has; a new one is a new arm.
#[derive(serde::Deserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SchemaPattern {
    #[serde(rename = "^x-")]
    Extension,
    #[serde(rename = "^[a-zA-Z0-9._-]+$")]
    Name,
    #[serde(rename = "^[a-z]+$")]
    Lowercase,
    #[serde(rename = "^.+$")]
    OneLine,
    #[serde(rename = ".+")]
    Something,
    #[serde(rename = "[a-zA-Z0-9][a-zA-Z0-9_.-]+")]
    ContainerName,
    #[serde(rename = "always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+")]
    PullPolicy,
}

impl SchemaPattern {
    fn matches(self, text: &str) -> bool {
        let name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        match self {
            SchemaPattern::Extension => text.starts_with("x-"),
            SchemaPattern::Name => !text.is_empty() && text.bytes().all(name),
            SchemaPattern::Lowercase => !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase()),
            SchemaPattern::OneLine => !text.is_empty() && !text.contains('\n'),
            SchemaPattern::Something => text.chars().any(|c| c != '\n'),
            SchemaPattern::ContainerName => text
                .as_bytes()
                .windows(2)
                .any(|w| w[0].is_ascii_alphanumeric() && name(w[1])),
            SchemaPattern::PullPolicy => {
                let words = [
                    "always",
                    "never",
                    "build",
                    "if_not_present",
                    "missing",
                    "refresh",
                    "daily",
                    "weekly",
                ];
                words.iter().any(|word| text.contains(word))
                    || text.match_indices("every_").any(|(at, every)| {
                        let rest = &text[at + every.len()..];
                        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                        digits > 0 && rest[digits..].starts_with(['w', 'd', 'h', 'm', 's'])
                    })
            }
        }
    }
}

/// What newer versions know beside that (compose-go v2.14.0, Docker Compose 5.4): below a definition.
const NEWER: [(&str, &str, &str); 2] = [
    (
        "service",
        "pre_start",
        r##"{"type": "array", "items": {"type": "object", "properties": {
            "command": {"$ref": "#/definitions/command"}, "image": {"type": "string"}, "user": {"type": "string"},
            "privileged": {"type": ["boolean", "string"]}, "working_dir": {"type": "string"},
            "environment": {"$ref": "#/definitions/list_or_dict"}, "per_replica": {"type": ["boolean", "string"]}},
            "additionalProperties": false, "patternProperties": {"^x-": {}}}}"##,
    ),
    (
        "build",
        "no_cache_filter",
        r##"{"$ref": "#/definitions/string_or_list"}"##,
    ),
];

fn read(newest: bool) -> Option<Schema<'static>> {
    let mut schema: Schema = serde_json::from_str(TEXT).ok()?;
    let service = schema.definitions.get_mut("service").filter(|_| newest);
    if let Some(service) = service {
        for (place, key, text) in NEWER {
            let place = match place {
                "build" => service
                    .properties
                    .get_mut("build")?
                    .one_of
                    .iter_mut()
                    .find(|s| !s.properties.is_empty())?,
                _ => &mut *service,
            };
            place.properties.insert(key, serde_json::from_str(text).ok()?);
        }
    }
    Some(schema)
}

/// Judges a whole project; `newest` lets pass what only versions after 2.40.3 know.
pub(super) fn validate(root: &Node, newest: bool) -> WalkResult<()> {
    static SCHEMAS: [OnceLock<Option<Schema<'static>>>; 2] = [OnceLock::new(), OnceLock::new()];
    let schema = SCHEMAS[usize::from(newest)].get_or_init(|| read(newest));
    match schema {
        Some(schema) => Judge { root: schema }.check(root, schema),
        None => Err(Fault::new(root, "the built-in schema is damaged")),
    }
}

struct Judge {
    root: &'static Schema<'static>,
}

impl Judge {
    fn check(&self, node: &Node, schema: &Schema) -> WalkResult<()> {
        if let Some(reference) = &schema.reference {
            let name = reference.strip_prefix("#/definitions/").unwrap_or(reference);
            return match self.root.definitions.get(name) {
                Some(schema) => self.check(node, schema),
                None => Ok(()),
            };
        }
        if !schema.kinds.allow(&node.value) {
            return Err(self.wrong_type(node, schema));
        }
        self.scalar(node, schema)?;
        match &node.value {
            Value::Map(map) => self.mapping(node, map, schema)?,
            Value::Seq(items) => self.list(items, schema)?,
            _ => {}
        }
        self.one_of(node, schema)
    }

    fn wrong_type(&self, node: &Node, schema: &Schema) -> Box<Fault> {
        let fault = Fault::new(
            node,
            format!(
                "must be {}, but is {}",
                schema.kinds.describe(),
                node.value.kind()
            ),
        );
        let text = node
            .raw
            .as_deref()
            .map(str::to_owned)
            .or_else(|| node.scalar_text());
        match text {
            Some(text) if schema.kinds.allow(&Value::from("")) && node.as_str().is_none() => {
                fault.help(format!("put it in quotes: \"{text}\""))
            }
            _ => fault.help(format!("write it as {}", schema.kinds.describe())),
        }
    }

    fn scalar(&self, node: &Node, schema: &Schema) -> WalkResult<()> {
        if let Some(text) = node.as_str() {
            if !schema.values.is_empty() && !schema.values.contains(&text) {
                let what = format!("is {text:?}, and must be one of {}", schema.values.join(", "));
                return Err(Fault::new(node, what).help("choose one of them"));
            }
            if schema.pattern.is_some_and(|p| !p.matches(text)) {
                return Err(Fault::new(
                    node,
                    format!("is {text:?}, which is not in the form Compose takes"),
                ));
            }
        }
        #[allow(clippy::cast_precision_loss)] // the limits are small
        let number = match node.value {
            Value::Int(i) => Some(i as f64),
            Value::Uint(u) => Some(u as f64),
            Value::Float(f) => Some(f),
            _ => None,
        };
        if let Some(number) = number {
            if let Some(least) = schema.minimum.filter(|m| number < *m) {
                return Err(Fault::new(node, format!("must be at least {least}")));
            }
            if let Some(most) = schema.maximum.filter(|m| number > *m) {
                return Err(Fault::new(node, format!("must be at most {most}")));
            }
        }
        Ok(())
    }

    fn mapping(&self, node: &Node, map: &Map, schema: &Schema) -> WalkResult<()> {
        for name in &schema.required {
            if !map.contains_key(name) {
                return Err(Fault::new(node, format!("has no {name}")).help(format!("add `{name}:`")));
            }
        }
        for (key, child) in map {
            let mut known = false;
            if let Some(schema) = schema.properties.get(key) {
                known = true;
                self.check(child, schema).map_err(|f| f.under(key))?;
            }
            for (pattern, schema) in schema.pattern_properties.iter() {
                if pattern.matches(key) {
                    known = true;
                    self.check(child, schema).map_err(|f| f.under(key))?;
                }
            }
            if !known && schema.additional_properties == Some(false) {
                return Err(self.unknown(key, child, schema));
            }
        }
        Ok(())
    }

    fn unknown(&self, key: &str, child: &Node, schema: &Schema) -> Box<Fault> {
        let fault = Fault::new(child, format!("has a key Compose does not know: {key:?}"));
        match nearest(key, schema.properties.iter().map(|(name, _)| *name)) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault.help("remove it, correct its indentation, or begin it with `x-` if it is your own"),
        }
    }

    fn list(&self, items: &[Node], schema: &Schema) -> WalkResult<()> {
        if let Some(schema) = &schema.items {
            for (position, item) in items.iter().enumerate() {
                self.check(item, schema).map_err(|f| f.under(position))?;
            }
        }
        if schema.unique_items {
            let mut seen = Among::default();
            for (position, item) in items.iter().enumerate() {
                if !seen.insert_unless(item, |a, b| identity(a) == identity(b)) {
                    return Err(Fault::new(item, "is in this list already")
                        .help("remove one of the two")
                        .under(position));
                }
            }
        }
        Ok(())
    }

    /// Exactly one alternative must fit; of those that do not, the one that got deepest tells why.
    fn one_of(&self, node: &Node, schema: &Schema) -> WalkResult<()> {
        if schema.one_of.is_empty() {
            return Ok(());
        }
        // Most alternatives are of another type; why those do not fit is only worth saying where none does.
        let of_its_type = schema.one_of.iter().filter(|a| self.kinds(a).allow(&node.value));
        if of_its_type.filter(|a| self.check(node, a).is_ok()).count() == 1 {
            return Ok(());
        }
        let mut fits = 0;
        let mut deepest: Option<Box<Fault>> = None;
        let mut kinds = 0;
        for alternative in &schema.one_of {
            kinds |= self.kinds(alternative).0;
            match self.check(node, alternative) {
                Ok(()) => fits += 1,
                Err(fault) => {
                    let fits_type = self.kinds(alternative).allow(&node.value);
                    if deepest
                        .as_ref()
                        .is_none_or(|d| fault.depth() > d.depth() || (fits_type && d.depth() == 0))
                    {
                        deepest = Some(fault);
                    }
                }
            }
        }
        match (fits, deepest) {
            (1, _) => Ok(()),
            (0, Some(_)) if kinds != 0 && !Kinds(kinds).allow(&node.value) => {
                let schema = Schema {
                    kinds: Kinds(kinds),
                    ..Schema::default()
                };
                Err(self.wrong_type(node, &schema))
            }
            (0, Some(fault)) => Err(fault),
            _ => Err(Fault::new(node, "can be read in more than one way")),
        }
    }

    fn kinds(&self, schema: &Schema) -> Kinds {
        let name = schema.reference.and_then(|r| r.strip_prefix("#/definitions/"));
        match name.and_then(|n| self.root.definitions.get(n)) {
            Some(schema) => self.kinds(schema),
            None if schema.one_of.is_empty() => schema.kinds,
            None => Kinds(
                schema
                    .one_of
                    .iter()
                    .map(|s| self.kinds(s).0)
                    .fold(0, |a, b| a | b),
            ),
        }
    }
}

/// A text that is the same for two values that JSON calls equal.
fn identity(node: &Node) -> String {
    match &node.value {
        Value::Str(text) => format!("{text:?}"),
        Value::Seq(items) => format!("[{}]", items.iter().map(identity).collect::<Vec<_>>().join(",")),
        Value::Map(map) => {
            let mut entries: Vec<String> = map
                .iter()
                .map(|(k, v)| format!("{k:?}:{}", identity(v)))
                .collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
        value => text::of(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_keys_have_their_place() {
        let schema = read(true).expect("a schema");
        assert!(
            schema
                .definitions
                .get("service")
                .expect("services")
                .properties
                .get("pre_start")
                .is_some()
        );
    }

    #[test]
    fn the_schema_is_understood_whole() {
        let schema: Schema = serde_json::from_str(TEXT).expect("every keyword and pattern is known");
        assert!(schema.definitions.len() > 20);
        let told = ["$schema", "$id", "title", "description", "deprecated", "default"];
        let known = [&keywords::KEYWORDS[..], &told].concat();
        let whole = include_str!("compose-spec.json");
        let json: serde_json::Value = serde_json::from_str(whole).expect("JSON");
        only(&json, &known);
    }

    fn only(schema: &serde_json::Value, known: &[&str]) {
        let Some(object) = schema.as_object() else { return };
        for (key, value) in object {
            assert!(known.contains(&key.as_str()), "{key} is new");
            match key.as_str() {
                names if keywords::holds_names(names) => {
                    value
                        .as_object()
                        .into_iter()
                        .flatten()
                        .for_each(|(_, v)| only(v, known));
                }
                "oneOf" => value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .for_each(|v| only(v, known)),
                "items" => only(value, known),
                _ => {}
            }
        }
    }
}
