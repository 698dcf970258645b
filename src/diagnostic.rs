//! What is told to a person: one shape, rendered in one place.
//!
//! Everything that leaves a stage for a person is a [`Diagnostic`]. Where callers treat kinds of errors
//! differently, or a walk through a tree adds the path to an error, there is another type, with one conversion into this one.
//! At which commands a person is told of it, the table in [`audience`] says.

pub mod audience;

use crate::tree::{Origin, Sources};
use crate::visible;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use audience::{Moment, Topic};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It is not done, or not safe, because of this.
    Error,
    /// It is done, and the person should know this.
    Warning,
    /// It is as it should be.
    Note,
}

impl Severity {
    /// As programs read it; SARIF and the annotations of GitHub use the same words.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// What stands before what a person can do, wherever that is printed; never in a text that is kept.
pub const HELP: &str = "help:";

/// One message: what is wrong, where, and what to do.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// What it is about: how bad that is, and who is told, says the [`audience`] table.
    pub topic: Topic,
    /// Lowercase, no full stop: what was being done and what is wrong.
    pub message: String,
    /// The place in the person's file.
    pub place: Origin,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A message without a place.
    pub fn new(topic: Topic, message: impl Into<String>) -> Self {
        Diagnostic {
            topic,
            message: message.into(),
            place: Origin::NONE,
            help: None,
        }
    }

    /// Why something is not done, without a place.
    pub fn error(message: impl Into<String>) -> Self {
        Diagnostic::new(Topic::Failure, message)
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.topic.severity()
    }

    /// Whether a person is told of it then.
    pub fn is_told_at(&self, moment: Moment) -> bool {
        self.topic.is_told_at(moment)
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(mut self, place: Origin) -> Self {
        self.place = place;
        self
    }

    /// The same, with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The message as a person sees it: level, message, the line with a mark under it, help.
    pub fn render(&self, sources: &Sources, color: bool) -> String {
        let level = match self.severity() {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        // What was read and is shown must not be obeyed by a terminal; the renderer's own colours are.
        let message = visible::text(&self.message);
        let mut main = Group::with_title(level.primary_title(&*message));
        let source = sources.get(self.place.file).filter(|_| self.place.is_written());
        let name = source.map(|s| s.name.display().to_string()).unwrap_or_default();
        let name = visible::line(&name);
        if let (Some(source), Some(span)) = (source, self.span(sources)) {
            let (text, span) = shown(&source.text, span);
            main = main.element(
                Snippet::source(text)
                    .line_start(1)
                    .path(&*name)
                    .annotation(AnnotationKind::Primary.span(span)),
            );
        }
        if source.is_some_and(|s| s.is_secret) {
            let line = usize::try_from(self.place.line).unwrap_or_default();
            main = main.element(annotate_snippets::Origin::path(&*name).line(line));
        }
        let help = self.help.as_deref().map(visible::text);
        match &help {
            Some(help) if source.is_some() => renderer.render(&[main.element(Level::HELP.message(&**help))]),
            // Without a line of the file above it, the rail that leads to the help leads nowhere.
            Some(help) => {
                let help = help.replace('\n', "\n      ");
                format!("{}\n{HELP} {help}", renderer.render(&[main]))
            }
            None => renderer.render(&[main]),
        }
    }

    /// It where a list of lines is printed, not a message by itself.
    pub fn lines(&self) -> String {
        let help = self.help.iter().map(|help| format!("\n{HELP} {help}"));
        std::iter::once(self.message.clone()).chain(help).collect()
    }

    /// The bytes to mark: from the origin's column to the end of the word or quoted text there.
    fn span(&self, sources: &Sources) -> Option<Range<usize>> {
        let text = &sources.get(self.place.file).filter(|s| !s.is_secret)?.text;
        let number = usize::try_from(self.place.line).ok()?.checked_sub(1)?;
        let line = text.lines().nth(number)?;
        let start = line.as_ptr() as usize - text.as_ptr() as usize;
        let column = usize::try_from(self.place.column).ok()?.saturating_sub(1);
        let offset = line.char_indices().nth(column).map_or(line.len(), |(i, _)| i);
        let rest = &line[offset..];
        let word = rest.split(" #").next().unwrap_or(rest).trim_end();
        Some(start + offset..start + offset + word.len())
    }
}

/// A text as it may be shown, and where the part of it that is to be marked stands then.
fn shown(text: &str, span: Range<usize>) -> (Cow<'_, str>, Range<usize>) {
    let parts = (
        text.get(..span.start),
        text.get(span.clone()),
        text.get(span.end..),
    );
    let (Some(before), Some(marked), Some(after)) = parts else {
        return (visible::source(text), 0..0);
    };
    let (before, marked, after) = (
        visible::source(before),
        visible::source(marked),
        visible::source(after),
    );
    if let (Cow::Borrowed(_), Cow::Borrowed(_), Cow::Borrowed(_)) = (&before, &marked, &after) {
        return (text.into(), span);
    }
    let span = before.len()..before.len() + marked.len();
    ((before + marked + after), span)
}

/// Why a project could not be located or loaded, with the texts to show it in.
#[derive(Debug, Clone)]
pub struct LoadError {
    /// What is wrong; never empty.
    pub diagnostics: Vec<Diagnostic>,
    /// Everything that was read before.
    pub sources: Sources,
}

impl LoadError {
    /// One error found while these texts were at hand. One that has nothing better to advise points to the
    /// reference.
    pub fn new(mut diagnostic: Diagnostic, sources: Sources) -> Self {
        diagnostic.help.get_or_insert_with(|| {
            "https://docs.docker.com/reference/compose-file/ says what can stand here".to_owned()
        });
        LoadError {
            diagnostics: vec![diagnostic],
            sources,
        }
    }

    /// Every message as a person sees it.
    pub fn render(&self, color: bool) -> String {
        let texts: Vec<String> = self
            .diagnostics
            .iter()
            .map(|d| d.render(&self.sources, color))
            .collect();
        texts.join("\n")
    }
}

/// The first message, with its place.
impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.diagnostics.first() else {
            return Ok(());
        };
        match self.sources.place(first.place) {
            Some(place) => write!(f, "{place}: {first}"),
            None => write!(f, "{first}"),
        }
    }
}

impl std::error::Error for LoadError {}

/// The message alone: as a part of another one, and for logs and tests.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// So that it can be the cause of other errors and keep its help; [`crate::engine`] has the way back.
impl std::error::Error for Diagnostic {}
