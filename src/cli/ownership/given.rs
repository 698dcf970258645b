//! What came of directories that were to be given, and how it is told.

use super::runs_on::RunsOn;
use crate::act::ownership::{Done, Look, Wanted};
use crate::diagnostic::HELP;
use serde_json::{Value, json};

/// What came of a directory.
pub(super) struct Given {
    pub(super) wanted: Wanted,
    pub(super) look: Look,
    pub(super) done: Option<Done>,
    /// The running containers that mount it.
    pub(super) runs: Vec<RunsOn>,
}

impl Given {
    /// The running containers of another user.
    pub(super) fn in_use(&self) -> impl Iterator<Item = &str> {
        let others = self.runs.iter().filter(|one| one.is_another(self.wanted.ids));
        others.map(|one| one.container.as_str())
    }

    pub(super) fn is_changed(&self) -> bool {
        self.done.as_ref().is_some_and(|done| done.changed > 0)
    }
}

/// For a person.
pub(super) fn as_text(given: &[Given], left: &[(std::path::PathBuf, String)], next: &[String]) -> String {
    let mut lines = Vec::new();
    for one in given {
        let Given {
            wanted, look, done, ..
        } = one;
        let place = &wanted.place;
        let whose = look.root.map_or_else(String::new, |r| {
            format!(" ({}:{}, mode {:04o})", r.uid, r.gid, r.mode)
        });
        let what = match (done, look.wrong) {
            (None, 0) | (Some(Done { changed: 0, .. }), 0) => {
                format!(
                    "{place}{whose}: nothing of {} entries is to be done for {}",
                    look.entries, wanted.ids
                )
            }
            (None, wrong) => format!(
                "{place}{whose}: {wrong} of {} entries would be given to {}",
                look.entries, wanted.ids
            ),
            (Some(done), _) => format!(
                "{place}: {} of {} entries given to {}; `nrcompose ownership restore {place}` puts them back",
                done.changed, done.entries, wanted.ids
            ),
        };
        lines.push(what);
        if !wanted.recursive {
            lines.push(
                "  only the directory itself: what is in it is a library (`--recursive` gives it, too)"
                    .to_owned(),
            );
        }
        lines.extend(bits(look, done.as_ref()).map(|text| format!("  {text}")));
        let problems = done.as_ref().map_or(&look.problems, |d| &d.problems);
        lines.extend(problems.iter().map(|p| format!("  left: {}: {}", p.path, p.why)));
        lines.extend(
            one.in_use()
                .map(|name| format!("  mounted by the running container {name}, which has another user")),
        );
    }
    lines.extend(left.iter().map(|(_, why)| format!("left: {why}")));
    if !next.is_empty() {
        let commands: Vec<String> = next.iter().map(|command| format!("`{command}`")).collect();
        lines.push(format!("{HELP} for what runs: {}", commands.join(", then ")));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What is said of files that lose setuid or setgid bits.
fn bits(look: &Look, done: Option<&Done>) -> Option<String> {
    match done {
        Some(done) => done.told_of_cleared(),
        None if look.wrong > 0 && look.cleared > 0 => Some(format!(
            "{} files would lose setuid or setgid bits, so that they do not run as their new owner",
            look.cleared
        )),
        None => None,
    }
}

/// For a machine.
pub(super) fn as_json(
    given: &[Given],
    left: &[(std::path::PathBuf, String)],
    next: &[String],
    is_dry: bool,
) -> Value {
    let given = given.iter().map(|one| {
        let problems = one.done.as_ref().map_or(&one.look.problems, |d| &d.problems);
        json!({
            "path": one.wanted.place.directory().map(|p| p.to_string_lossy()),
            "to": one.wanted.ids.to_string(),
            "services": one.wanted.services,
            "recursive": one.wanted.recursive,
            "owner": one.look.root.map(|r| format!("{}:{}", r.uid, r.gid)),
            "entries": one.look.entries,
            "wrong": one.look.wrong,
            "changed": one.done.as_ref().map(|d| d.changed),
            "cleared": one.done.as_ref().map_or(one.look.cleared, |d| d.cleared),
            "cleared_paths": one.done.as_ref().map(|d| &d.cleared_paths),
            "left": problems.iter().map(|p| json!({"path": p.path, "why": p.why})).collect::<Vec<_>>(),
            "in_use_by": one.in_use().collect::<Vec<_>>(),
        })
    });
    let left = left
        .iter()
        .map(|(path, why)| json!({"path": path.to_string_lossy(), "why": why}));
    json!({
        "dry_run": is_dry,
        "directories": given.collect::<Vec<_>>(),
        "next": next,
        "not_given": left.collect::<Vec<_>>(),
    })
}
