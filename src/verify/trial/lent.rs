//! The mounts that a service has from others, by `volumes_from`.

use crate::diagnostic::Diagnostic;
use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

/// What others lend to a service.
#[derive(Debug, Default)]
pub(super) struct Lent {
    /// Their mounts. Of two at one place the first counts, as the engine has it.
    mounts: Vec<Value>,
    /// Who they are; they may have it from others.
    pub(super) lenders: Vec<String>,
}

/// What a service of `docker compose config` has from others.
///
/// # Errors
/// It has the volumes of a container that is not the project's.
pub(super) fn to(config: &Value, service: &str) -> Result<Lent> {
    let mut lent = Lent::default();
    let mut waiting = vec![(service.to_owned(), false)];
    while let Some((name, read_only)) = waiting.pop() {
        let Some(definition) = config.pointer(&format!("/services/{name}")) else {
            continue;
        };
        let list = |key: &str| {
            definition
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        };
        if name != service {
            let of_files = |m: &&Value| matches!(m["type"].as_str(), Some("volume" | "bind"));
            for mount in list("volumes").filter(of_files) {
                let mut mount = mount.clone();
                if read_only {
                    mount["read_only"] = json!(true);
                }
                lent.mounts.push(mount);
            }
            lent.lenders.push(name);
        }
        // Of two that lend the same place, the engine takes the last; the last pushed is looked at first.
        for entry in list("volumes_from").filter_map(Value::as_str) {
            if entry.starts_with("container:") {
                let foreign = format!(
                    "taking {service} out of the project: `volumes_from: [{entry}]` is a container that is not the \
                     project's, and its volumes are live"
                );
                let help = "name a service of the project, or the volumes themselves";
                bail!(Diagnostic::error(foreign).help(help));
            }
            let (from, mode) = entry.split_once(':').unwrap_or((entry, "rw"));
            let is_known = from == service || lent.lenders.iter().any(|l| l == from);
            if !is_known && !waiting.iter().any(|(w, _)| w == from) {
                waiting.push((from.to_owned(), read_only || mode == "ro"));
            }
        }
    }
    lent.lenders.reverse();
    Ok(lent)
}

impl Lent {
    /// Adds the mounts to a service, where it has none of its own.
    pub(super) fn mount_in(&self, definition: &mut Map<String, Value>) {
        let own = definition.entry("volumes").or_insert_with(|| json!([]));
        let Value::Array(own) = own else { return };
        for mount in &self.mounts {
            if !own.iter().any(|m| m["target"] == mount["target"]) {
                own.push(mount.clone());
            }
        }
    }
}
