//! The JSON Schema of `nrcompose.yaml`, and in its `$defs` that of `x-nrcompose` in a service, for editors.

use super::form::KeyForm;
use super::{Key, SERVICE, TOP};
use serde_json::{Map, Value, json};

/// The schema, as `schemas/nrcompose.json` holds it.
pub(crate) fn schema() -> Value {
    let mut top = object(TOP);
    top["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    top["title"] = "nrcompose.yaml, and x-nrcompose at the top of a Compose file".into();
    top["$defs"] = json!({ "service": object(SERVICE) });
    top
}

fn object<C>(keys: &[Key<C>]) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| {
            let mut schema = form(key.form);
            schema["description"] = key.about.into();
            (key.name.to_owned(), schema)
        })
        .collect();
    json!({ "type": ["object", "null"], "properties": properties, "additionalProperties": false })
}

fn form(form: KeyForm) -> Value {
    match form {
        KeyForm::Flag => json!({ "type": "boolean" }),
        KeyForm::Word(words) => json!({ "enum": words }),
        KeyForm::Text(_) => json!({ "type": "string", "minLength": 1 }),
        KeyForm::Texts(_) => json!({ "type": "array", "items": { "type": "string", "minLength": 1 } }),
        KeyForm::Ids => json!({ "type": "string", "pattern": "^[1-9][0-9]*:[0-9]+$" }),
        KeyForm::Tmpfs => json!({ "type": "array", "items": { "type": "string", "pattern": "^/+[^/:]" } }),
        KeyForm::Reasons => {
            json!({ "type": "object", "additionalProperties": { "type": "string", "minLength": 1 } })
        }
        KeyForm::Owned => json!({ "type": "object", "additionalProperties": { "const": "own" } }),
        KeyForm::Probe => json!({
            "type": ["string", "object"],
            "properties": {
                "in": { "type": "string" },
                "image": { "type": "string" },
                "run": { "type": "array", "items": { "type": "string" }, "minItems": 1 },
            },
            "required": ["run"],
            "additionalProperties": false,
        }),
        KeyForm::Services => {
            json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/service" } })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_stored_schema_is_the_one_of_the_keys() {
        let text = format!("{:#}\n", schema());
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/nrcompose.json");
        if std::env::var_os("NRCOMPOSE_BLESS").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        let stored = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            stored == text,
            "run: NRCOMPOSE_BLESS=1 cargo test schema_is_the_one_of_the_keys"
        );
    }
}
