//! Where a person asked for output (`-o`): a file is replaced as a whole, a device or a pipe is written to, and nothing
//! that stands for something else is ever replaced by a file.

use super::file::open_real_folder;
use super::person::with_rights_of;
use crate::facts::settings::Ids;
use crate::input;
use crate::locate::absolute;
use crate::whole_file::{Becomes, open_folder, replace};
use anyhow::{Context, Result, anyhow, bail};
use rustix::fs::{Mode, OFlags, fcntl_setfl, open, openat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// Whether what stands in a file may be replaced.
pub(crate) type MayReplace<'m> = &'m (dyn Fn(&[u8]) -> bool + Sync);

/// Whether a path is the standard output of this process: `-`, `/dev/stdout`, or whatever it is connected to.
pub(crate) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-") || is_same(path, io::stdout().as_fd())
}

fn is_same(path: &Path, stream: BorrowedFd<'_>) -> bool {
    let stream = rustix::fs::fstat(stream).ok();
    let found = fs::metadata(path).ok();
    found
        .zip(stream)
        .is_some_and(|(f, s)| (f.dev(), f.ino()) == (s.st_dev, s.st_ino))
}

/// Writes `text`. Links are followed. A new file is one that the person could have made themselves, `owner` being who
/// ran sudo; one that is there keeps its mode.
///
/// # Errors
/// Something that nrcompose must not replace or cannot write to, and what the file system says; the path is in it.
pub(crate) fn write(path: &Path, text: &str, owner: Option<Ids>, may_replace: MayReplace<'_>) -> Result<()> {
    let output = OutputFile {
        path,
        text: text.as_bytes(),
        may_replace,
    };
    let context = || format!("writing {}", path.display());
    if is_same(path, io::stderr().as_fd()) {
        return io::stderr().write_all(output.text).with_context(context);
    }
    let written = match with_rights_of(owner, || output.by_name()) {
        // Where the person may not write, root may. It follows no link there: who made it is not known.
        Err(error) if owner.is_some() && is_denied(&error) => output.by_descriptors(owner).map_err(|_| error),
        written => written,
    };
    written.with_context(context)
}

/// The last name, unless the path says that it is a directory.
fn file_name(path: &Path) -> Result<&OsStr> {
    let text = path.as_os_str().as_encoded_bytes();
    let is_folder = text.ends_with(b"/") || text.ends_with(b"/.");
    let name = path.file_name().filter(|_| !is_folder);
    name.ok_or_else(|| anyhow!("it is no name of a file"))
}

fn is_denied(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|e| e.kind() == ErrorKind::PermissionDenied)
}

struct OutputFile<'o> {
    path: &'o Path,
    text: &'o [u8],
    may_replace: MayReplace<'o>,
}

impl OutputFile<'_> {
    fn by_name(&self) -> Result<()> {
        let found = match fs::metadata(self.path) {
            Ok(found) => found.file_type(),
            Err(error) if error.kind() == ErrorKind::NotFound => match fs::read_link(self.path) {
                Ok(target) => bail!("it is a link to {}, which does not exist", target.display()),
                Err(_) => return self.in_folder_of(self.path),
            },
            Err(error) => return Err(error.into()),
        };
        if found.is_dir() {
            bail!("it is a directory");
        } else if found.is_file() {
            self.in_folder_of(&self.path.canonicalize()?)
        } else if found.is_char_device() || found.is_fifo() {
            self.stream()
        } else {
            bail!(
                "it is {}",
                if found.is_socket() {
                    "a socket"
                } else {
                    "a disk, or a part of one"
                }
            );
        }
    }

    fn in_folder_of(&self, path: &Path) -> Result<()> {
        let name = file_name(path)?;
        let folder = open_folder(path.parent().unwrap_or(Path::new("")));
        let folder = folder.context("its directory cannot be opened")?;
        self.in_folder(folder.as_fd(), name, None)
    }

    /// From the root directory on, by one real directory after another: nobody can lead this elsewhere by a link.
    fn by_descriptors(&self, owner: Option<Ids>) -> Result<()> {
        let path = absolute(&std::env::current_dir()?, self.path);
        let name = file_name(&path)?;
        let folder = open_real_folder(path.parent().unwrap_or(Path::new("/")))?;
        self.in_folder(folder.as_fd(), name, owner)
    }

    /// Replaces a regular file that may be, or makes a new one.
    fn in_folder(&self, folder: BorrowedFd<'_>, name: &OsStr, owner: Option<Ids>) -> Result<()> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let foreign = || anyhow!("it exists and was not written by nrcompose");
        let old = match openat(folder, name, flags, Mode::empty()) {
            Ok(file) => {
                let file = File::from(file);
                let found = file.metadata()?;
                let mut old = Vec::new();
                if !found.is_file() {
                    return Err(foreign());
                }
                file.take(input::MAX + 1).read_to_end(&mut old)?;
                if old == self.text {
                    return Ok(());
                }
                if !old.is_empty() && (old.len() as u64 > input::MAX || !(self.may_replace)(&old)) {
                    return Err(foreign());
                }
                Some(found)
            }
            Err(Errno::NOENT) => None,
            Err(error) => return Err(io::Error::from(error).into()),
        };
        let becomes = Becomes {
            mode: 0o666,
            old: old.as_ref(),
            owner: owner.map(|ids| (ids.uid, ids.gid)),
            is_new: old.is_none(),
        };
        match replace(folder, name, self.text, &becomes) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(foreign()),
            written => Ok(written?),
        }
    }

    /// Writes to a device or a pipe. Opening a pipe that nobody reads would wait for somebody.
    fn stream(&self) -> Result<()> {
        let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = match open(self.path, flags | OFlags::NONBLOCK, Mode::empty()) {
            Err(Errno::NXIO) => bail!("nobody is at its other end"),
            opened => File::from(opened.map_err(io::Error::from)?),
        };
        let found = file.metadata()?.file_type();
        if !found.is_char_device() && !found.is_fifo() {
            bail!("it was another thing a moment ago");
        }
        fcntl_setfl(&file, flags).map_err(io::Error::from)?;
        match (&file).write_all(self.text) {
            // A reader that has seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }
}
