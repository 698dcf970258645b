//! Whether a user can write in a directory, tried in a helper container that is that user.

use super::Ownership;
use crate::engine::helper::{HelperTree, Rights, TreeSource};
use crate::engine::{Helper, own_image};
use crate::facts::settings::Ids;
use crate::owners::write_test;
use anyhow::{Context, Result};
use std::path::Path;
use std::time::Duration;

/// A server may be asleep.
const LIMIT: Duration = Duration::from_secs(60);

impl Ownership<'_> {
    /// Whether these ids can make a file in a directory of the engine's machine. One is made, and taken away.
    ///
    /// # Errors
    /// The engine does not start the helper.
    pub(crate) fn can_write(&self, directory: &Path, ids: Ids) -> Result<bool> {
        let doing = || format!("trying to write in {} as {ids}", directory.display());
        let path = directory
            .to_str()
            .context("its path is not UTF-8")
            .with_context(doing)?;
        let helper = Helper {
            user: ids.to_string(),
            read_only: true,
            command: vec![own_image::PROGRAM.into(), write_test::VERB.into()],
            trees: vec![HelperTree {
                source: TreeSource::Directory(path.to_owned()),
                target: write_test::PLACE.into(),
            }],
            rights: Rights::Try,
            ..Helper::default()
        };
        let helper = own_image::create(self.engine, &self.info.architecture, helper).with_context(doing)?;
        let output = self.engine.start(&helper.id, LIMIT).with_context(doing)?;
        Ok(output.code == 0)
    }
}
