//! What a key of the configuration takes.

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyForm {
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text: of what.
    Text(&'static str),
    /// A list of texts: of which.
    Texts(&'static str),
    /// `"uid:gid"`.
    Ids,
    /// Directories with mount options.
    Tmpfs,
    /// Reasons, by control.
    Reasons,
    /// Volumes and host directories that are to be the service's.
    Owned,
    /// A command of a probe.
    Probe,
    /// Services, each with [`super::service::SERVICE`].
    Services,
}

/// Of `ports`, at the top and in a service.
pub(super) const PORTS: KeyForm = KeyForm::Word(&["auto", "keep", "sysctl", "remap"]);

impl KeyForm {
    /// What to write, for a person.
    pub fn wanted(&self) -> String {
        match self {
            KeyForm::Flag => "true or false".to_owned(),
            KeyForm::Word(words) => match words.split_last() {
                Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
                None => String::new(),
            },
            KeyForm::Text(what) | KeyForm::Texts(what) => (*what).to_owned(),
            KeyForm::Ids => "\"uid:gid\", quoted".to_owned(),
            KeyForm::Tmpfs => {
                "a list of absolute paths, each with options or without: /run/app:exec,size=10m".to_owned()
            }
            KeyForm::Reasons => "a mapping of controls to reasons".to_owned(),
            KeyForm::Owned => "a mapping of volumes and host directories to `own`".to_owned(),
            KeyForm::Probe => "a command, or a mapping with `in` and `run`".to_owned(),
            KeyForm::Services => "a mapping of services".to_owned(),
        }
    }
}
