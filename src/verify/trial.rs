//! A command in a service as its author wrote it and in the hardened one, each on its own copy of the data.
//!
//! The service is taken out of what Compose resolved, stripped of everything that is live: names, ports,
//! networks, neighbours. Every volume and every directory that it may write is copied; what it only reads is
//! mounted as it is, read-only. Nothing else of the project is touched.

use crate::engine::{Engine, Helper, Temporary};
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

/// Keys of a service that tie it to what is live.
const LIVE: [&str; 12] = [
    "container_name",
    "depends_on",
    "deploy",
    "external_links",
    "healthcheck",
    "hostname",
    "links",
    "network_mode",
    "networks",
    "ports",
    "profiles",
    "restart",
];

/// A service on its own, and what has to be copied for it.
#[derive(Debug, PartialEq)]
pub struct Isolated {
    /// A Compose file with the service alone, and with what must run before it.
    pub file: Value,
    /// The image of the service.
    pub image: String,
    /// Source (a volume, or a path of the machine) and the new volume.
    pub copies: Vec<(String, String)>,
}

/// Takes a service out of what `docker compose config --format json` gave. `before` names a service that must
/// have run before it, on the same volumes: the one that gives them their owner.
///
/// # Errors
/// There is no such service.
pub fn isolate(config: &Value, project: &str, service: &str, before: Option<&str>) -> Result<Isolated> {
    let services = config.get("services").and_then(Value::as_object);
    let mut copies: Vec<(String, String)> = Vec::new();
    let mut alone = Map::new();
    for name in [Some(service), before].into_iter().flatten() {
        let definition = services.and_then(|s| s.get(name)).and_then(Value::as_object);
        let Some(mut definition) = definition.cloned() else {
            if name == service {
                bail!("taking {service} out of the project: there is no such service");
            }
            continue;
        };
        // What runs before it is ours, and ties to nothing that is live: it stays without a network.
        let ours = ["depends_on", "profiles"];
        let live = if name == service { &LIVE[..] } else { &ours };
        for key in live {
            definition.remove(*key);
        }
        // An image that Compose builds bears the live project's name unless it has one of its own.
        if definition.remove("build").is_some() && !definition.contains_key("image") {
            let live = config.get("name").and_then(Value::as_str).unwrap_or_default();
            definition.insert("image".to_owned(), format!("{live}-{name}").into());
        }
        if let Some(mounts) = definition.get_mut("volumes").and_then(Value::as_array_mut) {
            mounts.retain(|m| !is_socket(m));
        }
        for mount in definition
            .get_mut("volumes")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            *mount = copied(mount, config, project, &mut copies);
        }
        alone.insert(name.to_owned(), Value::Object(definition));
    }
    if let (Some(before), Some(definition)) =
        (before.filter(|b| alone.contains_key(*b)), alone.get_mut(service))
    {
        definition["depends_on"] = json!({before: {"condition": "service_completed_successfully"}});
    }
    let volumes: Map<String, Value> = copies
        .iter()
        .map(|(_, to)| (to.clone(), json!({"external": true, "name": to})))
        .collect();
    let mut file = json!({"name": project, "services": alone, "volumes": volumes});
    for key in ["configs", "secrets"] {
        if let Some(value) = config.get(key) {
            file[key] = value.clone();
        }
    }
    let image = file
        .pointer(&format!("/services/{service}/image"))
        .and_then(Value::as_str);
    let image = image.unwrap_or_default().to_owned();
    Ok(Isolated { file, image, copies })
}

/// Through a socket a trial would reach what is live.
fn is_socket(mount: &Value) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let source = mount.get("source").and_then(Value::as_str).unwrap_or_default();
    source.ends_with(".sock") || std::fs::metadata(source).is_ok_and(|m| m.file_type().is_socket())
}

/// A mount of the copy instead of one of the live data.
fn copied(mount: &Value, config: &Value, project: &str, copies: &mut Vec<(String, String)>) -> Value {
    let text = |key: &str| mount.get(key).and_then(Value::as_str).unwrap_or_default();
    let read_only = mount.get("read_only").and_then(Value::as_bool).unwrap_or(false);
    let source = match text("type") {
        "volume" => {
            let name = config
                .pointer(&format!("/volumes/{}/name", text("source")))
                .and_then(Value::as_str);
            name.unwrap_or(text("source")).to_owned()
        }
        // A single file is kept, but to write it for a trial would be to write the live one.
        "bind" if read_only || !std::path::Path::new(text("source")).is_dir() => {
            let mut kept = mount.clone();
            kept["read_only"] = true.into();
            return kept;
        }
        "bind" => text("source").to_owned(),
        _ => return mount.clone(),
    };
    if source.is_empty() {
        return mount.clone();
    }
    let known = copies
        .iter()
        .find(|(from, _)| *from == source)
        .map(|(_, to)| to.clone());
    let to = known.unwrap_or_else(|| {
        let to = format!("{project}_{}", copies.len());
        copies.push((source, to.clone()));
        to
    });
    let options = mount.get("volume").filter(|v| v.is_object()).cloned();
    let options = options.unwrap_or_else(|| json!({}));
    json!({"type": "volume", "source": to, "target": text("target"), "read_only": read_only, "volume": options})
}

/// Copies of data that are removed when this goes out of scope.
pub struct Copies<'e> {
    engine: &'e dyn Engine,
    volumes: Vec<String>,
}

impl<'e> Copies<'e> {
    /// Makes them all.
    ///
    /// # Errors
    /// The engine refuses one; what was made until then is removed.
    pub fn make(engine: &'e dyn Engine, image: &str, wanted: &[(String, String)]) -> Result<Copies<'e>> {
        let mut made = Copies {
            engine,
            volumes: Vec::new(),
        };
        for (from, to) in wanted {
            engine.create_volume(to)?;
            made.volumes.push(to.clone());
            copy(engine, image, from, to)?;
        }
        Ok(made)
    }
}

impl Drop for Copies<'_> {
    fn drop(&mut self) {
        for volume in &self.volumes {
            // Nobody is left to hear of a failure; the name says whose it is.
            let _ = self.engine.remove_volume(volume);
        }
    }
}

/// Copies a volume or a directory of the engine's machine into a volume, with owners and modes, by two
/// containers that are never started. A source that does not exist yet is an empty one.
///
/// # Errors
/// The engine refuses.
fn copy(engine: &dyn Engine, image: &str, from: &str, to: &str) -> Result<()> {
    const PLACE: &str = "/nrcompose-copy";
    let holder = |volume: &str, options: &str| {
        let helper = Helper {
            image: image.to_owned(),
            volumes: vec![(volume.to_owned(), format!("{PLACE}{options}"))],
            command: vec!["/nothing".into()],
            ..Helper::default()
        };
        Temporary::create(engine, &helper)
    };
    let target = holder(to, "")?;
    // To ask a container for a volume that does not exist would make it, in the name of the live project.
    if !from.starts_with('/') && !engine.volume_exists(from)? {
        return Ok(());
    }
    let source = holder(from, ":ro")?;
    let archive = engine.archive(&source.id, PLACE)?;
    engine
        .put(&target.id, "/", archive)
        .with_context(|| format!("copying {from}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_live_is_left_and_all_data_is_copied() {
        let directory = std::env::temp_dir().display().to_string();
        let config = json!({
            "services": {
                "app": {
                    "image": "app", "container_name": "live", "ports": [80], "networks": {"default": null},
                    "volumes": [
                        {"type": "volume", "source": "data", "target": "/data"},
                        {"type": "bind", "source": directory, "target": "/uploads"},
                        {"type": "bind", "source": directory, "target": "/conf", "read_only": true},
                        {"type": "bind", "source": "/var/run/docker.sock", "target": "/s"},
                    ],
                },
                "init": {
                    "image": "app", "network_mode": "none", "depends_on": {}, "healthcheck": {"disable": true},
                    "volumes": [{"type": "volume", "source": "data", "target": "/v/0", "volume": {"subpath": "a"}}],
                },
            },
            "volumes": {"data": {"name": "live_data"}},
        });
        let alone = isolate(&config, "x", "app", Some("init")).unwrap();
        assert_eq!(
            alone.copies,
            [
                ("live_data".to_owned(), "x_0".to_owned()),
                (directory, "x_1".to_owned())
            ]
        );
        let app = &alone.file["services"]["app"];
        assert!(
            LIVE.iter()
                .filter(|k| **k != "depends_on")
                .all(|k| app.get(*k).is_none())
        );
        let sources: Vec<&Value> = app["volumes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| &v["source"])
            .collect();
        assert_eq!((sources[0], sources[1]), (&json!("x_0"), &json!("x_1")));
        assert_eq!(app["volumes"].as_array().unwrap().len(), 3);
        let init = &alone.file["services"]["init"];
        assert_eq!(init["volumes"][0]["source"], "x_0");
        assert_eq!(init["volumes"][0]["volume"]["subpath"], "a");
        assert_eq!(
            (&init["network_mode"], &init["healthcheck"]["disable"]),
            (&json!("none"), &json!(true))
        );
        assert!(isolate(&config, "x", "web", None).is_err());
    }
}
