//! How a part of a profile is laid over another: `extends`, `variants`, and facts of weaker sources below
//! stronger ones.
//!
//! A value and its evidence are one thing, so whatever is given replaces the whole of what was there. Only
//! lists of things that have a name of their own (paths, ports, binaries) merge, item by item, and so does
//! the table of evidence. `null` takes away. Also compiled into the build script.

use serde_json::{Map, Value};

/// A profile, or a part of one, before it is given types.
pub(crate) type Fragment = Map<String, Value>;

/// Lists whose items are distinguished by these keys.
const KEYED: [(&str, &[&str]); 8] = [
    ("writable", &["path"]),
    ("ports", &["port", "protocol"]),
    ("file_capabilities", &["path"]),
    ("environment", &["name"]),
    ("blockers", &["note"]),
    ("gotchas", &["note"]),
    ("alternatives", &["image"]),
    ("variants", &["tags"]),
];

/// What belongs to one file alone and is not handed down.
const OWN: [&str; 4] = ["images", "extends", "about", "test"];

/// `over` laid over `base`.
pub(crate) fn merge(mut base: Fragment, over: &Fragment) -> Fragment {
    for (key, value) in over {
        let merged = match (base.get_mut(key), value) {
            (_, Value::Null) => {
                base.shift_remove(key);
                continue;
            }
            (Some(Value::Object(below)), Value::Object(above)) if key == "evidence" => {
                below.extend(above.clone());
                continue;
            }
            (Some(Value::Array(below)), Value::Array(above)) => match KEYED.iter().find(|(k, _)| k == key) {
                Some((_, keys)) => {
                    merge_list(below, above, keys);
                    continue;
                }
                None => value.clone(),
            },
            _ => value.clone(),
        };
        base.insert(key.clone(), merged);
    }
    base
}

/// `part` laid over its `base`, without what is the base's own.
pub(crate) fn extend(mut base: Fragment, part: &Fragment) -> Fragment {
    for key in OWN {
        base.shift_remove(key);
    }
    merge(base, part)
}

/// Items with equal keys are replaced where they stand, new ones are appended.
fn merge_list(below: &mut Vec<Value>, above: &[Value], keys: &[&str]) {
    for item in above {
        let same = |other: &&mut Value| keys.iter().all(|k| other.get(k) == item.get(k));
        match below.iter_mut().find(same) {
            Some(old) => *old = item.clone(),
            None => below.push(item.clone()),
        }
    }
}

/// The profile for a tag: every variant that covers it, merged over the rest in the order written.
pub(crate) fn with_variants(mut part: Fragment, tag: Option<&str>) -> Fragment {
    let Some(Value::Array(variants)) = part.shift_remove("variants") else {
        return part;
    };
    for variant in &variants {
        let covers = |pattern: &Value| {
            let pattern = pattern.as_str().unwrap_or_default();
            tag.is_some_and(|tag| super::image_ref::matches(pattern, tag))
        };
        let hit = match variant.get("tags") {
            Some(Value::Array(patterns)) => patterns.iter().any(covers),
            Some(pattern) => covers(pattern),
            None => false,
        };
        if let (true, Some(Value::Object(set))) = (hit, variant.get("set")) {
            part = merge(part, set);
        }
    }
    part
}

/// The same with every name of evidence changed, so that it can be laid over what it has nothing to do with.
pub(crate) fn named_apart(part: &Fragment, prefix: &str) -> Fragment {
    part.iter()
        .map(|(key, value)| {
            let value = match value {
                Value::Object(table) if key == "evidence" => {
                    let renamed = table.iter().map(|(k, v)| (format!("{prefix}{k}"), v.clone()));
                    Value::Object(renamed.collect())
                }
                other => references(other, prefix),
            };
            (key.clone(), value)
        })
        .collect()
}

fn references(value: &Value, prefix: &str) -> Value {
    let rename = |v: &Value| match v {
        Value::String(name) => Value::String(format!("{prefix}{name}")),
        other => other.clone(),
    };
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(k, v)| match (k.as_str(), v) {
                ("evidence", Value::Array(names)) => (k.clone(), names.iter().map(rename).collect()),
                ("evidence", name) => (k.clone(), rename(name)),
                _ => (k.clone(), references(v, prefix)),
            })
            .collect::<Fragment>()
            .into(),
        Value::Array(items) => items.iter().map(|v| references(v, prefix)).collect(),
        other => other.clone(),
    }
}

/// Whether a whole profile, any variant of it, says that its image looks its own uid up.
pub(crate) fn looks_itself_up(part: &Fragment) -> bool {
    let says = |part: &Fragment| part.get("needs_passwd").is_some_and(|f| f["value"] == true);
    let variants = part.get("variants").and_then(Value::as_array);
    let mut sets = variants
        .into_iter()
        .flatten()
        .filter_map(|v| v["set"].as_object());
    says(part) || sets.any(says)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn part(value: Value) -> Fragment {
        value.as_object().cloned().expect("a mapping")
    }

    #[test]
    fn paths_merge_by_name_and_null_takes_away() {
        let base = part(json!({
            "images": ["base"], "user": {"uid": 1, "gid": 1}, "init": {"value": "s6"},
            "writable": [{"path": "/run", "kind": "runtime"}, {"path": "/data", "kind": "data"}],
        }));
        let over = part(json!({
            "user": {"uid": 2}, "init": null,
            "writable": [{"path": "/run", "exec": true}, {"path": "/x"}],
        }));
        assert_eq!(
            Value::Object(extend(base, &over)),
            json!({
                "user": {"uid": 2},
                "writable": [{"path": "/run", "exec": true}, {"path": "/data", "kind": "data"}, {"path": "/x"}],
            })
        );
    }

    #[test]
    fn a_later_variant_wins() {
        let base = part(json!({
            "user": 999,
            "variants": [
                {"tags": "*alpine*", "set": {"user": 70}},
                {"tags": ["18*", "latest"], "set": {"data": "new"}},
            ],
        }));
        let of = |tag| Value::Object(with_variants(base.clone(), tag));
        assert_eq!(of(Some("18-alpine")), json!({"user": 70, "data": "new"}));
        assert_eq!(of(Some("16")), json!({"user": 999}));
        assert_eq!(of(None), json!({"user": 999}));
    }
}
