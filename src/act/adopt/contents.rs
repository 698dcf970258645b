//! What is in a directory, in so few words that two can be compared.

use crate::engine::tar::{self, TarEntry};
use std::io::{self, Read};

/// FNV-1a, 64 bits: where it starts, and its prime.
const START: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// A directory: how much is in it, and a sum of it all. Times of change do not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// Files, directories and the rest, the directory itself among them.
    pub(crate) entries: u64,
    /// Of all files.
    pub(crate) bytes: u64,
    /// Of path, kind, mode, owner, link and content of each, in any order.
    sum: u64,
}

impl Contents {
    /// Of an archive of the directory; `see` is told of each entry.
    ///
    /// # Errors
    /// The archive ends early or is none.
    pub(crate) fn read(archive: impl Read, mut see: impl FnMut(&TarEntry)) -> io::Result<Contents> {
        let mut all = Contents::default();
        tar::each(archive, |entry, content| {
            let mut sum = Sum(START);
            let size = io::copy(content, &mut sum)?;
            let TarEntry {
                path,
                kind,
                mode,
                uid,
                gid,
                link,
                capability,
                ..
            } = &entry;
            sum.add(
                format!("{path:?} {kind:?} {mode:o} {uid}:{gid} {link:?} {capability:?} {size}").as_bytes(),
            );
            all.entries += 1;
            all.bytes += size;
            all.sum = all.sum.wrapping_add(sum.0);
            see(&entry);
            Ok(())
        })?;
        Ok(all)
    }
}

/// A running sum of bytes.
struct Sum(u64);

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        self.0 = bytes
            .iter()
            .fold(self.0, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(PRIME));
    }
}

impl io::Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(entries: &[TarEntry]) -> Contents {
        let archive = tar::write(entries).unwrap();
        Contents::read(archive.as_slice(), |_| ()).unwrap()
    }

    fn file(path: &str, text: &str) -> TarEntry {
        TarEntry {
            path: path.into(),
            mode: 0o640,
            uid: 5,
            gid: 6,
            text: text.into(),
            ..TarEntry::default()
        }
    }

    #[test]
    fn every_difference_is_seen_and_the_order_is_none() {
        let (a, b) = (file("data/a", "one"), file("data/b", "three"));
        let whole = of(&[a.clone(), b.clone()]);
        assert_eq!((whole.entries, whole.bytes), (2, 8));
        assert_eq!(whole, of(&[b.clone(), a.clone()]));
        for other in [
            vec![a.clone()],
            vec![b.clone(), b.clone()],
            vec![
                TarEntry {
                    mode: 0o600,
                    ..a.clone()
                },
                b.clone(),
            ],
            vec![TarEntry { uid: 0, ..a.clone() }, b.clone()],
            vec![TarEntry { gid: 0, ..a.clone() }, b.clone()],
            vec![file("data/a", "two"), b.clone()],
            vec![file("data/a", "three"), file("data/b", "one")],
        ] {
            assert_ne!(of(&other), whole, "{other:?}");
        }
    }

    #[test]
    fn half_an_archive_is_an_error() {
        let archive = tar::write(&[file("data/a", &"x".repeat(2000))]).unwrap();
        assert!(Contents::read(&archive[..1200], |_| ()).is_err());
    }
}
