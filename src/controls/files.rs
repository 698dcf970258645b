//! *files*: files that the image writes at its start, or must find, and that its own user could not make where they are.

use super::inline_file;
use crate::facts::profile::NeededFile;
use crate::facts::settings::Ids;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Outcome, Safety};
use crate::plan::intent::Intent;

/// The control's id.
pub(super) const ID: &str = "files";

/// One decision a file that the profile names.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
    let Some(identity) = cx.start.user() else {
        return Vec::new();
    };
    let files = cx.facts.profile.files.iter();
    files.map(|file| given(cx, identity.ids, file)).collect()
}

/// Compose copies it in, for the user to write. What an author puts there is theirs.
fn given(cx: &Context, ids: Ids, file: &NeededFile) -> Decision {
    let NeededFile { path, content, .. } = file;
    let known = cx.facts.evidence(&format!("files.{path}"), &file.evidence);
    if inline_file::is_taken(cx, path) {
        let because = format!("{path} is its author's");
        return cx.decision(ID, because, vec![known]);
    }
    if cx.service.flag("read_only") {
        return cx.refusal(
            ID,
            format!("as another user this image needs {path}, which Compose cannot copy into a read-only container"),
            vec![known],
            format!("mount a file of {ids} there, or leave out `read_only`"),
        );
    }
    Decision {
        outcome: Outcome::Change(vec![Intent::File {
            path: path.clone(),
            content: content.clone(),
            is_written: true,
        }]),
        safety: Safety::Behaviour(format!("it finds {path}")),
        ..cx.decision(
            ID,
            format!("as another user this image needs {path}, which it may write"),
            vec![known],
        )
    }
}
