//! What a key of the configuration takes.

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
    /// Services, each with [`super::service::SERVICE`].
    Services,
}

/// Of `ports`, at the top and in a service.
pub(super) const PORTS: Form = Form::Word(&["auto", "keep", "sysctl", "remap"]);

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
