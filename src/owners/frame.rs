//! What is said between the program that works on owners and the one that gave it its orders.
//!
//! Orders are a frame with JSON, then the records that they count the bytes of, in that order. Answers are frames: a
//! letter, a length, and so many bytes.

use super::Owner;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Longer than any frame that is sent.
const LONGEST: u32 = 1 << 20;

/// The letter of orders.
pub(crate) const ORDERS: u8 = b'O';

/// What is to be done with the trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Act {
    /// Looked at; the answer has their record.
    Scan,
    /// Given to somebody.
    Set,
    /// Put back as records say.
    Restore,
}

/// All that is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Orders {
    /// What.
    pub act: Act,
    /// With which trees, one after the other.
    pub trees: Vec<TreeOrder>,
}

/// One tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TreeOrder {
    /// The directory where it is mounted.
    pub at: String,
    /// The directory in that one that is meant.
    pub subpath: Option<String>,
    /// What tells it from another one that somebody puts in its place; empty where nobody saw it yet.
    pub identity: String,
    /// Whom it is given to; nobody's matter when it is put back.
    pub give_to: Owner,
    /// Whether all that is in it is meant.
    pub recursive: bool,
    /// Whether files keep their setuid and setgid bits under another owner. In a directory of the host they do not:
    /// there such a file would be a way for everybody of that machine to become its new owner.
    pub keeps_bits: bool,
    /// Records of it, the newest first: of changes that were ended early for `Scan` and `Set`.
    pub records: Vec<RecordOrder>,
}

/// One record that follows the orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordOrder {
    /// Whom the tree was given to.
    pub given_to: Owner,
    /// Whether more than the root was.
    pub recursive: bool,
    /// Whether that was ended early.
    pub is_pending: bool,
    /// When it was done: seconds since 1970, and nanoseconds.
    pub ended: (i64, i64),
    /// How long its entries are.
    pub bytes: u64,
}

/// What is answered of one tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TreeSummary {
    /// Whose the root is, or was.
    pub root: Option<Owner>,
    /// The permission bits of the root.
    pub root_mode: u32,
    /// What tells the tree from another one that is at the same place at another time.
    pub identity: String,
    /// How many entries were seen.
    pub entries: u64,
    /// How many of them had the wrong owner, and can have another.
    pub wrong: u64,
    /// The first of those: path and owner.
    pub samples: Vec<(String, Owner)>,
    /// How many files among them have setuid or setgid bits.
    pub with_bits: u64,
    /// How many files among them have a setgid bit.
    pub with_setgid: u64,
    /// How many of those a record named before does not know.
    pub unknown: u64,
    /// How many got another owner.
    pub changed: u64,
    /// How many were left as they are.
    pub untouched: u64,
    /// How many of those should have got another owner.
    pub failed: u64,
    /// How many files lost setuid or setgid bits with their owner.
    pub cleared: u64,
}

/// One answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Entries of the tree's record.
    Record(Vec<u8>),
    /// An entry that is left as it is, and why.
    Untouched(String, String),
    /// A file that lost setuid or setgid bits with its owner.
    Cleared(String),
    /// So many entries were seen and changed.
    Progress(u64, u64),
    /// This tree is done.
    Tree(TreeSummary),
    /// This tree cannot be worked on at all; nothing was changed.
    Refused(String),
    /// The work on this tree was ended by an error; something may be changed.
    Broken(String),
    /// Everything is done; so many KiB of memory were in use at the most.
    End(u64),
}

/// Sends a frame.
///
/// # Errors
/// Nobody listens.
pub(crate) fn send(out: &mut dyn Write, letter: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).ok().filter(|l| *l <= LONGEST);
    let length = length.ok_or(io::ErrorKind::InvalidInput)?;
    out.write_all(&[letter])?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(bytes)
}

/// Takes a frame; none where nothing follows.
///
/// # Errors
/// What is no frame.
pub(crate) fn take(from: &mut dyn Read) -> io::Result<Option<(u8, Vec<u8>)>> {
    let mut letter = [0];
    if from.read(&mut letter)? == 0 {
        return Ok(None);
    }
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST {
        return Err(nonsense());
    }
    let mut bytes = vec![0; length as usize];
    from.read_exact(&mut bytes)?;
    Ok(Some((letter[0], bytes)))
}

impl Answer {
    /// Sends it.
    ///
    /// # Errors
    /// Nobody listens.
    pub(crate) fn send(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Answer::Record(bytes) => send(out, b'R', bytes),
            Answer::Untouched(path, why) => send(out, b'U', &serde_json::to_vec(&(path, why))?),
            Answer::Cleared(path) => send(out, b'C', &serde_json::to_vec(path)?),
            Answer::Progress(seen, changed) => send(out, b'P', &serde_json::to_vec(&(seen, changed))?),
            Answer::Tree(summary) => send(out, b'T', &serde_json::to_vec(summary)?),
            Answer::Refused(why) => send(out, b'X', &serde_json::to_vec(why)?),
            Answer::Broken(why) => send(out, b'B', &serde_json::to_vec(why)?),
            Answer::End(memory) => send(out, b'E', &serde_json::to_vec(memory)?),
        }
    }

    /// Takes the next one; none where nothing follows.
    ///
    /// # Errors
    /// What is no answer.
    pub(crate) fn take(from: &mut dyn Read) -> io::Result<Option<Answer>> {
        let Some((letter, bytes)) = take(from)? else {
            return Ok(None);
        };
        Ok(Some(match letter {
            b'R' => Answer::Record(bytes),
            b'U' => json(&bytes).map(|(path, why)| Answer::Untouched(path, why))?,
            b'C' => Answer::Cleared(json(&bytes)?),
            b'P' => json(&bytes).map(|(seen, changed)| Answer::Progress(seen, changed))?,
            b'T' => Answer::Tree(json(&bytes)?),
            b'X' => Answer::Refused(json(&bytes)?),
            b'B' => Answer::Broken(json(&bytes)?),
            b'E' => Answer::End(json(&bytes)?),
            _ => return Err(nonsense()),
        }))
    }
}

/// What stands in a frame.
///
/// # Errors
/// Something else.
pub(crate) fn json<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    serde_json::from_slice(bytes).map_err(|_| nonsense())
}

fn nonsense() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what was said was not understood")
}
