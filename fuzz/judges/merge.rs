//! Two files, cut at the first zero byte: the second over the first.

use indexmap::IndexMap;
use nrcompose::load::{Options, load};
use nrcompose::locate::{ConfigFile, FoundBy, Location};
use nrcompose::tree::Sources;

/// Panics where something is wrong.
pub(crate) fn judge(bytes: &[u8]) {
    let cut = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    let (base, over) = bytes.split_at(cut);
    let Ok(over) = std::str::from_utf8(over.get(1..).unwrap_or_default()) else {
        return;
    };
    let location = Location {
        files: vec![ConfigFile {
            path: "compose.yaml".into(),
            text: base.to_vec(),
        }],
        left_out: Vec::new(),
        found_by: FoundBy::Flags,
        directory: "/nowhere/project".into(),
        name: None,
        environment: IndexMap::new(),
        profiles: Vec::new(),
        all_resources: false,
        sources: Sources::default(),
        warnings: Vec::new(),
    };
    let options = Options {
        extra: vec![("override.yaml".into(), over.to_owned())],
        ..Options::default()
    };
    _ = load(&location, &options).map_err(|e| e.render(false));
}
