//! `/etc/passwd` and `/etc/group` of an image, as its programs find them: links are followed, inside the image alone.

use crate::engine::tar::{self, FileKind, TarEntry};
use crate::image_files::FilesOrder;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::io::{self, Read};

/// More than this is not put into a file of ours.
pub(super) const LIMIT: usize = 1024 * 1024;

/// More links than the kernel follows are a circle.
const LINKS: usize = 40;

/// What a file of accounts says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountFile {
    /// All of it, but for what stands where passwords once stood; nothing where the image has no such file.
    Whole(String),
    /// It cannot be repeated with a line more: why.
    Unfit(String),
}

impl Default for AccountFile {
    fn default() -> Self {
        AccountFile::Whole(String::new())
    }
}

/// The content of a file, or why it has none that can be known.
pub(super) type Content = Result<Vec<u8>, String>;

/// What is gathered of links and files while an archive goes by.
#[derive(Debug, Default)]
pub(super) struct Tree {
    links: HashMap<String, String>,
    /// The path under which the archive has the content of a file with several names.
    same_as: HashMap<String, String>,
    others: HashMap<String, FileKind>,
    contents: HashMap<String, Vec<u8>>,
}

impl Tree {
    /// Takes note of an entry that stands at `path`, with its content where it is one of `wanted`.
    pub(super) fn see(
        &mut self,
        path: &str,
        entry: &TarEntry,
        content: &mut dyn Read,
        wanted: &FilesOrder,
    ) -> io::Result<()> {
        match (entry.kind, &entry.link) {
            (FileKind::Link, Some(to)) => _ = self.links.insert(path.to_owned(), to.clone()),
            (FileKind::File, Some(of)) => {
                self.same_as
                    .insert(path.to_owned(), format!("/{}", tar::inside(of)));
            }
            (FileKind::File, None) if wanted.has(path) => {
                let mut bytes = Vec::new();
                content.take(LIMIT as u64 + 1).read_to_end(&mut bytes)?;
                self.contents.insert(path.to_owned(), bytes);
            }
            _ if wanted.has(path) => _ = self.others.insert(path.to_owned(), entry.kind),
            _ => {}
        }
        Ok(())
    }

    /// The path under which the archive has what the image's programs find at `path`; `None` for a circle of links.
    pub(super) fn resolve(&self, path: &str) -> Option<String> {
        let mut waiting: VecDeque<&str> = path.split('/').collect();
        let mut at: Vec<&str> = Vec::new();
        let mut followed = 0;
        while let Some(part) = waiting.pop_front() {
            match part {
                "" | "." => continue,
                ".." => {
                    at.pop();
                    continue;
                }
                part => at.push(part),
            }
            let Some(to) = self.links.get(&format!("/{}", at.join("/"))) else {
                continue;
            };
            followed += 1;
            if followed > LINKS {
                return None;
            }
            at.pop();
            if to.starts_with('/') {
                at.clear();
            }
            to.split('/').rev().for_each(|part| waiting.push_front(part));
        }
        let path = format!("/{}", at.join("/"));
        Some(self.same_as.get(&path).cloned().unwrap_or(path))
    }

    /// What stands at a path, once everything it leads to was seen with its content.
    pub(super) fn content(&self, path: &str) -> Content {
        let Some(place) = self.resolve(path) else {
            return Err("is a circle of links".to_owned());
        };
        match self.contents.get(&place) {
            Some(bytes) => Ok(bytes.clone()),
            None if self.others.contains_key(&place) => Err("is no file".to_owned()),
            // A program may make the file there, or something be mounted.
            None if self.links.contains_key(path) => Err(format!("is a link to {place}, which is not there")),
            None => Ok(Vec::new()),
        }
    }

    /// Which of these lead to a place whose content was not among what was wanted.
    pub(super) fn elsewhere(&self, paths: &[&str]) -> Vec<String> {
        let places = paths.iter().filter_map(|path| self.resolve(path));
        places.filter(|place| !paths.contains(&place.as_str())).collect()
    }
}

/// A file of accounts from its content.
pub(super) fn accounts(content: Content) -> AccountFile {
    let bytes = match content {
        Ok(bytes) if bytes.len() > LIMIT => {
            return AccountFile::Unfit(format!("is longer than {} KiB", LIMIT / 1024));
        }
        Ok(bytes) => bytes,
        Err(why) => return AccountFile::Unfit(why),
    };
    match String::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => AccountFile::Unfit("has a NUL byte".to_owned()),
        Ok(text) => AccountFile::Whole(without_passwords(&text)),
        Err(_) => {
            AccountFile::Unfit("has a byte that is not UTF-8, which no Compose file can say".to_owned())
        }
    }
}

/// The fields of each line, whatever its bytes. A line ends with a line break alone, as it does for the C library.
pub(super) fn rows(content: &Content) -> Vec<Vec<String>> {
    let bytes = content.as_deref().unwrap_or_default();
    bytes
        .split(|b| *b == b'\n')
        .map(|line| {
            String::from_utf8_lossy(line)
                .split(':')
                .map(str::to_owned)
                .collect()
        })
        .collect()
}

/// Lines of `/etc/passwd` or `/etc/group` with an `x` where a password or its hash could stand, each with a line break
/// behind it, so that another line can follow.
fn without_passwords(text: &str) -> String {
    let line = |line: &str| {
        let mut fields: Vec<&str> = line.split(':').collect();
        if let [_, password, _, ..] = fields.as_mut_slice()
            && !matches!(*password, "" | "*" | "!" | "!!")
        {
            *password = "x";
        }
        fields.join(":") + "\n"
    };
    text.strip_suffix('\n')
        .unwrap_or(text)
        .split('\n')
        .filter(|_| !text.is_empty())
        .map(line)
        .collect()
}

#[cfg(test)]
mod tests;
