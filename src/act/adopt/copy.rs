//! A directory from a container's layer into a volume, and back.

use super::contents::Contents;
use crate::diagnostic::Diagnostic;
use crate::engine::helper::{HelperTree, Rights, TreeSource};
use crate::engine::{Engine, Helper, Info, Temporary, own_image};
use crate::owners;
use anyhow::{Context, Result, bail};

/// Where volumes are in the container of ours by which they are reached, which is never started.
const AT: &str = "/adopt";

/// What copying needs.
#[derive(Clone, Copy)]
pub(crate) struct CopiedWith<'e> {
    /// The engine.
    pub(crate) engine: &'e dyn Engine,
    /// What it says of itself.
    pub(crate) info: &'e Info,
}

/// Copies the directory `path` of a container into a volume that is there, and compares.
///
/// # Errors
/// The engine does not do it; the copy is another one. The container has everything still.
pub(crate) fn into_volume(
    with: CopiedWith<'_>,
    (container, path): (&str, &str),
    volume: &str,
) -> Result<Contents> {
    let doing = || format!("copying {path} of container {container} into the volume {volume}");
    let helper = with.reach(volume, path).with_context(doing)?;
    let name = name(path);
    let archive = with.engine.archive(container, path).with_context(doing)?;
    with.engine.put(&helper.id, AT, archive).with_context(doing)?;
    let from = with.read(container, path).with_context(doing)?;
    let to = with
        .read(&helper.id, &format!("{AT}/{name}"))
        .with_context(doing)?;
    must_be_same(from, to).with_context(doing)?;
    Ok(to)
}

/// Copies what a volume has into the directory `path` of a container's layer, and compares.
///
/// # Errors
/// The engine does not do it; the copy is another one. The volume has everything still.
pub(crate) fn into_layer(
    with: CopiedWith<'_>,
    volume: &str,
    (container, path): (&str, &str),
) -> Result<Contents> {
    let doing = || format!("copying the volume {volume} back to {path} of container {container}");
    let helper = with.reach(volume, path).with_context(doing)?;
    let own = format!("{AT}/{}", name(path));
    let parent = match path.rsplit_once('/') {
        Some((parent, _)) if !parent.is_empty() => parent,
        _ => "/",
    };
    let archive = with.engine.archive(&helper.id, &own).with_context(doing)?;
    with.engine.put(container, parent, archive).with_context(doing)?;
    let from = with.read(&helper.id, &own).with_context(doing)?;
    let to = with.read(container, path).with_context(doing)?;
    // What the image brings there, and was removed since, is back.
    if to.entries < from.entries || to.bytes < from.bytes {
        must_be_same(from, to).with_context(doing)?;
    }
    Ok(from)
}

impl<'e> CopiedWith<'e> {
    /// A container of ours that has the volume, under the name of the directory, as archives call it.
    fn reach(self, volume: &str, path: &str) -> Result<Temporary<'e>> {
        let helper = Helper {
            user: "0:0".into(),
            command: vec![own_image::PROGRAM.into(), owners::VERB.into()],
            trees: vec![HelperTree {
                source: TreeSource::Volume(volume.to_owned()),
                target: format!("{AT}/{}", name(path)),
            }],
            rights: Rights::Try,
            ..Helper::default()
        };
        Ok(own_image::create(self.engine, &self.info.architecture, helper)?)
    }

    fn read(self, container: &str, path: &str) -> Result<Contents> {
        let archive = self.engine.archive(container, path)?;
        Contents::read(archive, |_| ()).with_context(|| format!("reading {path}"))
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn must_be_same(from: Contents, to: Contents) -> Result<()> {
    if from == to {
        return Ok(());
    }
    let message = format!(
        "the copy is not the same: {} entries with {} bytes became {} with {}",
        from.entries, from.bytes, to.entries, to.bytes
    );
    bail!(Diagnostic::error(message).help(
        "something may write there, or the engine's disk may be full; nothing of the original was changed"
    ))
}
