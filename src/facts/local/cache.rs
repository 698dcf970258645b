//! `$XDG_CACHE_HOME/nrcompose/images/ID.json`: what an image says never changes, so it is read once.

use super::{Local, Tell, read};
use crate::engine::{Engine, EngineResult, Image};
use crate::facts::builtin;
use crate::whole_file::write_private;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A change of what is read, or how, makes the files of before worthless.
const FORMAT: &str = "5";

/// The folder of all images, below the person's cache.
pub(crate) fn folder(cache_home: &Path) -> PathBuf {
    cache_home.join("nrcompose/images")
}

/// What an image says, from the cache. One that cannot be read is none.
pub(crate) fn kept(image: &Image, folder: Option<&Path>) -> Option<Local> {
    load(&file(folder?, &image.id)?, &image.id)
}

/// What an image says, by reading it; kept for the next time.
pub(crate) fn fill(
    engine: &dyn Engine,
    image: &Image,
    folder: Option<&Path>,
    tell: Tell,
) -> EngineResult<Local> {
    let local = read(engine, image, tell)?;
    if let Some(file) = folder.and_then(|folder| file(folder, &image.id)) {
        // Without a cache it is only slower the next time.
        let _ = store(&file, &local);
    }
    Ok(local)
}

/// Only a digest names a file, so that no id can lead out of the folder.
fn file(folder: &Path, id: &str) -> Option<PathBuf> {
    let hex = id.strip_prefix("sha256:")?;
    let valid = hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit());
    valid.then(|| folder.join(format!("{hex}-{FORMAT}-{}.json", builtin::asked_key())))
}

fn load(file: &Path, id: &str) -> Option<Local> {
    let local: Local = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    (local.id == id).then_some(local)
}

fn store(file: &Path, local: &Local) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    write_private(file, &serde_json::to_vec(local)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_is_stored_comes_back_and_is_private() {
        let folder = std::env::temp_dir().join(format!("nrcompose-cache-{}", std::process::id()));
        let id = format!("sha256:{}", "a".repeat(64));
        let local = Local {
            id: id.clone(),
            user: "7".into(),
            ..Local::default()
        };
        let file = file(&folder, &id).unwrap();
        store(&file, &local).unwrap();
        assert_eq!(load(&file, &id), Some(local));
        let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(&folder)), (0o600, 0o700));
        assert_eq!(load(&file, "sha256:other"), None);
        fs::write(&file, "{").unwrap();
        assert_eq!(load(&file, &id), None);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn only_a_digest_names_a_file() {
        assert_eq!(file(Path::new("/c"), "sha256:../../x"), None);
        assert_eq!(file(Path::new("/c"), "x"), None);
    }
}
