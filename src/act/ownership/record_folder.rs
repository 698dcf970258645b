//! Where former owners are kept: one folder for each place, `volumes/ENGINE/NAME` or `directories/ENGINE/HASH` in the
//! state directory, and in it one file for each change, the newest last. No link is followed below the state directory.
//!
//! `0001.pending` is whole and on the disk before anything is changed; it becomes `0001.record` when everything is. A
//! `.aside` is of a volume that is gone; a `.new` was ended early, before anything was changed.

use super::place::Place;
use super::record_file::{NewRecord, RecordFile};
use crate::act::file::make_private_directory;
use crate::act::person::with_rights_of;
use crate::act::state::{StateDirectory, fnv1a};
use crate::engine::Info;
use crate::facts::settings::Ids;
use crate::owners::record::RecordHead;
use anyhow::{Context, Result, bail};
use rustix::fs::{
    AtFlags, Dir, FlockOperation, Mode, OFlags, flock, fstat, mkdirat, open, openat, renameat, unlinkat,
};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::path::PathBuf;

/// All that is kept about one engine.
pub(super) struct Records {
    pub(super) root: PathBuf,
    pub(super) owner: Option<Ids>,
    pub(super) engine: String,
}

/// The folders by what they are about.
pub(super) const KINDS: [&str; 2] = ["volumes", "directories"];

impl Records {
    pub(super) fn of(state: &StateDirectory, info: &Info) -> Records {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let engine: String = info.id.chars().take(200).map(plain).collect();
        Records {
            root: state.root().to_owned(),
            owner: state.owner(),
            engine: if engine.is_empty() {
                "unnamed".to_owned()
            } else {
                engine
            },
        }
    }

    /// Locks the folder of a place, which is made if it is not there. `waits` is told when somebody else has it.
    pub(super) fn lock(&self, place: &Place, waits: &dyn Fn()) -> Result<RecordFolder> {
        let words = self.words(&place.whole())?;
        make_private_directory(&self.root, self.owner)?;
        loop {
            let folder = self.open(&words, true)?;
            let mut folder = folder.context("finding the record of owners that was just made")?;
            let doing = || format!("locking {}", folder.path.display());
            match flock(&folder.folder, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) => {
                    waits();
                    flock(&folder.folder, FlockOperation::LockExclusive).with_context(doing)?;
                }
                other => other.with_context(doing)?,
            }
            // Whoever had it may have removed it.
            let now = self.open(&words, false)?;
            let inode = |f: &RecordFolder| fstat(&f.folder).map(|s| s.st_ino).ok();
            if now.is_some_and(|now| inode(&now) == inode(&folder)) {
                folder.is_locked = true;
                return Ok(folder);
            }
        }
    }

    /// The names of the folders that lead to a place's.
    fn words(&self, place: &Place) -> Result<[String; 3]> {
        let [volumes, directories] = KINDS.map(str::to_owned);
        let engine = self.engine.clone();
        match place {
            Place::Volume { name, .. } => {
                if name.is_empty() || name.starts_with('.') || name.contains(['/', '\0']) {
                    bail!("{name:?} is no name of a volume");
                }
                Ok([volumes, engine, name.clone()])
            }
            Place::Directory(path) => {
                let hash = fnv1a(path.as_os_str().as_encoded_bytes());
                Ok([directories, engine, format!("{hash:016x}")])
            }
        }
    }

    /// Opens a folder by the names that lead to it; makes it if asked to.
    pub(super) fn open<W: AsRef<str> + Sync>(&self, words: &[W], make: bool) -> Result<Option<RecordFolder>> {
        let path = words
            .iter()
            .fold(self.root.clone(), |path, word| path.join(word.as_ref()));
        let open = || -> io::Result<Option<(File, File)>> {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let mut folder = match open(&self.root, flags, Mode::empty()) {
                Err(Errno::NOENT) => return Ok(None),
                other => other?,
            };
            let mut above = folder.try_clone()?;
            for word in words {
                if make {
                    match mkdirat(&folder, word.as_ref(), Mode::from_raw_mode(0o700)) {
                        Ok(()) | Err(Errno::EXIST) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                let next = match openat(&folder, word.as_ref(), flags | OFlags::NOFOLLOW, Mode::empty()) {
                    Err(Errno::NOENT) if !make => return Ok(None),
                    other => other?,
                };
                above = folder;
                folder = next;
            }
            Ok(Some((folder.into(), above.into())))
        };
        let found =
            with_rights_of(self.owner, open).with_context(|| format!("opening {}", path.display()))?;
        Ok(found.map(|(folder, above)| RecordFolder {
            folder,
            above,
            path,
            owner: self.owner,
            is_locked: false,
        }))
    }
}

/// The records of one place. Who has it locked may change them, and removes it when nothing is left in it.
pub(super) struct RecordFolder {
    folder: File,
    above: File,
    pub(super) path: PathBuf,
    owner: Option<Ids>,
    is_locked: bool,
}

impl RecordFolder {
    /// The volume that it is about; none of a directory.
    pub(super) fn volume(&self) -> Option<String> {
        let [volumes, _] = KINDS;
        let kind = self.path.ancestors().nth(2)?;
        let name = self.path.file_name()?.to_str()?;
        kind.ends_with(volumes).then(|| name.to_owned())
    }

    /// All records, the oldest first.
    ///
    /// # Errors
    /// One that is damaged or is none, by its path.
    pub(super) fn records(&self) -> Result<Vec<RecordFile>> {
        self.each()?.into_iter().collect()
    }

    /// Each record, or why it cannot be read, the oldest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(super) fn each(&self) -> Result<Vec<Result<RecordFile>>> {
        let mut names = self.names()?;
        names.retain(|(_, _, end)| end == "record" || end == "pending");
        names.sort();
        let open = |(number, name, end): (u32, String, String)| {
            let path = self.path.join(&name);
            let flags =
                OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            let opened = with_rights_of(self.owner, || {
                Ok::<_, io::Error>(openat(&self.folder, &name, flags, Mode::empty())?)
            });
            let file = File::from(opened.with_context(|| format!("opening {}", path.display()))?);
            RecordFile::read(file, path, number, end == "pending")
        };
        Ok(names.into_iter().map(open).collect())
    }

    /// Removes what was begun and ended early, before anything was changed.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn clear(&self) -> Result<()> {
        let names = self.names()?;
        let mut begun = names.iter().filter(|(_, _, end)| end == "new");
        begun.try_for_each(|(_, name, _)| self.remove(name))
    }

    /// Begins one.
    pub(super) fn begin(&self, head: &RecordHead) -> Result<NewRecord> {
        let number = self
            .names()?
            .iter()
            .map(|(number, ..)| number.saturating_add(1))
            .max()
            .unwrap_or(1);
        let name = format!("{number:04}.new");
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o600);
        let made = with_rights_of(self.owner, || {
            Ok::<_, io::Error>(openat(&self.folder, &name, flags, mode)?)
        });
        let path = self.path.join(&name);
        let file = made.with_context(|| format!("making {}", path.display()))?;
        NewRecord::begin(file.into(), path, number, head)
    }

    /// From here on the record counts.
    pub(super) fn keep(&self, number: u32) -> Result<()> {
        self.rename(number, "new", "pending")
    }

    /// It was ended before anything was changed.
    pub(super) fn drop_new(&self, number: u32) {
        // The next one that is begun removes it as well.
        let _ = self.remove(&format!("{number:04}.new"));
    }

    /// Nothing of what it says was changed.
    pub(super) fn drop_pending(&self, number: u32) -> Result<()> {
        self.remove(&format!("{number:04}.pending"))
    }

    /// Everything that a record is of was changed.
    pub(super) fn done(&self, number: u32) -> Result<()> {
        self.rename(number, "pending", "record")
    }

    /// A record of a place that is gone is kept out of the way.
    pub(super) fn set_aside(&self, record: &RecordFile) -> Result<()> {
        self.rename(record.number, record.ending(), "aside")
    }

    /// Everything that a record is of was put back.
    pub(super) fn forget(&self, record: &RecordFile) -> Result<()> {
        self.remove(&format!("{:04}.{}", record.number, record.ending()))
    }

    fn rename(&self, number: u32, from: &str, to: &str) -> Result<()> {
        let (from, to) = (format!("{number:04}.{from}"), format!("{number:04}.{to}"));
        let renamed = with_rights_of(self.owner, || {
            renameat(&self.folder, &from, &self.folder, &to)?;
            self.folder.sync_all()
        });
        renamed.with_context(|| format!("renaming {} to {to}", self.path.join(&from).display()))
    }

    /// Removes a file of ours.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        let removed = with_rights_of(self.owner, || {
            match unlinkat(&self.folder, name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => self.folder.sync_all(),
                Err(error) => Err(io::Error::from(error)),
            }
        });
        removed.with_context(|| format!("removing {}", self.path.join(name).display()))
    }

    /// Number, name and ending of what is ours.
    pub(super) fn names(&self) -> Result<Vec<(u32, String, String)>> {
        let read = || -> io::Result<Vec<(u32, String, String)>> {
            let mut found = Vec::new();
            for entry in Dir::read_from(&self.folder)? {
                let name = entry?.file_name().to_string_lossy().into_owned();
                if let Some((number, ending)) = name.split_once('.')
                    && let Ok(number) = number.parse()
                    && ["new", "pending", "record", "aside"].contains(&ending)
                {
                    found.push((number, name.clone(), ending.to_owned()));
                }
            }
            Ok(found)
        };
        with_rights_of(self.owner, read).with_context(|| format!("reading {}", self.path.display()))
    }
}

impl Drop for RecordFolder {
    fn drop(&mut self) {
        if !self.is_locked {
            return;
        }
        if let Some(name) = self.path.file_name() {
            // One with something in it stays.
            let _ = with_rights_of(self.owner, || {
                Ok::<_, io::Error>(unlinkat(&self.above, name, AtFlags::REMOVEDIR)?)
            });
        }
    }
}
