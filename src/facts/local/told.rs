//! The files of an image as our own program tells them in a container that is made from it: without what is in them, which
//! is nearly all that an engine would have to give.
//!
//! The container has no network, a read-only root, and one capability: to see what others closed. Nothing of the image
//! runs in it. Its declared volumes are made with it, and go with it; an engine copies into them what the image has there.
//! Everything that could come out otherwise than by the engine's own archive is an error here, and no finding.

use super::gathered::{Gathered, gather};
use super::slow::Slow;
use crate::engine::helper::Rights;
use crate::engine::{Engine, EngineResult, Error, ErrorKind, Helper, Image, Temporary, own_image};
use crate::image_files::{self, FilesOrder};
use crate::owners::frame;
use std::io::Cursor;
use std::time::Duration;

/// How long the program may say nothing: a disk that is asleep.
const SILENCE: Duration = Duration::from_secs(60);

/// Reads them.
///
/// # Errors
/// It cannot be done in this way.
pub(super) fn read(
    engine: &dyn Engine,
    image: &Image,
    wanted: &FilesOrder,
    slow: &Slow<'_>,
) -> EngineResult<Gathered> {
    let place = place(image).ok_or_else(|| refused("it has no id that could be a name"))?;
    let volumes = volumes(image).ok_or_else(|| refused("its volumes lie in each other"))?;
    let wanted = FilesOrder {
        volumes,
        place,
        ..wanted.clone()
    };
    let program = own_image::to_be_put(&image.architecture)?;
    let helper = Helper {
        image: image.id.clone(),
        user: "0:0".into(),
        read_only: true,
        own_volume: Some(wanted.place.clone()),
        command: vec![
            format!("{}{}", wanted.place, own_image::PROGRAM),
            image_files::VERB.into(),
        ],
        rights: Rights::Look,
        has_input: true,
        ..Helper::default()
    };
    let container = Temporary::create(engine, &helper)?;
    engine.put(&container.id, &wanted.place, Box::new(Cursor::new(program)))?;
    let tell = |wanted: &FilesOrder| {
        let mut input = Vec::new();
        let orders = serde_json::to_vec(wanted).map_err(|error| refused(&error.to_string()))?;
        frame::send(&mut input, frame::ORDERS, &orders).map_err(|error| refused(&error.to_string()))?;
        let files = engine.converse(&container.id, Box::new(Cursor::new(input)), SILENCE)?;
        Ok(slow.watch(files))
    };
    let mut files = gather(tell, &wanted)?;
    let empty = wanted.volumes.iter().filter(|v| files.is_plain_and_empty(v));
    let empty: Vec<&String> = empty.collect();
    if !empty.is_empty() {
        // Where the image has nothing, the runtime made a directory to mount the volume on.
        let made = engine.diff(&container.id)?;
        for volume in empty.into_iter().filter(|volume| made.contains(volume)) {
            if !files.forget(volume) {
                return Err(refused("what leads to a volume may be made by the runtime"));
            }
        }
    }
    Ok(files)
}

/// Where the program is put: no image has a path in it that tells its own digest.
fn place(image: &Image) -> Option<String> {
    let digest = image.id.strip_prefix("sha256:")?;
    let is_digest = digest.len() == 64 && digest.chars().all(|c| c.is_ascii_hexdigit());
    is_digest.then(|| format!("/.nrcompose-{digest}"))
}

/// The paths of the declared volumes, none of them in another one.
fn volumes(image: &Image) -> Option<Vec<String>> {
    let mut paths = Vec::new();
    for path in image.config.volumes.keys() {
        let path = path.trim_end_matches('/');
        let mut names = path.strip_prefix('/')?.split('/');
        if names.any(|name| matches!(name, "" | "." | "..")) {
            return None;
        }
        paths.push(path.to_owned());
    }
    paths.sort();
    paths.dedup();
    let is_in = |path: &String, other: &String| {
        path.strip_prefix(other.as_str())
            .is_some_and(|r| r.starts_with('/'))
    };
    let is_apart = |path: &String| !paths.iter().any(|other| is_in(path, other));
    paths.iter().all(is_apart).then_some(paths)
}

fn refused(why: &str) -> Error {
    Error::new(
        ErrorKind::Refused,
        "having nrcompose tell the files of an image",
        why,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_in_each_other_are_not_told() {
        let of = |paths: &[&str]| {
            let paths = paths
                .iter()
                .map(|path| ((*path).to_owned(), serde_json::json!({})));
            let volumes: serde_json::Map<_, _> = paths.collect();
            let image = serde_json::json!({"Id": "x", "Config": {"Volumes": volumes}});
            volumes_of(image)
        };
        let volumes_ = of(&["/data/", "/data2", "/var/lib/x"]);
        assert_eq!(volumes_.unwrap(), ["/data", "/data2", "/var/lib/x"]);
        for nested in [
            &["/data", "/data/x"][..],
            &["/"],
            &["data"],
            &["/a/../b"],
            &["/a//b"],
        ] {
            assert_eq!(of(nested), None, "{nested:?}");
        }
    }

    fn volumes_of(image: serde_json::Value) -> Option<Vec<String>> {
        volumes(&serde_json::from_value(image).unwrap())
    }
}
