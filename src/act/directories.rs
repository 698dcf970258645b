//! Host directories that a service mounts and that do not exist yet: the engine would make them, as root, for a
//! user that then cannot write there.

use super::file::open_real_folder;
use super::person::with_rights_of;
use crate::controls::shell_word;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::facts::host::{NewDirectory, ThisHost, is_missing_directory};
use crate::facts::settings::Ids;
use crate::load::Project;
use crate::model::{self, Mount, MountKind};
use crate::plan::Plan;
use anyhow::{Context, Result, bail};
use rustix::fs::{Mode, OFlags, RenameFlags, fchmod, fstat, mkdirat, openat, renameat_with};
use rustix::io::Errno;
use rustix::process::geteuid;
use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

/// How many failed starts may leave a directory behind.
const SET_ASIDE: u32 = 9;

/// A directory that is missing.
struct Missing<'p> {
    path: &'p Path,
    service: &'p str,
    /// The user of the service, as this machine counts; none where that cannot be said.
    user: Option<Ids>,
    is_written: bool,
}

/// Makes what is missing below the project or the home: root for the user that the service runs as, anybody else as
/// they are. Elsewhere the engine will make it, and the person is told the command that does it better. Gives those that were
/// made, and what was done, in words: what cannot be made is no reason not to start.
pub(crate) fn make(project: &Project, plan: &Plan, host: &ThisHost) -> (Vec<PathBuf>, Vec<Diagnostic>) {
    let mut missing = missing(project, plan);
    // A directory before those in it, which would be made with it and be nobody's.
    missing.sort_by_key(|m| (m.path, !m.is_written));
    missing.dedup_by_key(|m| m.path);
    let told: Vec<Diagnostic> = missing.iter().filter_map(|m| m.make(host)).collect();
    let made = missing.iter().map(|m| m.path.to_owned());
    (made.filter(|path| !is_missing_directory(path)).collect(), told)
}

/// Sets a directory that was made for a start aside, with what is in it: for what comes next it is missing again. Gives where
/// it is now.
///
/// # Errors
/// What the file system says.
pub(crate) fn set_aside(path: &Path) -> Result<PathBuf> {
    let doing = || format!("setting {} aside", path.display());
    let (parent, name) = path.parent().zip(path.file_name()).with_context(doing)?;
    let folder = open_real_folder(parent).with_context(doing)?;
    for number in 1..=SET_ASIDE {
        let mut aside = name.to_owned();
        aside.push(format!(".failed-{number}"));
        match renameat_with(&folder, name, &folder, &aside, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(parent.join(aside)),
            Err(Errno::EXIST) => {}
            Err(error) => return Err(io::Error::from(error)).with_context(doing),
        }
    }
    bail!("{}: there are {SET_ASIDE} of them already", doing())
}

fn missing<'p>(project: &'p Project, plan: &Plan) -> Vec<Missing<'p>> {
    let mut missing = Vec::new();
    for service in model::services(project).filter(|s| project.active.contains(s.name)) {
        let Some(planned) = plan.services.get(service.name).filter(|p| !p.is_refused()) else {
            continue;
        };
        let Some(identity) = planned.start.user() else {
            continue;
        };
        let engine = &plan.settings.engine;
        let user = match engine.maps_ids() {
            true => engine.on_machine(identity.ids),
            false => Some(identity.ids),
        };
        let binds = |m: &Mount| m.kind == MountKind::Bind && m.may_be_made();
        for mount in service.mounts().into_iter().filter(binds) {
            let path = mount.source.map(Path::new).filter(|p| is_missing_directory(p));
            missing.extend(path.map(|path| Missing {
                path,
                service: service.name,
                user,
                is_written: !mount.read_only,
            }));
        }
    }
    missing
}

impl Missing<'_> {
    fn make(&self, host: &ThisHost) -> Option<Diagnostic> {
        let (path, service) = (self.path.display(), self.service);
        // It may have been made with another one.
        let said = match host.place(self.path) {
            Some(place) => match make_one(&place, self.user.filter(|_| geteuid().is_root())) {
                Ok(()) => {
                    return Some(Diagnostic::new(
                        Topic::Directory,
                        format!("made {path}, which {service} mounts"),
                    ));
                }
                Err(error) => format!("making the directory {path}: {error:#}"),
            },
            None if !is_missing_directory(self.path) || !self.is_written => return None,
            None => {
                format!("{path}, which {service} mounts, is neither there nor below the project or your home")
            }
        };
        let text =
            format!("{said}; the engine will make it, as root, and {service} may be unable to write there");
        let help = match self.user {
            Some(Ids { uid, gid }) => format!(
                "make it first: `sudo install -d -o {uid} -g {gid} {}`",
                shell_word(&path.to_string())
            ),
            None => "make it first, and let the user of the service write there".to_owned(),
        };
        Some(Diagnostic::new(Topic::Directory, text).help(help))
    }
}

/// Makes a directory and the parents it lacks, by descriptors, so that nobody can have them made or given away
/// elsewhere. They are made with the rights of who owns the place; the directory itself is then given to `user`.
fn make_one(place: &NewDirectory, user: Option<Ids>) -> Result<()> {
    let above = open_real_folder(&place.existing).context("opening the directory it is in")?;
    let found = above.metadata()?;
    let maker = Ids {
        uid: found.uid(),
        gid: found.gid(),
    };
    let maker = (maker.uid != 0).then_some(maker);
    let made = with_rights_of(maker, || below(above, place))?;
    if let Some(Ids { uid, gid }) = user {
        fchown(&made, Some(uid), Some(gid)).with_context(|| format!("giving it to {uid}:{gid}"))?;
    }
    Ok(())
}

/// Makes each directory in the one before; gives the last, which is ours for sure.
fn below(above: File, place: &NewDirectory) -> Result<File> {
    let us = geteuid().as_raw();
    let mut folder = above;
    let mut is_ours = false;
    for name in &place.missing {
        is_ours = match mkdirat(&folder, name, Mode::from_raw_mode(0o755)) {
            Ok(()) => true,
            // Somebody was faster.
            Err(Errno::EXIST) => false,
            Err(error) => return Err(io::Error::from(error).into()),
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        folder = openat(&folder, name, flags, Mode::empty())
            .map_err(io::Error::from)?
            .into();
        is_ours &= fstat(&folder).map_err(io::Error::from)?.st_uid == us;
        if is_ours {
            // Whatever the umask is: the service is another user. Not every file system has modes.
            let _ = fchmod(&folder, Mode::from_raw_mode(0o755));
        }
    }
    if !is_ours {
        bail!("somebody else made it at the same time");
    }
    Ok(folder)
}
