//! Tar streams as the engine gives and takes them: owners, modes, links, file capabilities.

use serde::{Deserialize, Serialize};
use std::io::{self, Read};

/// What an entry is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A file, or a hard link to one.
    #[default]
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// Anything else.
    Other,
}

/// One entry without its content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TarEntry {
    /// As in the archive: relative, directories with a slash at the end.
    pub path: String,
    /// What it is; worked out from the path when it is written.
    #[serde(default)]
    pub kind: FileKind,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Where a symbolic link points, or the path of the same file in the archive.
    #[serde(default)]
    pub link: Option<String>,
    /// `security.capability`, as the kernel keeps it.
    #[serde(default)]
    pub capability: Option<Vec<u8>>,
    /// The content, when it is written.
    #[serde(default)]
    pub text: String,
}

/// Calls `see` for every entry, with its content.
pub(crate) fn each<R: Read>(
    archive: R,
    mut see: impl FnMut(TarEntry, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        let seen = read(&mut entry)?;
        see(seen, &mut entry)?;
    }
    Ok(())
}

/// The first entry: what a single path is.
pub(crate) fn first<R: Read>(archive: R) -> io::Result<Option<TarEntry>> {
    match tar::Archive::new(archive).entries()?.next() {
        Some(entry) => read(&mut entry?).map(Some),
        None => Ok(None),
    }
}

/// What a directory is, and whether anything is in it.
pub(crate) struct Root {
    /// The first entry.
    pub entry: TarEntry,
    /// Whether no other one follows.
    pub is_alone: bool,
    /// When it was changed last, in seconds since 1970.
    pub modified: u64,
}

/// The first entry of an archive of a directory, and whether there are others.
pub(crate) fn root<R: Read>(archive: R) -> io::Result<Option<Root>> {
    let mut archive = tar::Archive::new(archive);
    let mut entries = archive.entries()?;
    let Some(first) = entries.next() else {
        return Ok(None);
    };
    let mut first = first?;
    let (entry, modified) = (read(&mut first)?, first.header().mtime()?);
    let is_alone = entries.next().transpose()?.is_none();
    Ok(Some(Root {
        entry,
        is_alone,
        modified,
    }))
}

/// An archive of one directory, without anything in it.
pub(crate) fn directory(name: &str, mode: u32, (uid, gid): (u32, u32), modified: u64) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_mode(mode);
    header.set_uid(u64::from(uid));
    header.set_gid(u64::from(gid));
    header.set_mtime(modified);
    header.set_size(0);
    let mut archive = tar::Builder::new(Vec::new());
    // Memory takes whatever is written.
    let _ = archive.append_data(&mut header, format!("{name}/"), io::empty());
    archive.into_inner().unwrap_or_default()
}

/// The content of the first entry, as long as it is a file of at most `limit` bytes.
pub(crate) fn content<R: Read>(archive: R, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut archive = tar::Archive::new(archive);
    let Some(entry) = archive.entries()?.next() else {
        return Ok(None);
    };
    let entry = entry?;
    if !entry.header().entry_type().is_file() || entry.size() > limit {
        return Ok(None);
    }
    let mut content = Vec::new();
    entry.take(limit).read_to_end(&mut content)?;
    Ok(Some(content))
}

fn read<R: Read>(entry: &mut tar::Entry<'_, R>) -> io::Result<TarEntry> {
    const CAPABILITY: &str = "SCHILY.xattr.security.capability";
    let capability = match entry.pax_extensions()? {
        Some(extensions) => extensions
            .filter_map(Result::ok)
            .find(|x| x.key() == Ok(CAPABILITY))
            .map(|x| x.value_bytes().to_vec()),
        None => None,
    };
    let header = entry.header();
    let kind = match header.entry_type() {
        tar::EntryType::Regular | tar::EntryType::Continuous | tar::EntryType::Link => FileKind::File,
        tar::EntryType::Directory => FileKind::Directory,
        tar::EntryType::Symlink => FileKind::Link,
        _ => FileKind::Other,
    };
    Ok(TarEntry {
        path: String::from_utf8_lossy(&entry.path_bytes()).into_owned(),
        kind,
        mode: header.mode()? & 0o7777,
        uid: number(header.uid()?)?,
        gid: number(header.gid()?)?,
        link: entry
            .link_name_bytes()
            .map(|l| String::from_utf8_lossy(&l).into_owned()),
        capability,
        text: String::new(),
    })
}

/// The path of an entry, from the root of the archive.
pub(crate) fn inside(path: &str) -> &str {
    path.trim_start_matches("./").trim_matches('/')
}

fn number(id: u64) -> io::Result<u32> {
    u32::try_from(id).map_err(io::Error::other)
}

/// An archive of these entries: directories, files and links, in this order.
#[cfg(test)]
pub(crate) fn write(entries: &[TarEntry]) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for entry in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mode(entry.mode);
        header.set_uid(u64::from(entry.uid));
        header.set_gid(u64::from(entry.gid));
        header.set_mtime(0);
        if let Some(capability) = &entry.capability {
            archive.append_pax_extensions([("SCHILY.xattr.security.capability", capability.as_slice())])?;
        }
        match &entry.link {
            Some(target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                archive.append_link(&mut header, &entry.path, target)?;
            }
            None => {
                let directory = entry.path.ends_with('/');
                header.set_entry_type(if directory {
                    tar::EntryType::Directory
                } else {
                    tar::EntryType::Regular
                });
                header.set_size(entry.text.len() as u64);
                archive.append_data(&mut header, &entry.path, entry.text.as_bytes())?;
            }
        }
    }
    archive.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let file = TarEntry {
            path: "usr/bin/caddy".into(),
            mode: 0o755,
            capability: Some(vec![1, 0, 0, 2]),
            text: "elf".into(),
            ..TarEntry::default()
        };
        let directory = TarEntry {
            path: format!("data/{}/", "long".repeat(40)),
            kind: FileKind::Directory,
            mode: 0o2750,
            uid: 999,
            gid: 998,
            ..TarEntry::default()
        };
        let link = TarEntry {
            path: "var/run".into(),
            kind: FileKind::Link,
            mode: 0o777,
            link: Some("/run".into()),
            ..TarEntry::default()
        };
        let archive = write(&[file.clone(), directory.clone(), link.clone()]).unwrap();
        let mut seen = Vec::new();
        each(archive.as_slice(), |entry, content| {
            let mut text = String::new();
            content.read_to_string(&mut text)?;
            seen.push(TarEntry { text, ..entry });
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, [file, directory, link]);
        assert_eq!(content(archive.as_slice(), 10).unwrap().unwrap(), b"elf");
        assert_eq!(content(archive.as_slice(), 2).unwrap(), None);
    }
}
