//! An image of our own: this program and nothing else, made in memory. No code of an image or a volume runs in a
//! container of it.
//!
//! It is named by what is in it, so it is loaded once on an engine, and another version is another image.

use super::error::{Error, ErrorKind};
use super::own_program;
use super::{Engine, EngineResult, Helper, Temporary};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io::Cursor;

/// The name of every version.
pub(crate) const REPOSITORY: &str = "nrcompose-helper";
/// The label by which it is known for ours.
pub(crate) const LABEL: &str = "nrcompose.image";
/// Where the program is in it.
pub(crate) const PROGRAM: &str = "/nrcompose";

/// Creates a helper of the image, on an engine of this architecture; which image `helper` names does not count.
///
/// # Errors
/// This program cannot run there; the engine does not take it.
pub(crate) fn create<'e>(
    engine: &'e dyn Engine,
    architecture: &str,
    helper: Helper,
) -> EngineResult<Temporary<'e>> {
    let of = |image| {
        Temporary::create(
            engine,
            &Helper {
                image,
                ..helper.clone()
            },
        )
    };
    match of(ensure(engine, architecture)?) {
        // `doctor --clean` took it away meanwhile.
        Err(error) if error.kind == ErrorKind::NotFound => of(ensure(engine, architecture)?),
        created => created,
    }
}

/// The name of the image on an engine of this architecture; it is there afterwards.
///
/// # Errors
/// This program cannot run there; the engine does not take it.
fn ensure(engine: &dyn Engine, architecture: &str) -> EngineResult<String> {
    let doing = "making an image of this program";
    let program = program(architecture, doing)?;
    let image = OwnImage::of(&program).map_err(|e| Error::new(ErrorKind::Refused, doing, e.to_string()))?;
    let is_there = engine.images(std::slice::from_ref(&image.name))?;
    if is_there.iter().all(Option::is_none) {
        engine.load(Box::new(Cursor::new(image.archive)))?;
    }
    Ok(image.name)
}

/// This program as an archive, for a container of another image of this architecture; it runs there as [`PROGRAM`] below
/// the directory that it is put into.
///
/// # Errors
/// This program cannot run there.
pub(crate) fn to_be_put(architecture: &str) -> EngineResult<Vec<u8>> {
    let doing = "making an archive of this program";
    let layer = layer(&program(architecture, doing)?);
    layer.map_err(|e| Error::new(ErrorKind::Refused, doing, e.to_string()))
}

fn program(architecture: &str, doing: &str) -> EngineResult<own_program::OwnProgram> {
    let found = own_program::find(architecture).and_then(|path| own_program::OwnProgram::read(&path));
    found.map_err(|error| Error::new(ErrorKind::Refused, doing, format!("{error:#}")))
}

fn layer(program: &own_program::OwnProgram) -> std::io::Result<Vec<u8>> {
    archive([(PROGRAM.trim_start_matches('/'), &program.bytes[..], 0o555)])
}

struct OwnImage {
    name: String,
    archive: Vec<u8>,
}

impl OwnImage {
    fn of(program: &own_program::OwnProgram) -> std::io::Result<OwnImage> {
        let layer = layer(program)?;
        let layer_digest = digest(&layer);
        let name = format!("{REPOSITORY}:{}", &layer_digest[..32]);
        let config = json!({
            "architecture": program.architecture,
            "os": "linux",
            "created": "1970-01-01T00:00:00Z",
            "config": {"Entrypoint": [PROGRAM], "Labels": {LABEL: "1"}},
            "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{layer_digest}")]},
            "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "nrcompose"}],
        })
        .to_string();
        let config_name = format!("{}.json", digest(config.as_bytes()));
        let layer_name = format!("{layer_digest}/layer.tar");
        let manifest =
            json!([{"Config": config_name, "RepoTags": [name], "Layers": [layer_name]}]).to_string();
        let archive = archive([
            (&config_name[..], config.as_bytes(), 0o644),
            (&layer_name, &layer, 0o644),
            ("manifest.json", manifest.as_bytes(), 0o644),
        ])?;
        Ok(OwnImage { name, archive })
    }
}

fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same bytes for the same files, whenever it is made.
fn archive<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8], u32)>) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes, mode) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, bytes)?;
    }
    archive.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_program_is_the_same_image() {
        let of = |bytes: &[u8]| {
            let program = own_program::OwnProgram {
                architecture: "amd64",
                bytes: bytes.to_vec(),
            };
            OwnImage::of(&program).unwrap()
        };
        let (one, again, other) = (of(b"one"), of(b"one"), of(b"other"));
        assert_eq!((&one.name, &one.archive), (&again.name, &again.archive));
        assert_ne!(one.name, other.name);
        let mut names = Vec::new();
        super::super::tar::each(one.archive.as_slice(), |entry, _| {
            names.push(entry.path);
            Ok(())
        })
        .unwrap();
        assert_eq!(names.len(), 3, "{names:?}");
    }
}
