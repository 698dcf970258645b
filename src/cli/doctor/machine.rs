//! nrcompose's own: where it keeps things, its helper, the person's profiles.

use super::{CheckState, Checkup};
use crate::act::home::Home;
use crate::act::state::StateDirectory as Kept;
use crate::cli::session::Session;
use crate::diagnostic::Diagnostic;
use crate::engine::own_program;
use crate::facts::{Catalog, folders};
use crate::pipeline::config_home;
use rustix::fs::{Access, access};
use std::path::Path;

/// One finding for each.
pub(super) fn look(session: &Session) -> Vec<Checkup> {
    let settings = &session.settings;
    let home = Home::find(&settings.environment);
    let mut findings = Vec::new();
    findings.push(match Kept::find(&settings.environment) {
        Ok(kept) => directory("state", kept.root(), CheckState::Wrong, "XDG_STATE_HOME")
            .follows("the override of each project is kept there, at the same path on every run"),
        Err(error) => {
            let told = Diagnostic::from(&error);
            Checkup::wrong("state", told.message, told.help.unwrap_or_default())
        }
    });
    findings.push(match home.folder("XDG_CACHE_HOME", ".cache") {
        Some(folder) => directory(
            "cache",
            &folder.join("nrcompose"),
            CheckState::Note,
            "XDG_CACHE_HOME",
        )
        .follows("what is read of images and the engine is kept there; without it plans are slower"),
        None => Checkup::note("cache", "no place for it: neither XDG_CACHE_HOME nor HOME is set")
            .follows("images and the engine are asked every time"),
    });
    findings.push(static_helper());
    findings.extend(profiles(session));
    findings
}

/// Whether nrcompose may write below a directory, or make it.
fn directory(what: &'static str, path: &Path, otherwise: CheckState, variable: &str) -> Checkup {
    let there = path.ancestors().find(|p| p.symlink_metadata().is_ok());
    let is_there = there == Some(path);
    let may = there.is_some_and(|p| p.is_dir() && access(p, Access::WRITE_OK | Access::EXEC_OK).is_ok());
    if may {
        let so = if is_there { "writable" } else { "will be made" };
        return Checkup::well(what, format!("{}: {so}", path.display()));
    }
    let stands = there.unwrap_or(path).display();
    let why = match there {
        Some(p) if !p.is_dir() => format!("{stands} is no directory"),
        _ => format!("{stands} cannot be written by you"),
    };
    Checkup::new(what, otherwise, format!("{}: {why}", path.display())).help(format!(
        "make it writable, or set {variable} to a directory that is"
    ))
}

/// Whether `verify` can look into containers from beside them.
fn static_helper() -> Checkup {
    match own_program::find("") {
        Ok(program) => Checkup::well("helper", format!("{} is static", program.display()))
            .follows("`verify` can look at containers from beside them, whatever their image has"),
        Err(error) => Checkup::note("helper", format!("{error:#}"))
            .follows(
                "`verify` needs /proc of the engine's machine for most claims; from afar they stay unchecked",
            )
            .help("build with `+crt-static`, or set NRCOMPOSE_HELPER to a static build"),
    }
}

/// The person's folders of profiles, and what is wrong in them: a profile that is none stops every plan.
fn profiles(session: &Session) -> Vec<Checkup> {
    let settings = &session.settings;
    let project = settings
        .cwd
        .join(settings.project_directory.clone().unwrap_or_default());
    let folders = folders(&project, config_home(&settings.environment).as_deref());
    let mut findings: Vec<Checkup> = folders
        .iter()
        .map(|folder| {
            let count = std::fs::read_dir(folder).map(|entries| {
                let names = entries
                    .flatten()
                    .map(|e| e.file_name().to_string_lossy().into_owned());
                names
                    .filter(|n| n.ends_with(".yaml") || n.ends_with(".yml"))
                    .count()
            });
            let found = match count {
                Ok(1) => "1 profile".to_owned(),
                Ok(count) => format!("{count} profiles"),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => "not there".to_owned(),
                Err(error) => error.to_string(),
            };
            Checkup::well("profiles", format!("{}: {found}", folder.display()))
        })
        .collect();
    for problem in Catalog::open(&folders).err().unwrap_or_default() {
        let help = "correct it: `nrcompose profiles check FILE`; until then nothing is planned";
        findings.push(Checkup::wrong("profiles", problem.to_string(), help));
    }
    findings
}
