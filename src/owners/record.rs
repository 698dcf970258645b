//! What is kept of former owners: a line of JSON about the change, the entries, and a line of JSON that proves it whole.
//!
//! An entry is only named where its owner is another one than that of the directory it is in, or where it has setuid or
//! setgid bits: a tree of one owner is one entry. `UID:GID PATH` or `UID:GID:MODE PATH`, the path from the root on,
//! ended by a zero byte, since a name may hold anything else.

use super::Owner;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io;

/// What a file begins with, whatever its version.
pub(crate) const KIND: &str = "owners";
/// Of what is written; what is newer is not touched.
pub(crate) const VERSION: u32 = 1;

/// The first line of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordHead {
    /// [`KIND`].
    pub nrcompose: String,
    /// [`VERSION`].
    pub version: u32,
    /// The volume's name, or the directory's path.
    pub place: String,
    /// The directory in the volume that is meant.
    pub subpath: Option<String>,
    /// When: RFC 3339, UTC.
    pub date: String,
    /// Whom it was given to.
    pub given_to: Owner,
    /// For which services.
    pub services: Vec<String>,
    /// Whether more than the root was given.
    pub recursive: bool,
}

/// The last line of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordEnd {
    /// How long the entries are.
    pub bytes: u64,
    /// How many entries of the tree were to be changed.
    pub wrong: u64,
    /// How many files among them lose setuid or setgid bits by that.
    pub with_bits: u64,
    /// How many lose a setgid bit.
    pub with_setgid: u64,
    /// What tells the tree from another one of that name, where that is known.
    pub identity: String,
    /// Of the first line and the entries.
    pub checksum: String,
}

/// FNV-1a, 64 bits (Landon Curt Noll, public domain): it finds damage, not malice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checksum(u64);

impl Checksum {
    /// Of nothing.
    pub(crate) fn new() -> Checksum {
        Checksum(0xcbf2_9ce4_8422_2325)
    }

    /// Of more.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    }

    /// As it is written.
    pub(crate) fn text(self) -> String {
        format!("{:016x}", self.0)
    }
}

/// What is said of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Former {
    /// Whose it was.
    pub owner: Owner,
    /// Its permission bits, if a change of owner takes some of them.
    pub bits: Option<u32>,
}

/// Writes one entry.
pub(crate) fn write(out: &mut Vec<u8>, path: &[u8], former: Former) {
    let Owner { uid, gid } = former.owner;
    out.extend_from_slice(format!("{uid}:{gid}").as_bytes());
    if let Some(bits) = former.bits {
        out.extend_from_slice(format!(":{bits:o}").as_bytes());
    }
    out.push(b' ');
    out.extend_from_slice(path);
    out.push(0);
}

/// Reads one entry, without the zero byte.
pub(crate) fn read(entry: &[u8]) -> Option<(&[u8], Former)> {
    let space = entry.iter().position(|byte| *byte == b' ')?;
    let (head, path) = (std::str::from_utf8(&entry[..space]).ok()?, &entry[space + 1..]);
    let mut fields = head.split(':');
    let owner = Owner {
        uid: fields.next()?.parse().ok()?,
        gid: fields.next()?.parse().ok()?,
    };
    let bits = match fields.next() {
        Some(bits) => Some(u32::from_str_radix(bits, 8).ok().filter(|bits| *bits <= 0o7777)?),
        None => None,
    };
    fields.next().is_none().then_some((path, Former { owner, bits }))
}

/// A record by its paths, and on the way through a tree what it says of each entry.
#[derive(Debug, Default)]
pub(crate) struct Known {
    named: HashMap<Box<[u8]>, Former>,
    /// The former owners of the directories that lead to the entry.
    way: Vec<Owner>,
}

impl Known {
    /// From all entries of a record.
    ///
    /// # Errors
    /// One that is none.
    pub(crate) fn read(entries: &[u8]) -> io::Result<Known> {
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, "a record with an entry that is none");
        let mut named = HashMap::new();
        for entry in entries.split_inclusive(|byte| *byte == 0) {
            let whole = entry.strip_suffix(&[0]).ok_or_else(wrong)?;
            let (path, former) = read(whole).ok_or_else(wrong)?;
            named.insert(path.into(), former);
        }
        Ok(Known {
            named,
            way: Vec::new(),
        })
    }

    /// What is said of the next entry of a walk; none where the record does not reach.
    pub(crate) fn next(&mut self, path: &[u8], depth: usize) -> Option<Former> {
        self.way.truncate(depth);
        let above = self.way.last().copied();
        let former = match self.named.get(path) {
            Some(former) => *former,
            None => Former {
                owner: above?,
                bits: None,
            },
        };
        self.way.push(former.owner);
        Some(former)
    }

    /// The entries whose bits a change of owner takes.
    pub(crate) fn with_bits(&self) -> impl Iterator<Item = (&[u8], u32)> {
        let all = self.named.iter();
        all.filter_map(|(path, former)| Some((&**path, former.bits?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: Owner = Owner { uid: 0, gid: 0 };
    const OTHER: Owner = Owner { uid: 7, gid: 8 };

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        for path in [&b""[..], b"a b", b"line\nend", b"\xff\xfe: 0:0", &[b'x'; 300]] {
            for bits in [None, Some(0o6755), Some(0)] {
                let former = Former { owner: OTHER, bits };
                let mut text = Vec::new();
                write(&mut text, path, former);
                assert_eq!(read(text.strip_suffix(&[0]).unwrap()), Some((path, former)));
            }
        }
        for wrong in [
            "",
            "1:2",
            "1 x",
            "1:x y",
            "1:2:9 y",
            "1:2:17777 y",
            "1:2:3:4 y",
            "-1:2 y",
        ] {
            assert_eq!(read(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_not_named_is_as_the_directory_it_is_in() {
        let mut text = Vec::new();
        let former = |owner| Former { owner, bits: None };
        write(&mut text, b"", former(ROOT));
        write(&mut text, b"a", former(OTHER));
        write(&mut text, b"a/x", former(ROOT));
        let mut known = Known::read(&text).unwrap();
        let way: [(&[u8], usize, Owner); 8] = [
            (b"", 0, ROOT),
            (b"a", 1, OTHER),
            (b"a/b", 2, OTHER),
            (b"a/b/c", 3, OTHER),
            (b"a/x", 2, ROOT),
            (b"a/x/y", 3, ROOT),
            (b"a/z", 2, OTHER),
            (b"b", 1, ROOT),
        ];
        for (path, depth, owner) in way {
            assert_eq!(known.next(path, depth).unwrap().owner, owner, "{path:?}");
        }
        assert!(Known::read(b"0:0 a").is_err());
    }
}
