//! How a volume gets its owner where nobody but Compose starts things: a service that runs before, as root,
//! with no network, a read-only root, and no capability but those that changing an owner needs.
//!
//! What it runs is the image's own, so it must be harmless even where the image, or what its service left in a volume,
//! is hostile. `CHOWN` and `DAC_OVERRIDE` reach the mounted volumes and nothing else; with `DAC_READ_SEARCH` any program
//! could open every file of the host by its handle. Programs are named by absolute paths, and the image's environment
//! is blanked, so that nothing in a volume is run; a volume over the programs' own directories is left out (the control
//! *volumes* sees to that).
//!
//! It must come between create and start: an empty volume takes the owner of the image's directory whenever
//! a container is created, so anything earlier would be undone. `up` creates all containers first.

use crate::facts::settings::Ids;
use crate::lower::{Edit, Scope};
use crate::model;
use crate::plan::intent::VolumeOwner;
use crate::tree::{Map, Node, Path, Value};

/// What changing owners needs, and no more: to enter and list any directory of the volumes, and to give them away.
const CAPABILITIES: [&str; 2] = ["CHOWN", "DAC_OVERRIDE"];

/// Variables by which a shell, a loader or a C library runs or reads what somebody else chose. Blank ones do nothing;
/// to unset one, Compose would take the value of the person's own shell.
const BLANKED: [&str; 11] = [
    "BASHOPTS",
    "BASH_ENV",
    "ENV",
    "GCONV_PATH",
    "GLIBC_TUNABLES",
    "LD_AUDIT",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LOCPATH",
    "PATH",
    "SHELLOPTS",
];

/// Gives what does not belong to `owner` to it, the directories themselves last: they are the mark that the rest
/// is done. Links are not followed. A running service makes and removes files meanwhile, so that a pass may fail for a
/// file that is gone: it is tried again. Where an image has no `find`, everything is given.
fn script(owner: Ids) -> String {
    let Ids { uid, gid } = owner;
    format!(
        "find= chown=; \
         for d in /busybox /bin /usr/bin; do [ ! -x $d/find ] || find=$d/find; [ ! -x $d/chown ] || chown=$d/chown; done; \
         for try in 1 2 3; do \
         [ -z \"$find\" ] || ! \"$find\" \"$@\" -depth \\( ! -user {uid} -o ! -group {gid} \\) -exec \"$chown\" -h {owner} {{}} + \
         || exit 0; done; \
         exec \"$chown\" -hR {owner} \"$@\""
    )
}

/// The edits that add the service which gives these volumes of `scope`'s service away.
pub(super) fn edits(scope: &Scope, owners: &[&VolumeOwner]) -> Vec<Edit> {
    if owners.is_empty() {
        return Vec::new();
    }
    let name = model::init_name(scope.service.name);
    let mut condition = Map::new();
    condition.insert(
        "condition".into(),
        Node::synthetic("service_completed_successfully"),
    );
    condition.insert("required".into(), Node::synthetic(true));
    vec![
        Edit::set(
            Path::of(["services", name.as_str()]),
            Value::from(definition(scope, owners)),
        ),
        Edit::set(
            scope.service.path_of("depends_on").join(&name),
            Value::from(condition),
        ),
    ]
}

/// The service, in the canonical form.
fn definition(scope: &Scope, owners: &[&VolumeOwner]) -> Map {
    let service = scope.service;
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| {
        map.insert(key.to_owned(), Node::synthetic(value));
    };
    let targets: Vec<String> = owners.iter().map(|o| o.target.clone()).collect();
    put("attach", false.into());
    put("cap_add", strings(CAPABILITIES));
    put("cap_drop", strings(["ALL"]));
    // All volumes of one service have one owner: the user it runs as.
    let script = owners.first().map(|o| script(o.ids)).unwrap_or_default();
    let mut entrypoint = vec!["/bin/sh".to_owned(), "-c".to_owned(), script, "sh".to_owned()];
    entrypoint.extend(targets.iter().cloned());
    put("entrypoint", strings(entrypoint));
    put("environment", blank(&scope.planned.image_environment));
    let mut healthcheck = Map::new();
    healthcheck.insert("disable".into(), Node::synthetic(true));
    put("healthcheck", Value::from(healthcheck));
    put("network_mode", "none".into());
    put("read_only", true.into());
    put("restart", "no".into());
    put("security_opt", strings(["no-new-privileges:true"]));
    put("user", "0:0".into());
    let volumes = owners
        .iter()
        .zip(&targets)
        .map(|(owner, target)| Node::synthetic(volume(owner, target)))
        .collect();
    put("volumes", Value::Seq(volumes));
    put("working_dir", "/".into());
    match service.get("image") {
        Some(image) => {
            let mut image = image.clone();
            // A variable of an include's own env file means nothing here.
            if image
                .raw
                .as_deref()
                .and_then(|raw| scope.project.substitute(raw))
                .as_deref()
                != image.as_str()
            {
                image.raw = None;
            }
            map.insert("image".into(), image);
        }
        None => {
            let mut image = Node::synthetic(model::built_image(&scope.project.name, service.name));
            image.raw = Some(format!("${{COMPOSE_PROJECT_NAME}}-{}", service.name).into());
            map.insert("image".into(), image);
        }
    }
    if service.is_built() {
        map.insert("pull_policy".into(), Node::synthetic("never"));
    } else if let Some(policy) = service.get("pull_policy") {
        map.insert("pull_policy".into(), policy.clone());
    }
    for key in ["platform", "profiles"] {
        if let Some(node) = service.get(key) {
            map.insert(key.into(), node.clone());
        }
    }
    map.sort_keys();
    let mut mark = Map::new();
    mark.insert(model::INIT_OF.into(), Node::synthetic(service.name));
    map.insert("x-nrcompose".into(), Node::synthetic(Value::from(mark)));
    map
}

/// Every variable that could change what runs, and those that the image is known to set, without a value.
fn blank(of_image: &[String]) -> Value {
    let names = BLANKED.iter().copied().chain(of_image.iter().map(String::as_str));
    let mut map = Map::new();
    for name in names {
        map.insert(name.to_owned(), Node::synthetic(""));
    }
    map.sort_keys();
    Value::from(map)
}

/// A volume where the service has it: at another place, the engine would add an anonymous volume for the image's own
/// `VOLUME`, and leave it behind. It is the first to mount a new volume, so what its author says of that is said here.
fn volume(owner: &VolumeOwner, target: &str) -> Value {
    let mut map = Map::new();
    map.insert("type".into(), Node::synthetic("volume"));
    map.insert(
        "source".into(),
        Node::synthetic(owner.volume.as_deref().unwrap_or_default()),
    );
    map.insert("target".into(), Node::synthetic(target));
    let mut options = Map::new();
    if owner.nocopy {
        options.insert("nocopy".into(), Node::synthetic(true));
    }
    if let Some(subpath) = &owner.subpath {
        options.insert("subpath".into(), Node::synthetic(subpath.as_str()));
    }
    if !options.is_empty() {
        map.insert("volume".into(), Node::synthetic(Value::from(options)));
    }
    Value::from(map)
}

fn strings<S: Into<String>>(items: impl IntoIterator<Item = S>) -> Value {
    Value::Seq(items.into_iter().map(|s| Node::synthetic(s.into())).collect())
}
