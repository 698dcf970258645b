//! What a key of the configuration is.

use crate::diagnostic::Diagnostic;
use crate::tree::Node;

/// One key of a configuration `C`.
#[derive(Debug)]
pub struct Key<C: 'static> {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub form: Form,
    /// What it is for, in one line.
    pub about: &'static str,
    /// Reads its value into the configuration.
    pub read: fn(&mut C, &Node, Form) -> Result<(), Diagnostic>,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text: of what.
    Text(&'static str),
    /// `"uid:gid"`.
    Ids,
    /// Directories with mount options.
    Tmpfs,
    /// Reasons, by control.
    Reasons,
    /// A command of a probe.
    Probe,
    /// Services, each with [`SERVICE`].
    Services,
}

impl Form {
    /// What to write, for a person.
    pub fn wanted(&self) -> String {
        match self {
            Form::Flag => "true or false".to_owned(),
            Form::Word(words) => match words.split_last() {
                Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
                None => String::new(),
            },
            Form::Text(what) => (*what).to_owned(),
            Form::Ids => "\"uid:gid\", quoted".to_owned(),
            Form::Tmpfs => {
                "a list of absolute paths, each with options or without: /run/app:exec,size=10m".to_owned()
            }
            Form::Reasons => "a mapping of controls to reasons".to_owned(),
            Form::Probe => "a command, or a mapping with `in` and `run`".to_owned(),
            Form::Services => "a mapping of services".to_owned(),
        }
    }
}
