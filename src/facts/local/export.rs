//! The files of an image as the engine gives them: all of them with all that is in them, from a container that is created
//! and never started.

use super::gathered::{Gathered, gather};
use super::slow::Slow;
use crate::engine::{Engine, EngineResult, Helper, Image, Temporary};
use crate::image_files::FilesOrder;

/// Reads them.
pub(super) fn read(
    engine: &dyn Engine,
    image: &Image,
    wanted: &FilesOrder,
    slow: &Slow<'_>,
) -> EngineResult<Gathered> {
    let helper = Helper {
        image: image.id.clone(),
        // Never run; an image without any command could not be created otherwise.
        command: vec!["/nrcompose".into()],
        ..Helper::default()
    };
    let container = Temporary::create(engine, &helper)?;
    gather(|_| Ok(slow.watch(engine.export(&container.id)?)), wanted)
}
