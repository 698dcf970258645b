//! One file of any bytes: a model or an error, with variables and without, and what is shown can be read again.

use indexmap::IndexMap;
use nrcompose::load::{Options, load};
use nrcompose::locate::{ConfigFile, FoundBy, Location};
use nrcompose::render::{Format, model::render};
use nrcompose::tree::Sources;

fn location(text: &[u8]) -> Location {
    Location {
        files: vec![ConfigFile {
            path: "compose.yaml".into(),
            text: text.to_vec(),
        }],
        left_out: Vec::new(),
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

/// Panics where something is wrong.
pub(crate) fn judge(bytes: &[u8]) {
    let location = location(bytes);
    _ = load(
        &location,
        &Options {
            interpolate: false,
            ..Options::default()
        },
    )
    .map_err(|e| e.render(false));
    let Ok(project) = load(&location, &Options::default()).map_err(|e| e.render(false)) else {
        return;
    };
    for warning in &project.warnings {
        warning.render(&project.sources, true);
    }
    _ = render(&project, true, &[], Format::Json);
    // Compose's own model is not always what it would read again (an external network without a name gets one), but
    // what it reads again is: unless a key has a dollar, which is doubled each time, and read as it stands.
    let read = |text: String| {
        let files = vec![ConfigFile {
            path: "again.yaml".into(),
            text: text.into_bytes(),
        }];
        let again = load(
            &Location {
                files,
                ..location.clone()
            },
            &Options::default(),
        )
        .ok()?;
        render(&again, true, &[], Format::Yaml).ok()
    };
    if let Ok(shown) = render(&project, true, &[], Format::Yaml)
        && !bytes.contains(&b'$')
        && let Some(again) = read(shown)
    {
        assert_eq!(read(again.clone()), Some(again));
    }
}
