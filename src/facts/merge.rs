//! How a part of a profile is laid over another: `extends`, `conditions`, and facts of weaker sources below
//! stronger ones.
//!
//! A value and its evidence are one thing, so whatever is given replaces the whole of what was there. Only
//! lists of things that have a name of their own (paths, ports, binaries) merge, item by item, and so does
//! the table of evidence. `null` takes away. Also compiled into the build script.

use super::condition::Circumstances;
use super::profile::When;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A profile, or a part of one, before it is given types.
pub(crate) type Fragment = Map<String, Value>;

/// Lists whose items are distinguished by these keys.
const KEYED: [(&str, &[&str]); 9] = [
    ("files", &["path"]),
    ("writable", &["path"]),
    ("ports", &["port", "protocol"]),
    ("file_capabilities", &["path"]),
    ("environment", &["name"]),
    ("blockers", &["note"]),
    ("gotchas", &["note"]),
    ("alternatives", &["image"]),
    ("conditions", &["when"]),
];

/// What belongs to one file alone and is not handed down.
const OWN: [&str; 5] = ["images", "programs", "extends", "about", "test"];

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

/// The profile under these circumstances: every condition that holds, merged over the rest in the order written.
pub(crate) fn with_conditions(mut part: Fragment, circumstances: &Circumstances) -> Fragment {
    let Some(Value::Array(conditions)) = part.shift_remove("conditions") else {
        return part;
    };
    for condition in &conditions {
        let holds = when(condition).is_some_and(|when| when.holds(circumstances));
        if let (true, Some(Value::Object(set))) = (holds, condition.get("set")) {
            part = merge(part, set);
        }
    }
    part
}

/// Whether who runs in the image depends on its tag.
pub(crate) fn user_is_by_tag(part: &Fragment) -> bool {
    let conditions = part.get("conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|condition| {
        let decides = |key| condition["set"].get(key).is_some();
        when(condition).is_some_and(|when| when.asks_for_tag()) && (decides("user") || decides("class"))
    })
}

/// What a condition is about.
pub(crate) fn when(condition: &Value) -> Option<When> {
    When::deserialize(condition.get("when")?).ok()
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

/// Whether a whole profile, under whatever condition, says that its image looks its own uid up.
pub(crate) fn looks_itself_up(part: &Fragment) -> bool {
    let says = |part: &Fragment| part.get("needs_passwd").is_some_and(|f| f["value"] == true);
    let conditions = part.get("conditions").and_then(Value::as_array);
    let mut sets = conditions
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
    fn a_later_condition_wins() {
        let base = part(json!({
            "user": 999,
            "conditions": [
                {"when": {"tag": "*alpine*"}, "set": {"user": 70}},
                {"when": {"tag": ["18*", "latest"]}, "set": {"data": "new"}},
            ],
        }));
        let of = |tag: Option<&str>| {
            let circumstances = Circumstances {
                tag: tag.map(str::to_owned),
                ..Circumstances::default()
            };
            Value::Object(with_conditions(base.clone(), &circumstances))
        };
        assert_eq!(of(Some("18-alpine")), json!({"user": 70, "data": "new"}));
        assert_eq!(of(Some("16")), json!({"user": 999}));
        assert_eq!(of(None), json!({"user": 999}));
        assert!(user_is_by_tag(&base));
    }
}
