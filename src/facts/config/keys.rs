//! The keys of the configuration: what each takes and what it is for. Reader, error messages and JSON Schema are all
//! made from these two tables.

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub form: Form,
    /// What it is for, in one line.
    pub about: &'static str,
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

const PORTS: Form = Form::Word(&["auto", "keep", "sysctl", "remap"]);

/// What may stand at the top, sorted.
pub const TOP: &[Key] = &[
    Key {
        name: "policy",
        form: Form::Word(&["strict", "standard", "cautious"]),
        about: "how far to go: strict starts nothing unless everything can be hardened, cautious makes only changes \
                that cannot alter behaviour",
    },
    Key {
        name: "ports",
        form: PORTS,
        about: "what to do with container ports below 1024",
    },
    Key {
        name: "services",
        form: Form::Services,
        about: "what holds for single services",
    },
    Key {
        name: "socket_proxy",
        form: Form::Text("an image"),
        about: "the image of the proxy for services with `socket: proxy`; it is called as wollomatic/socket-proxy is",
    },
    Key {
        name: "user",
        form: Form::Ids,
        about: "the user for images that take any",
    },
];

/// What may stand in a service, sorted.
pub const SERVICE: &[Key] = &[
    Key {
        name: "as_root",
        form: Form::Flag,
        about: "root on purpose, for debugging; reported on every run",
    },
    Key {
        name: "override_root",
        form: Form::Flag,
        about: "an author's `user: root` does not count",
    },
    Key {
        name: "passwd",
        form: Form::Flag,
        about: "whether its user gets an entry in the image's /etc/passwd",
    },
    Key {
        name: "ports",
        form: PORTS,
        about: "what to do with its container ports below 1024",
    },
    Key {
        name: "probe",
        form: Form::Probe,
        about: "a command that succeeds when the service works",
    },
    Key {
        name: "profile",
        form: Form::Text("the name of a profile"),
        about: "what its image is, for one that is built or renamed",
    },
    Key {
        name: "read_only",
        form: Form::Flag,
        about: "a read-only root filesystem",
    },
    Key {
        name: "skip",
        form: Form::Text("the reason"),
        about: "leave the service as its author wrote it, for this reason",
    },
    Key {
        name: "socket",
        form: Form::Word(&["direct", "proxy"]),
        about: "how it reaches the engine: through the socket it mounts, or a proxy that lets only what it needs pass",
    },
    Key {
        name: "suppress",
        form: Form::Reasons,
        about: "controls that are not carried out, each with its reason",
    },
    Key {
        name: "tmpfs",
        form: Form::Tmpfs,
        about: "more directories that it writes, each a tmpfs of its user, with mount options behind a colon",
    },
    Key {
        name: "user",
        form: Form::Ids,
        about: "who it runs as",
    },
];

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_stand_once() {
        for table in [TOP, SERVICE] {
            assert!(table.windows(2).all(|w| w[0].name < w[1].name));
        }
    }
}
