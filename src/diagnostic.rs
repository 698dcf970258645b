//! What is told to a person when something is wrong: one shape, rendered in one place.

use crate::tree::{Origin, Sources};
use crate::visible;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Nothing was done because of it.
    Error,
    /// It was done, and the person should know this.
    Warning,
}

/// One message: what is wrong, where, and what to do.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// Lowercase, no full stop: what was being done and what is wrong.
    pub message: String,
    /// The place in the person's file.
    pub origin: Origin,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            message: message.into(),
            origin: Origin::NONE,
            help: None,
        }
    }

    /// A warning without a place.
    pub fn warning(message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(message)
        }
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = origin;
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
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        // What was read and is shown must not be obeyed by a terminal; the renderer's own colours are.
        let message = visible::text(&self.message);
        let mut main = Group::with_title(level.primary_title(&*message));
        let source = sources.get(self.origin.file).filter(|_| self.origin.is_written());
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
            let line = usize::try_from(self.origin.line).unwrap_or_default();
            main = main.element(annotate_snippets::Origin::path(&*name).line(line));
        }
        let help = self.help.as_deref().map(visible::text);
        match &help {
            Some(help) if source.is_some() => renderer.render(&[main.element(Level::HELP.message(&**help))]),
            // Without a line of the file above it, the rail that leads to the help leads nowhere.
            Some(help) => {
                let help = help.replace('\n', "\n      ");
                format!("{}\nhelp: {help}", renderer.render(&[main]))
            }
            None => renderer.render(&[main]),
        }
    }

    /// The bytes to mark: from the origin's column to the end of the word or quoted text there.
    fn span(&self, sources: &Sources) -> Option<Range<usize>> {
        let text = &sources.get(self.origin.file).filter(|s| !s.is_secret)?.text;
        let number = usize::try_from(self.origin.line).ok()?.checked_sub(1)?;
        let line = text.lines().nth(number)?;
        let start = line.as_ptr() as usize - text.as_ptr() as usize;
        let column = usize::try_from(self.origin.column).ok()?.saturating_sub(1);
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
        match self.sources.place(first.origin) {
            Some(place) => write!(f, "{place}: {first}"),
            None => write!(f, "{first}"),
        }
    }
}

impl std::error::Error for LoadError {}

/// Without colour and without the source line: for logs and tests.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
