//! One file with former owners: read whole and proven before anything of it is believed, written before anything is
//! changed.

use super::same::{Same, SameProof};
use crate::diagnostic::Diagnostic;
use crate::owners::frame::{RecordOrder, TreeSummary};
use crate::owners::record::{Checksum, KIND, RecordEnd, RecordHead, VERSION};
use anyhow::{Context, Result, anyhow};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Longer than any first or last line.
const LINE: u64 = 1 << 20;

/// A record on disk.
pub(super) struct RecordFile {
    pub(super) number: u32,
    pub(super) is_pending: bool,
    /// When it was named as it is: of a change that is done, after that.
    pub(super) ended: (i64, i64),
    pub(super) path: PathBuf,
    pub(super) head: RecordHead,
    pub(super) end: RecordEnd,
    file: File,
    /// Where the entries begin.
    entries: u64,
}

impl RecordFile {
    /// Reads and proves it.
    ///
    /// # Errors
    /// It is damaged, of somebody else, or of a newer version; by its path.
    pub(super) fn read(mut file: File, path: PathBuf, number: u32, is_pending: bool) -> Result<RecordFile> {
        let wrong = |what: &str| {
            let message = format!("reading {}: {what}", path.display());
            let help = format!(
                "no owner was changed; bring the file back from a backup, or move it away (`mv {0} {0}.damaged`): what it is about can then not be put back",
                path.display()
            );
            anyhow!(Diagnostic::error(message).help(help))
        };
        let reading = || format!("reading {}", path.display());
        let meta = file.metadata().with_context(reading)?;
        if !meta.is_file() {
            return Err(wrong("it is no file"));
        }
        let length = meta.len();
        let mut start = Vec::new();
        (&mut file)
            .take(LINE)
            .read_to_end(&mut start)
            .with_context(reading)?;
        let line = start.iter().position(|byte| *byte == b'\n');
        let line = line.ok_or_else(|| wrong("it is no record of owners"))?;
        let first: serde_json::Value =
            serde_json::from_slice(&start[..line]).map_err(|_| wrong("it is no record of owners"))?;
        if first["nrcompose"] != KIND {
            return Err(wrong("it is no record of owners"));
        }
        if first["version"] != VERSION {
            return Err(wrong("another version of nrcompose wrote it"));
        }
        let damaged = || wrong("it is damaged");
        let head: RecordHead = serde_json::from_value(first).map_err(|_| damaged())?;
        let entries = line as u64 + 1;
        let tail_at = length.saturating_sub(LINE).max(entries);
        file.seek(SeekFrom::Start(tail_at)).with_context(reading)?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail).with_context(reading)?;
        let last = tail.iter().rposition(|byte| *byte == 0).map_or(0, |at| at + 1);
        let end: RecordEnd = serde_json::from_slice(&tail[last..]).map_err(|_| damaged())?;
        if entries + end.bytes + (tail.len() - last) as u64 != length {
            return Err(damaged());
        }
        file.rewind().with_context(reading)?;
        let mut rest = (&mut file).take(entries + end.bytes);
        let (mut checksum, mut buffer) = (Checksum::new(), vec![0; 64 * 1024]);
        loop {
            match rest.read(&mut buffer).with_context(reading)? {
                0 => break,
                count => checksum.add(&buffer[..count]),
            }
        }
        if checksum.text() != end.checksum {
            return Err(damaged());
        }
        Ok(RecordFile {
            number,
            is_pending,
            ended: (meta.ctime(), meta.ctime_nsec()),
            path,
            head,
            end,
            file,
            entries,
        })
    }

    /// It, and its entries, for the helper.
    ///
    /// # Errors
    /// What the file system says, by its path.
    pub(super) fn order(&self) -> Result<(RecordOrder, Box<dyn Read + Send>)> {
        let order = RecordOrder {
            given_to: self.head.given_to,
            recursive: self.head.recursive,
            is_pending: self.is_pending,
            ended: self.ended,
            bytes: self.end.bytes,
        };
        let entries = self.entries();
        let entries = entries.with_context(|| format!("reading {}", self.path.display()))?;
        Ok((order, entries))
    }

    /// Its entries.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn entries(&self) -> io::Result<Box<dyn Read + Send>> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(self.entries))?;
        Ok(Box::new(file.take(self.end.bytes)))
    }

    /// Whether it says no more and no less of the same change.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn says(&self, head: &RecordHead, entries: &[u8]) -> Result<bool> {
        let is_same = |own: &RecordHead| (own.given_to, &own.subpath) == (head.given_to, &head.subpath);
        if !is_same(&self.head) || self.end.bytes != entries.len() as u64 {
            return Ok(false);
        }
        let mut own = Vec::new();
        let read = self.entries().and_then(|mut from| from.read_to_end(&mut own));
        read.with_context(|| format!("reading {}", self.path.display()))?;
        Ok(own == entries)
    }

    /// What tells whether it is of the place that is there now.
    pub(super) fn proof(&self) -> SameProof {
        SameProof {
            identity: self.end.identity.clone(),
            date: self.head.date.clone(),
            named: self.ended,
        }
    }

    /// Whether it is certainly not of the place that is there now.
    pub(super) fn is_of_another(&self, identity: &str) -> bool {
        self.proof().judge(identity) == Same::No
    }

    /// What its name ends in.
    pub(super) fn ending(&self) -> &'static str {
        if self.is_pending { "pending" } else { "record" }
    }
}

/// A record that is being written.
pub(super) struct NewRecord {
    pub(super) number: u32,
    file: BufWriter<File>,
    path: PathBuf,
    checksum: Checksum,
    bytes: u64,
}

impl NewRecord {
    /// Writes the first line.
    pub(super) fn begin(file: File, path: PathBuf, number: u32, head: &RecordHead) -> Result<NewRecord> {
        let mut record = NewRecord {
            number,
            file: BufWriter::new(file),
            path,
            checksum: Checksum::new(),
            bytes: 0,
        };
        let line = serde_json::to_string(head).context("writing down who owned what")? + "\n";
        record.add(line.as_bytes())?;
        record.bytes = 0;
        Ok(record)
    }

    /// Adds entries.
    ///
    /// # Errors
    /// A full disk, and what else the file system says.
    pub(super) fn add(&mut self, entries: &[u8]) -> Result<()> {
        self.checksum.add(entries);
        self.bytes += entries.len() as u64;
        let written = self.file.write_all(entries);
        written.with_context(|| format!("writing {}", self.path.display()))
    }

    /// Writes the last line; it is on the disk then.
    ///
    /// # Errors
    /// As for what is added.
    pub(super) fn end(mut self, seen: &TreeSummary) -> Result<u32> {
        let end = RecordEnd {
            bytes: self.bytes,
            wrong: seen.wrong,
            with_bits: seen.with_bits,
            with_setgid: seen.with_setgid,
            identity: seen.identity.clone(),
            checksum: self.checksum.text(),
        };
        let line = serde_json::to_string(&end).context("writing down who owned what")? + "\n";
        let written = self
            .file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.flush());
        let written = written.and_then(|()| self.file.get_ref().sync_all());
        written.with_context(|| format!("writing {}", self.path.display()))?;
        Ok(self.number)
    }
}

/// The names in a folder; none where there is no folder.
pub(super) fn names_of(path: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}
