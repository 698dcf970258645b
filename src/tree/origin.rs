//! Where a node was written, and the texts those places are in.

use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Which of a project's [`Sources`] a node stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u16);

/// A place in a source. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Which of the sources.
    pub file: FileId,
    /// The line; 0 when nobody wrote the node.
    pub line: u32,
    /// The column of its first character.
    pub column: u32,
}

impl Origin {
    /// The origin of what nobody wrote.
    pub const NONE: Origin = Origin {
        file: FileId(u16::MAX),
        line: 0,
        column: 0,
    };

    /// Whether somebody wrote it.
    pub fn is_written(&self) -> bool {
        self.line > 0
    }
}

/// A text that nodes come from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path as the person would name it.
    pub name: PathBuf,
    /// The whole text.
    pub text: Rc<str>,
    /// Whether its lines hold values that are shown nowhere: an env file.
    pub is_secret: bool,
}

/// All texts of a project; a [`FileId`] is a position in it.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Adds a text. A project of more than 65,535 files shares the last id: only messages suffer. The lines of what is
    /// called like a file of variables are shown nowhere, also where somebody takes it for something else.
    pub fn add(&mut self, name: impl Into<PathBuf>, text: impl Into<Rc<str>>) -> FileId {
        let name = name.into();
        let called = name.file_name().unwrap_or_default().to_string_lossy();
        let is_secret = called.starts_with(".env") || called.ends_with(".env");
        self.0.push(Source {
            name,
            text: text.into(),
            is_secret,
        });
        FileId(u16::try_from(self.0.len() - 1).unwrap_or(u16::MAX - 1))
    }

    /// Adds a text whose lines are shown nowhere.
    pub fn add_secret(&mut self, name: impl Into<PathBuf>, text: impl Into<Rc<str>>) -> FileId {
        let id = self.add(name, text);
        if let Some(source) = self.0.last_mut() {
            source.is_secret = true;
        }
        id
    }

    /// Every text that its author may see in a message.
    pub fn shown(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|s| !s.is_secret).map(|s| s.text.as_ref())
    }

    /// The text behind an id.
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.0.get(usize::from(id.0))
    }

    /// `file:line:column`, or `None` for what nobody wrote.
    pub fn place(&self, origin: Origin) -> Option<String> {
        let source = self.get(origin.file).filter(|_| origin.is_written())?;
        Some(format!(
            "{}:{}:{}",
            source.name.display(),
            origin.line,
            origin.column
        ))
    }

    /// The line an origin stands in, without its line break.
    pub fn line(&self, origin: Origin) -> Option<&str> {
        let number = usize::try_from(origin.line).ok()?.checked_sub(1)?;
        self.get(origin.file)?.text.lines().nth(number)
    }

    /// The names of all texts, in the order they were read.
    pub fn names(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(|s| s.name.as_path())
    }
}
