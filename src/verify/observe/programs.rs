//! Programs that a capability or a setuid bit belongs to: looked for in the container itself where this process may look
//! into it, else read from its image, once an image, and kept with what else it says.

use super::files::Cache;
use crate::capability;
use crate::engine::{Container, Engine, Image};
use crate::facts::local::cache;
use crate::verify::observation::{Observation, Way};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;

/// Where programs are found by their names.
const PATH: [&str; 6] = [
    "/bin/",
    "/sbin/",
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/local/bin/",
    "/usr/local/sbin/",
];
/// RaisedPrograms that people miss when they cannot raise whoever runs them. Every image of a distribution has others
/// (`su`, `mount`, `passwd`), which no service runs.
const MISSED: [&str; 7] = [
    "doas",
    "fping",
    "fusermount",
    "fusermount3",
    "ping",
    "sudo",
    "traceroute",
];

/// How many images are read at a time, a second each.
const AT_ONCE: usize = 4;

/// Looks at each container, or at its image; at images that were never read only where that may take its time.
pub(crate) fn look(
    engine: &dyn Engine,
    kept: &Cache,
    may_read: bool,
    containers: &[Container],
    seen: &mut [Observation],
) {
    for (seen, container) in seen.iter_mut().zip(containers) {
        if seen.way == Way::Proc
            && let Some(programs) = inside(container.state.pid)
        {
            seen.capable = Some(programs.capable);
            seen.setuid = programs.setuid;
        }
    }
    let others = seen.iter().filter(|s| s.capable.is_none());
    let ids: BTreeSet<String> = others.map(|s| s.image.clone()).collect();
    if ids.is_empty() {
        return;
    }
    let ids: Vec<String> = ids.into_iter().filter(|id| !id.is_empty()).collect();
    let images: Vec<Image> = engine
        .images(&ids)
        .unwrap_or_default()
        .into_iter()
        .flatten()
        .collect();
    let mut told: BTreeMap<String, RaisedPrograms> = BTreeMap::new();
    for some in images.chunks(AT_ONCE) {
        told.extend(thread::scope(|scope| {
            let read = |image| programs(engine, image, kept, may_read);
            let reads: Vec<_> = some
                .iter()
                .map(|image| (image.id.clone(), scope.spawn(move || read(image))))
                .collect();
            let joined = reads
                .into_iter()
                .filter_map(|(id, read)| Some((id, read.join().ok()??)));
            joined.collect::<Vec<_>>()
        }));
    }
    for seen in seen.iter_mut().filter(|s| s.capable.is_none()) {
        if let Some(programs) = told.get(&seen.image) {
            seen.capable = Some(programs.capable.clone());
            seen.setuid = programs.setuid.clone();
        }
    }
}

struct RaisedPrograms {
    capable: BTreeMap<String, Vec<String>>,
    setuid: Vec<String>,
}

/// Through `/proc/PID/root`, which only who may trace the process can enter. A directory that is a link is left out: it
/// leads to another one of them, or out of the container.
fn inside(pid: u32) -> Option<RaisedPrograms> {
    let root = Path::new("/proc").join(pid.to_string()).join("root");
    fs::read_dir(&root).ok()?;
    let mut programs = RaisedPrograms {
        capable: BTreeMap::new(),
        setuid: Vec::new(),
    };
    for directory in PATH {
        let place = root.join(directory.trim_matches('/'));
        if fs::symlink_metadata(&place).is_ok_and(|m| m.is_symlink()) {
            continue;
        }
        for entry in fs::read_dir(&place).into_iter().flatten().flatten() {
            let Some(meta) = entry.metadata().ok().filter(fs::Metadata::is_file) else {
                continue;
            };
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{directory}{name}");
            if meta.mode() & 0o4000 != 0 && meta.uid() == 0 && MISSED.contains(&name.as_str()) {
                programs.setuid.push(path.clone());
            }
            let mut attribute = [0; 64];
            let read = rustix::fs::lgetxattr(entry.path(), "security.capability", &mut attribute);
            let of = |length: usize| capability::of_file(attribute.get(..length)?);
            // Without its effective bit a program runs also where they are out of reach.
            if let Some((mask, true)) = read.ok().and_then(of) {
                programs.capable.insert(path, capability::names(mask));
            }
        }
    }
    Some(programs)
}

fn programs(engine: &dyn Engine, image: &Image, kept: &Cache, may_read: bool) -> Option<RaisedPrograms> {
    let folder = kept.directory.as_deref();
    let read = || cache::fill(engine, image, folder, |_| {}).ok();
    let local = cache::kept(image, folder).or_else(|| if may_read { read() } else { None })?;
    let named = |path: &str| {
        let directory = PATH.iter().find_map(|d| path.strip_prefix(d));
        directory.filter(|name| !name.contains('/')).map(str::to_owned)
    };
    let capable = local
        .file_capabilities
        .iter()
        .filter(|(path, _)| named(path).is_some());
    let setuid = local
        .setuid
        .iter()
        .filter(|path| named(path).is_some_and(|n| MISSED.contains(&n.as_str())));
    Some(RaisedPrograms {
        capable: capable
            .map(|(path, names)| (path.clone(), names.clone()))
            .collect(),
        setuid: setuid.cloned().collect(),
    })
}
