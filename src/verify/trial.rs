//! A command in a service as its author wrote it and in the hardened one, each on its own copy of the data.
//!
//! The service is taken out of what Compose resolved, stripped of everything that is live: names, ports,
//! networks, neighbours. Every volume and every directory that it may write is copied; what it only reads is
//! mounted as it is, read-only. Nothing else of the project is touched.

mod lent;
mod live;

use crate::engine::{Engine, Helper, Temporary};
use crate::model::init_name;
use anyhow::{Context, Result, bail};
use live::Reach;
use serde_json::{Map, Value, json};
use std::path::Path;

/// A service on its own, and what has to be copied for it.
#[derive(Debug, PartialEq)]
pub struct Isolated {
    /// A Compose file with the service alone, and with what must run before it.
    pub file: Value,
    /// What both runs of the trial start from.
    pub image: String,
    /// Source (a volume, or a path of the machine) and the new volume.
    pub copies: Vec<(String, String)>,
    /// What the service has and the trial does not, since it is live; in words.
    pub without: Vec<String>,
}

/// Takes a service out of what `docker compose config --format json` gave, and those that give its volumes their owner,
/// which must have run before it. `engine` is the socket of the engine, on this machine.
///
/// # Errors
/// There is no such service; it has the volumes of a container that is not the project's.
pub fn isolate(config: &Value, project: &str, service: &str, engine: Option<&Path>) -> Result<Isolated> {
    let services = config.get("services").and_then(Value::as_object);
    let mut copies: Vec<(String, String)> = Vec::new();
    let mut alone = Map::new();
    let mut without = Vec::new();
    let lent = lent::to(config, service)?;
    let before: Vec<String> = std::iter::once(service)
        .chain(lent.lenders.iter().map(String::as_str))
        .map(init_name)
        .collect();
    for name in std::iter::once(service).chain(before.iter().map(String::as_str)) {
        let definition = services.and_then(|s| s.get(name)).and_then(Value::as_object);
        let Some(mut definition) = definition.cloned() else {
            if name == service {
                bail!("taking {service} out of the project: there is no such service");
            }
            continue;
        };
        if name == service {
            without.extend(live::untie(&mut definition));
            if definition.remove("volumes_from").is_some() {
                lent.mount_in(&mut definition);
                let names = lent.lenders.join(", ");
                without.push(format!(
                    "the volumes of {names} that have no name, if its image declares any"
                ));
            }
        } else {
            // What runs before it is ours, and ties to nothing that is live: it stays without a network.
            for key in ["depends_on", "profiles"] {
                definition.remove(key);
            }
        }
        // An image that Compose builds bears the live project's name unless it has one of its own.
        if definition.remove("build").is_some() && !definition.contains_key("image") {
            let live = config.get("name").and_then(Value::as_str).unwrap_or_default();
            definition.insert("image".to_owned(), format!("{live}-{name}").into());
        }
        if let Some(mounts) = definition.get_mut("volumes").and_then(Value::as_array_mut) {
            let mut kept = Vec::new();
            for mount in mounts.drain(..) {
                let reach = live::reach(&mount, engine);
                if reach == Reach::Socket {
                    let text = |key: &str| mount.get(key).and_then(Value::as_str).unwrap_or_default();
                    without.push(format!("the mount of {} at {}", text("source"), text("target")));
                } else {
                    kept.push(copied(&mount, reach, config, project, &mut copies));
                }
            }
            *mounts = kept;
        }
        alone.insert(name.to_owned(), Value::Object(definition));
    }
    let depends_on: Map<String, Value> = before
        .into_iter()
        .filter(|b| alone.contains_key(b))
        .map(|b| (b, json!({"condition": "service_completed_successfully"})))
        .collect();
    if let (false, Some(definition)) = (depends_on.is_empty(), alone.get_mut(service)) {
        definition["depends_on"] = depends_on.into();
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
    Ok(Isolated {
        file,
        image,
        copies,
        without,
    })
}

/// A mount of the copy instead of one of the live data.
fn copied(
    mount: &Value,
    reach: Reach,
    config: &Value,
    project: &str,
    copies: &mut Vec<(String, String)>,
) -> Value {
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
        "bind" if read_only && reach == Reach::Files || !Path::new(text("source")).is_dir() => {
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
    use crate::diagnostic::Diagnostic;

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
                "nrcompose-init-app": {
                    "image": "app", "network_mode": "none", "depends_on": {}, "healthcheck": {"disable": true},
                    "volumes": [{"type": "volume", "source": "data", "target": "/v/0", "volume": {"subpath": "a"}}],
                },
            },
            "volumes": {"data": {"name": "live_data"}},
        });
        let alone = isolate(&config, "x", "app", None).unwrap();
        assert_eq!(
            alone.copies,
            [
                ("live_data".to_owned(), "x_0".to_owned()),
                (directory, "x_1".to_owned())
            ]
        );
        let app = &alone.file["services"]["app"];
        assert!(
            live::KEYS
                .iter()
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
        let init = &alone.file["services"]["nrcompose-init-app"];
        assert_eq!(init["volumes"][0]["source"], "x_0");
        assert_eq!(init["volumes"][0]["volume"]["subpath"], "a");
        assert_eq!(
            (&init["network_mode"], &init["healthcheck"]["disable"]),
            (&json!("none"), &json!(true))
        );
        assert_eq!(alone.without, ["the mount of /var/run/docker.sock at /s"]);
        assert!(isolate(&config, "x", "web", None).is_err());
    }

    #[test]
    fn the_mounts_of_another_service_are_copied_too() {
        let config = json!({
            "services": {
                "app": {
                    "image": "app", "volumes_from": ["base:ro", "more"], "pid": "service:base",
                    "volumes": [{"type": "volume", "source": "own", "target": "/own"}],
                },
                "base": {
                    "image": "base",
                    "volumes": [
                        {"type": "volume", "source": "data", "target": "/data"},
                        {"type": "volume", "source": "data", "target": "/own"},
                        {"type": "bind", "source": "/var/run", "target": "/hostrun", "read_only": true},
                        {"type": "tmpfs", "target": "/tmp"},
                    ],
                },
                "more": {"image": "base", "volumes_from": ["app", "last"]},
                "last": {"image": "base", "volumes": [{"type": "volume", "source": "last", "target": "/last"}]},
                "nrcompose-init-base": {
                    "image": "base", "volumes": [{"type": "volume", "source": "data", "target": "/data"}],
                },
            },
        });
        let alone = isolate(&config, "x", "app", None).unwrap();
        let app = &alone.file["services"]["app"];
        let mut seen: Vec<(&str, &str, bool)> = Vec::new();
        for mount in app["volumes"].as_array().unwrap() {
            let text = |key: &str| mount[key].as_str().unwrap();
            seen.push((text("source"), text("target"), mount["read_only"] == true));
        }
        seen.sort_by_key(|(_, target, _)| *target);
        let of = |name: &str| {
            let copy = alone.copies.iter().find(|(from, _)| from == name);
            copy.map(|(_, to)| to.as_str()).unwrap()
        };
        assert_eq!(
            seen,
            [
                (of("data"), "/data", true),
                (of("last"), "/last", false),
                (of("own"), "/own", false)
            ]
        );
        assert_eq!(alone.copies.len(), 3);
        assert!(app.get("volumes_from").is_none() && app.get("pid").is_none());
        assert_eq!(app["depends_on"].as_object().unwrap().len(), 1);
        assert_eq!(
            alone.file["services"]["nrcompose-init-base"]["volumes"][0]["source"],
            of("data")
        );
        assert_eq!(
            alone.without,
            [
                "`pid: service:base`",
                "the volumes of base, last, more that have no name, if its image declares any",
                "the mount of /var/run at /hostrun"
            ]
        );
        let foreign = json!({"services": {"app": {"image": "app", "volumes_from": ["container:live"]}}});
        let error = Diagnostic::from(&isolate(&foreign, "x", "app", None).unwrap_err());
        assert!(error.message.contains("container:live"), "{error:?}");
        assert!(error.help.is_some(), "{error:?}");
    }
}
