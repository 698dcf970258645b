//! The files of an image as an archive without contents: what our own program tells of the root filesystem of a container
//! that is made from it, and in which nothing else runs.
//!
//! It goes by descriptor, over no link, and over no mount but the declared volumes: those hold what the image has there.
//! It starts nothing and takes no heed of the environment, which is the image's.

use crate::owners::frame;
use crate::owners::seen::Seen;
use crate::owners::walk::{Visit, Visited, open_folder, walk};
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags, lgetxattr, openat, readlinkat};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::ffi::{CString, OsStr};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The hidden verb by which the program knows that it is to tell the files of an image.
pub const VERB: &str = "__image-files";

/// Where something of the runtime is mounted over what an image has, in every container.
pub(crate) const MOUNTED: [&str; 3] = ["/dev", "/proc", "/sys"];
/// Files of the runtime that are mounted over those of an image.
const MOUNTED_FILES: [&str; 3] = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FilesOrder {
    /// Files that are told with their contents.
    pub paths: Vec<String>,
    /// Programs that are, by their paths or by names found on `PATH`.
    pub programs: Vec<String>,
    /// How much of a content.
    pub limit: u64,
    /// The declared volumes, by their paths.
    pub volumes: Vec<String>,
    /// Where the program itself is mounted. That it is told of, after everything else, shows that nothing is missing.
    pub place: String,
}

impl FilesOrder {
    /// Whether the content of what stands at a path is asked for.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|wanted| wanted == path)
            || self.programs.iter().any(|name| is_program(path, name))
    }
}

/// Whether a file is the program that a start names, by path or by a name found on `PATH`.
pub(crate) fn is_program(path: &str, name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    if name.starts_with('/') {
        // `/bin` may be a link to `/usr/bin`.
        return path == name || path.strip_prefix("/usr") == Some(name);
    }
    let directory = path.strip_suffix(name).and_then(|p| p.strip_suffix('/'));
    directory.is_some_and(|d| d.is_empty() || d.ends_with("/bin") || d.ends_with("/sbin"))
}

/// Takes what is wanted from standard input, and tells the files on standard output.
///
/// # Errors
/// What is wanted is not understood; something cannot be told as it is in the image; nobody listens.
pub fn serve() -> io::Result<()> {
    let wanted = match frame::take(&mut io::stdin().lock())? {
        Some((frame::ORDERS, bytes)) => frame::json::<FilesOrder>(&bytes)?,
        _ => return Err(io::ErrorKind::InvalidInput.into()),
    };
    let out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    tell(open_folder(rustix::fs::CWD, c"/")?, &wanted, out)
}

/// Tells the files below a root directory.
fn tell(root: OwnedFd, wanted: &FilesOrder, out: impl Write) -> io::Result<()> {
    let top = root.try_clone()?;
    let mut listing = Listing {
        wanted,
        prefix: Vec::new(),
        volumes: Vec::new(),
        archive: tar::Builder::new(out),
    };
    walk(root, true, &mut listing)?;
    for volume in std::mem::take(&mut listing.volumes) {
        let mut folder = top.try_clone()?;
        for name in volume.split(|byte| *byte == b'/') {
            folder = open_folder(folder.as_fd(), &CString::new(name)?)?;
        }
        listing.prefix = volume;
        walk(folder, true, &mut listing)?;
    }
    let place = wanted.place.trim_matches('/');
    listing.append(
        place.as_bytes(),
        tar::EntryType::Directory,
        &mut header(0o755, 0, 0),
        &[],
    )?;
    listing.archive.into_inner()?.flush()
}

struct Listing<'w, W: Write> {
    wanted: &'w FilesOrder,
    /// What leads from the root to the tree that is gone through.
    prefix: Vec<u8>,
    /// The volumes that were met.
    volumes: Vec<Vec<u8>>,
    archive: tar::Builder<W>,
}

impl<W: Write> Listing<'_, W> {
    fn append(
        &mut self,
        path: &[u8],
        kind: tar::EntryType,
        header: &mut tar::Header,
        content: &[u8],
    ) -> io::Result<()> {
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        self.archive
            .append_data(header, Path::new(OsStr::from_bytes(path)), content)
    }

    /// From the root on.
    fn whole(&self, path: &[u8]) -> Vec<u8> {
        match (self.prefix.is_empty(), path.is_empty()) {
            (true, _) => path.to_vec(),
            (false, true) => self.prefix.clone(),
            (false, false) => [&self.prefix, path].join(&b'/'),
        }
    }
}

impl<W: Write> Visit for Listing<'_, W> {
    fn entry(&mut self, entry: &Visited<'_>) -> io::Result<()> {
        let path = self.whole(entry.path);
        if path.is_empty() {
            return Ok(());
        }
        let seen = &entry.seen;
        let mut header = header(seen.mode, seen.owner.uid, seen.owner.gid);
        let kind = match seen.kind {
            FileType::Directory => tar::EntryType::Directory,
            FileType::CharacterDevice => tar::EntryType::Char,
            FileType::BlockDevice => tar::EntryType::Block,
            FileType::Fifo => tar::EntryType::Fifo,
            FileType::Symlink => {
                let to = readlinkat(entry.folder, entry.name, Vec::new())?;
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                let [path, to] = [&path[..], to.to_bytes()].map(|p| Path::new(OsStr::from_bytes(p)));
                return self.archive.append_link(&mut header, path, to);
            }
            FileType::RegularFile => {
                if let Some(capability) = capability(entry)? {
                    let key = "SCHILY.xattr.security.capability";
                    self.archive.append_pax_extensions([(key, &capability[..])])?;
                }
                let text = format!("/{}", String::from_utf8_lossy(&path));
                let content = match self.wanted.has(&text) {
                    true => content(entry, self.wanted.limit)?,
                    false => Vec::new(),
                };
                return self.append(&path, tar::EntryType::Regular, &mut header, &content);
            }
            // No archive has a socket.
            _ => return Ok(()),
        };
        self.append(&path, kind, &mut header, &[])
    }

    fn left_out(&mut self, path: &[u8], why: &str) -> io::Result<()> {
        let path = self.whole(path);
        let text = format!("/{}", String::from_utf8_lossy(&path));
        if self.wanted.volumes.contains(&text) && self.prefix.is_empty() {
            self.volumes.push(path);
            return Ok(());
        }
        if text == self.wanted.place {
            return Ok(());
        }
        let kind = match &text {
            text if MOUNTED.contains(&text.as_str()) => tar::EntryType::Directory,
            text if MOUNTED_FILES.contains(&text.as_str()) => tar::EntryType::Regular,
            _ => return Err(io::Error::other(format!("{text}: {why}"))),
        };
        self.append(&path, kind, &mut header(0o755, 0, 0), &[])
    }
}

fn header(mode: u32, uid: u32, gid: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_uid(uid.into());
    header.set_gid(gid.into());
    header.set_mtime(0);
    header
}

/// The capabilities of a file, as the kernel keeps them.
fn capability(entry: &Visited<'_>) -> io::Result<Option<Vec<u8>>> {
    let mut value = [0_u8; 64];
    let mut path = format!("/proc/self/fd/{}/", entry.folder.as_raw_fd()).into_bytes();
    path.extend_from_slice(entry.name.to_bytes());
    match lgetxattr(path.as_slice(), "security.capability", &mut value) {
        Ok(length) => Ok(Some(value[..length].to_vec())),
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn content(entry: &Visited<'_>, limit: u64) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = openat(entry.folder, entry.name, flags, Mode::empty())?;
    if !Seen::of(file.as_fd(), c"")?.is(&entry.seen) {
        return Err(io::Error::other("a file was put in the place of another one"));
    }
    let mut content = Vec::new();
    std::fs::File::from(file).take(limit).read_to_end(&mut content)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_path_or_name() {
        assert!(is_program(
            "/usr/local/bin/docker-entrypoint.sh",
            "docker-entrypoint.sh"
        ));
        assert!(is_program("/usr/bin/sh", "/bin/sh"));
        assert!(is_program("/entrypoint.sh", "/entrypoint.sh"));
        assert!(!is_program("/usr/share/entrypoint.sh", "entrypoint.sh"));
        assert!(!is_program("/x", ""));
    }

    #[test]
    fn files_are_told_as_an_archive_without_contents() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        std::fs::create_dir_all(path("etc/of")).unwrap();
        let long = "long".repeat(50);
        for (name, text) in [("etc/passwd", "root:x"), ("etc/of/other", "secret"), (&long, "")] {
            std::fs::write(path(name), text).unwrap();
        }
        std::os::unix::fs::symlink("/../etc/passwd", path("link")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        let wanted = FilesOrder {
            paths: vec!["/etc/passwd".into(), "/link".into()],
            limit: 4,
            place: "/.end".into(),
            ..FilesOrder::default()
        };
        let folder = std::fs::File::open(root.path()).unwrap();
        let mut out = Vec::new();
        tell(folder.into(), &wanted, &mut out).unwrap();
        let mut told = Vec::new();
        for entry in tar::Archive::new(&out[..]).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let to = entry
                .link_name()
                .unwrap()
                .map_or(String::new(), |to| to.display().to_string());
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            told.push((path, to, content));
        }
        assert_eq!(told.pop().unwrap().0, ".end");
        told.sort();
        let told: Vec<_> = told
            .iter()
            .map(|(p, t, c)| (p.as_str(), t.as_str(), c.as_str()))
            .collect();
        let mut expected = vec![
            ("etc", "", ""),
            ("etc/of", "", ""),
            ("etc/of/other", "", ""),
            ("etc/passwd", "", "root"),
            ("link", "/../etc/passwd", ""),
            (&long, "", ""),
        ];
        expected.sort();
        assert_eq!(told, expected);
    }
}
