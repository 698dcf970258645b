//! Owners that are changed behind the walk, by a thread of its own: the walk looks at the next entries meanwhile. That a
//! tree is looked at and not only given away costs no time then, where there is a second processor.

use super::Owner;
use super::chown::chown;
use super::walk::{Visited, said};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::AtFlags;
use rustix::io::Errno;
use std::ffi::CString;
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// How many entries are handed over at once.
const MOST: usize = 512;
/// How many times that many may wait.
const WAITING: usize = 4;
/// How many entries are kept that could not be changed: of more, the number alone.
const KEPT: usize = 32;

/// Entries of one directory.
struct Batch {
    folder: OwnedFd,
    /// The path of the directory, with a slash behind it unless it is the root.
    path: Vec<u8>,
    entries: Vec<(CString, Owner)>,
}

/// What could not be changed.
#[derive(Default)]
pub(super) struct NotChanged {
    pub(super) count: u64,
    /// The first of them, and why.
    pub(super) named: Vec<(Vec<u8>, String)>,
}

/// The thread, and what is collected for it.
#[derive(Default)]
pub(super) struct Behind {
    batch: Option<Batch>,
    thread: Option<(SyncSender<Batch>, JoinHandle<NotChanged>)>,
}

impl Behind {
    /// Has an entry given to somebody later on, before [`Behind::end`] returns. It has no bits that this takes, and no other
    /// name by which the walk may come to it again.
    ///
    /// # Errors
    /// There are no more descriptors or threads.
    pub(super) fn give(&mut self, entry: &Visited<'_>, to: Owner) -> io::Result<()> {
        let folder = &entry.path[..entry.path.len() - entry.name.to_bytes().len()];
        let is_full = |batch: &Batch| batch.path != folder || batch.entries.len() >= MOST;
        if self.batch.as_ref().is_some_and(is_full) {
            self.hand_over()?;
        }
        let batch = match &mut self.batch {
            Some(batch) => batch,
            None => self.batch.insert(Batch {
                folder: entry.folder.try_clone_to_owned()?,
                path: folder.to_vec(),
                entries: Vec::with_capacity(MOST),
            }),
        };
        batch.entries.push((entry.name.to_owned(), to));
        Ok(())
    }

    /// Hands over what is collected.
    ///
    /// # Errors
    /// There is no thread to be had.
    fn hand_over(&mut self) -> io::Result<()> {
        let Some(batch) = self.batch.take() else {
            return Ok(());
        };
        let (sender, _) = match &mut self.thread {
            Some(thread) => thread,
            None => {
                let (sender, batches) = sync_channel::<Batch>(WAITING);
                let work = std::thread::Builder::new().spawn(move || {
                    let mut not = NotChanged::default();
                    batches.iter().for_each(|batch| batch.change(&mut not));
                    not
                })?;
                self.thread.insert((sender, work))
            }
        };
        sender.send(batch).map_err(|_| ended())
    }

    /// Waits until all of it is done.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub(super) fn end(&mut self) -> io::Result<NotChanged> {
        self.hand_over()?;
        let Some((sender, work)) = self.thread.take() else {
            return Ok(NotChanged::default());
        };
        drop(sender);
        work.join().map_err(|_| ended())
    }
}

impl Batch {
    fn change(self, not: &mut NotChanged) {
        for (name, to) in self.entries {
            let error = match chown(self.folder.as_fd(), &name, to, AtFlags::SYMLINK_NOFOLLOW) {
                // What is gone needs no owner.
                Ok(()) | Err(Errno::NOENT) => continue,
                Err(error) => error,
            };
            not.count += 1;
            if not.named.len() < KEPT {
                let path = [self.path.as_slice(), name.to_bytes()].concat();
                not.named.push((path, said(error)));
            }
        }
    }
}

fn ended() -> io::Error {
    io::Error::other("a thread ended early")
}

#[cfg(test)]
mod tests {
    use super::super::seen::Seen;
    use super::super::walk::open_folder;
    use super::*;

    /// A thousand files of two directories, one of which is gone, and a name that no file can have: all others are done, and
    /// the name is told, however many batches it takes.
    #[test]
    fn what_cannot_be_changed_is_told_in_the_end() {
        let tree = tempfile::tempdir().unwrap();
        let me = Owner {
            uid: rustix::process::geteuid().as_raw(),
            gid: rustix::process::getegid().as_raw(),
        };
        let mut behind = Behind::default();
        for directory in ["a", "b"] {
            let path = tree.path().join(directory);
            std::fs::create_dir(&path).unwrap();
            let folder = CString::new(path.to_str().unwrap()).unwrap();
            let folder = open_folder(rustix::fs::CWD, &folder).unwrap();
            let names = (0..MOST).map(|n| n.to_string()).chain(["x".repeat(300)]);
            for name in names.chain(["gone".to_owned()]) {
                if name.len() < 4 {
                    std::fs::write(path.join(&name), "").unwrap();
                }
                let path = format!("{directory}/{name}");
                let entry = Visited {
                    folder: folder.as_fd(),
                    path: path.as_bytes(),
                    depth: 2,
                    seen: Seen::of(folder.as_fd(), c"").unwrap(),
                    name: &CString::new(name).unwrap(),
                };
                behind.give(&entry, me).unwrap();
            }
        }
        let not = behind.end().unwrap();
        assert_eq!(not.count, 2);
        let paths: Vec<&[u8]> = not.named.iter().map(|(path, _)| path.as_slice()).collect();
        assert_eq!(
            paths,
            [format!("a/{}", "x".repeat(300)), format!("b/{}", "x".repeat(300))].map(String::into_bytes)
        );
        assert!(not.named[0].1.contains("name too long"), "{:?}", not.named[0].1);
    }
}
