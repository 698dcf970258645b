//! What a service is, as far as conditions of profiles ask.

use crate::facts::Local;
use crate::facts::condition::{Circumstances, SaidStart};
use crate::facts::engine::{EngineFacts, EngineKind};
use crate::model::{Service, clean_path};
use crate::tree::{Node, Origin, Value};
use indexmap::IndexMap;

/// Of a service with what its env files say, on an engine. The tag is the image's, which is looked up with it.
pub(super) fn of(
    service: Service,
    env_files: &IndexMap<String, (String, Origin)>,
    local: Option<&Local>,
    engine: &EngineFacts,
) -> Circumstances {
    let mut environment: IndexMap<String, String> = env_files
        .iter()
        .map(|(name, (value, _))| (name.clone(), value.clone()))
        .collect();
    let names = service.get("environment").and_then(Node::as_map);
    for name in names.into_iter().flat_map(|map| map.keys()) {
        if let Some((value, _)) = service.environment(name) {
            environment.insert(name.clone(), value);
        }
    }
    let of_image = || {
        local
            .map(|l| [l.entrypoint.clone(), l.command.clone()].concat())
            .unwrap_or_default()
    };
    let own = |key| service.get(key).map(words).filter(|words| !words.is_empty());
    // An empty one takes the image's away.
    let said = |key| service.get(key).filter(|node| !node.is_null()).map(plain);
    let entrypoint = own("entrypoint");
    let command = match own("command") {
        Some(words) => words,
        // Compose drops the image's command where the entrypoint is another.
        None if entrypoint.is_some() => Vec::new(),
        None => of_image(),
    };
    let mounts = service.mounts().into_iter().map(|m| clean_path(&m.target));
    let files = ["configs", "secrets"]
        .into_iter()
        .flat_map(|key| service.get(key).map(Node::items).unwrap_or_default());
    let targets = files
        .filter_map(|node| node.get("target")?.as_str())
        .map(clean_path);
    let devices = service.get("devices").map(Node::items).unwrap_or_default();
    let device = |node: &Node| match &node.value {
        Value::Map(_) => Some(node.get("target").or(node.get("source"))?.as_str()?.to_owned()),
        _ => {
            let mut parts = node.as_str()?.split(':');
            let source = parts.next()?;
            Some(parts.next().unwrap_or(source).to_owned())
        }
    };
    Circumstances {
        tag: None,
        said: SaidStart {
            entrypoint: said("entrypoint"),
            command: said("command"),
        },
        environment,
        entrypoint: entrypoint.unwrap_or_else(of_image),
        command,
        mounts: mounts.chain(targets).collect(),
        devices: devices.iter().filter_map(device).collect(),
        capabilities: service.capabilities("cap_add"),
        engine: words_for(engine),
        files: local.map(|l| l.asked_files.clone()).unwrap_or_default(),
    }
}

/// The words of a command.
fn plain(node: &Node) -> Vec<String> {
    match &node.value {
        Value::Seq(items) => items.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
        Value::Str(text) => text.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The words of a command, those of a shell's script among them.
fn words(node: &Node) -> Vec<String> {
    let whole: Vec<&str> = match &node.value {
        Value::Seq(items) => items.iter().filter_map(Node::as_str).collect(),
        Value::Str(text) => vec![text],
        _ => Vec::new(),
    };
    let parts = whole
        .iter()
        .filter(|w| w.contains(char::is_whitespace))
        .flat_map(|w| w.split_whitespace());
    whole.iter().copied().chain(parts).map(str::to_owned).collect()
}

fn words_for(engine: &EngineFacts) -> Vec<&'static str> {
    let kind = match engine.kind {
        EngineKind::Rootful => "rootful",
        EngineKind::Rootless => "rootless",
        EngineKind::UsernsRemap => "userns-remap",
        EngineKind::Desktop => "desktop",
    };
    std::iter::once(kind)
        .chain(engine.podman.then_some("podman"))
        .collect()
}
