//! One file of any bytes: a model or an error, with variables and without, and what is shown can be read again.
#![no_main]

use indexmap::IndexMap;
use libfuzzer_sys::fuzz_target;
use nrcompose::load::{Options, load};
use nrcompose::locate::{ConfigFile, FoundBy, Location};
use nrcompose::render::model::{Format, render};
use nrcompose::tree::Sources;

fn location(text: &[u8]) -> Location {
    Location {
        files: vec![ConfigFile { path: "compose.yaml".into(), text: text.to_vec() }],
        found_by: FoundBy::Flags,
        directory: "/nowhere/project".into(),
        name: None,
        environment: IndexMap::from([("A".to_owned(), "a".to_owned())]),
        profiles: vec!["*".to_owned()],
        all_resources: true,
        sources: Sources::default(),
        warnings: Vec::new(),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let location = location(bytes);
    _ = load(&location, &Options { interpolate: false, ..Options::default() }).map_err(|e| e.render(false));
    let Ok(project) = load(&location, &Options::default()).map_err(|e| e.render(false)) else { return };
    for warning in &project.warnings {
        warning.render(&project.sources, true);
    }
    _ = render(&project, true, &[], Format::Json);
    if let Ok(shown) = render(&project, true, &[], Format::Yaml) {
        let again = Location { files: vec![ConfigFile { path: "again.yaml".into(), text: shown.clone().into_bytes() }], ..location };
        if let Ok(again) = load(&again, &Options::default()) {
            assert_eq!(render(&again, true, &[], Format::Yaml).as_ref(), Ok(&shown));
        }
    }
});
