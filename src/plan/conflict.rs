//! Two controls that want different things of one subject: nobody can know which is right.

use super::context::Context;
use super::decision::{Decision, Outcome};
use super::intent::Intent;
use crate::tree::Path;
use std::collections::HashMap;
use std::fmt;

/// What an intent is about. Of one subject only one thing can be true.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Subject<'a> {
    User,
    NoNewPrivileges,
    Capabilities,
    Init,
    RootFilesystem,
    /// What stands or is mounted at a path of the container.
    At(&'a str),
    Variable(&'a str),
    Port(u16, &'a str),
    /// A text or an entry of the project.
    Project(&'a Path),
}

/// What these intents are about; those that any number of others leave room for are about nothing.
fn subjects(intent: &Intent) -> Vec<Subject<'_>> {
    match intent {
        Intent::RunAs { .. } | Intent::RunAsRoot => vec![Subject::User],
        Intent::NoNewPrivileges => vec![Subject::NoNewPrivileges],
        Intent::Capabilities { .. } => vec![Subject::Capabilities],
        Intent::OwnInit => vec![Subject::Init],
        Intent::ReadOnlyRoot => vec![Subject::RootFilesystem],
        Intent::Scratch(scratch) => {
            let place = scratch.instead_of.iter().map(Subject::Project);
            [Subject::At(&scratch.path)].into_iter().chain(place).collect()
        }
        Intent::Volume { path, .. } | Intent::File { path, .. } => vec![Subject::At(path)],
        Intent::Own(owner) => vec![Subject::At(&owner.target)],
        Intent::OwnDirectory(owner) => vec![Subject::At(&owner.target)],
        Intent::Account { passwd, group, .. } => {
            let files = [("/etc/passwd", passwd), ("/etc/group", group)];
            let written = files.into_iter().filter(|(_, content)| content.is_some());
            written.map(|(path, _)| Subject::At(path)).collect()
        }
        Intent::Env { name, .. } => vec![Subject::Variable(name)],
        Intent::Listen(listen) => vec![Subject::Port(listen.port, listen.protocol)],
        Intent::Publish { entry, .. } => vec![Subject::Project(entry)],
        Intent::Mention { place, .. } => vec![Subject::Project(place)],
        Intent::Readable { copied, .. } => copied.iter().map(|c| Subject::Project(&c.entry)).collect(),
        Intent::SocketProxy(proxy) => {
            let variables = proxy.environment.iter().map(|(name, _)| Subject::Variable(name));
            variables.chain([Subject::Project(&proxy.mount)]).collect()
        }
        Intent::Group { .. } | Intent::Writable { .. } => Vec::new(),
    }
}

/// Whether both can be true.
fn agree(a: &Intent, b: &Intent) -> bool {
    match (a, b) {
        (Intent::Env { name, value, .. }, Intent::SocketProxy(proxy))
        | (Intent::SocketProxy(proxy), Intent::Env { name, value, .. }) => {
            let mut told = proxy.environment.iter();
            told.any(|(key, said)| key == name && value.as_ref() == Some(said))
        }
        (Intent::Env { value: a, .. }, Intent::Env { value: b, .. }) => a == b,
        _ => a == b,
    }
}

/// The first two that clash: a refusal of the service.
pub(super) fn conflict(cx: &Context, decisions: &[Decision]) -> Option<Decision> {
    let mut wanted: HashMap<Subject, (&'static str, &Intent)> = HashMap::new();
    for decision in decisions {
        let Outcome::Change(intents) = &decision.outcome else {
            continue;
        };
        for intent in intents {
            for subject in subjects(intent) {
                match wanted.get(&subject) {
                    // A control does not contradict itself: it gives a volume and its owner.
                    Some((control, other)) if *control != decision.control && !agree(other, intent) => {
                        let blocker = format!(
                            "the controls {control} and {} want different things of {subject}",
                            decision.control
                        );
                        let help = "set the attribute yourself, or skip one of them";
                        return Some(cx.refusal(decision.control, blocker, Vec::new(), help));
                    }
                    Some(_) => {}
                    None => _ = wanted.insert(subject, (decision.control, intent)),
                }
            }
        }
    }
    None
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::User => write!(f, "its user"),
            Subject::NoNewPrivileges => write!(f, "no-new-privileges"),
            Subject::Capabilities => write!(f, "its capabilities"),
            Subject::Init => write!(f, "its init"),
            Subject::RootFilesystem => write!(f, "its root filesystem"),
            Subject::At(path) => write!(f, "{path}"),
            Subject::Variable(name) => write!(f, "the variable {name}"),
            Subject::Port(port, protocol) => write!(f, "port {port}/{protocol}"),
            Subject::Project(path) => write!(f, "{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::intent::samples::samples;
    use super::*;

    /// What each kind of intent is about.
    const SUBJECTS: &[(&str, &[&str])] = &[
        ("run_as", &["its user"]),
        ("run_as_root", &["its user"]),
        ("group", &[]),
        ("no_new_privileges", &["no-new-privileges"]),
        ("capabilities", &["its capabilities"]),
        ("scratch", &["/run", "services.web.volumes.1"]),
        ("own", &["/data"]),
        ("own_directory", &["/files"]),
        ("volume", &["/new"]),
        ("writable", &[]),
        ("readable", &["services.web.secrets.0"]),
        ("listen", &["port 80/tcp"]),
        ("publish", &["services.web.ports.0"]),
        ("file", &["/etc/web.conf"]),
        ("account", &["/etc/passwd", "/etc/group"]),
        ("env", &["the variable HOME"]),
        ("mention", &["services.web.labels.port"]),
        ("read_only_root", &["its root filesystem"]),
        ("own_init", &["its init"]),
        (
            "socket_proxy",
            &["the variable DOCKER_HOST", "services.web.volumes.0"],
        ),
    ];

    #[test]
    fn every_intent_is_about_something_or_leaves_room_for_others() {
        let of = |mut intent: Intent| {
            match &mut intent {
                Intent::Scratch(s) => s.instead_of = Some(Path::of(["services", "web", "volumes", "1"])),
                Intent::Account { group, .. } => *group = Some("app:x:2000:\n".to_owned()),
                _ => {}
            }
            let subjects: Vec<String> = subjects(&intent).iter().map(ToString::to_string).collect();
            (intent.kind(), subjects)
        };
        let found: Vec<(&str, Vec<String>)> = samples().into_iter().map(of).collect();
        let wanted = SUBJECTS
            .iter()
            .map(|(kind, all)| (*kind, all.iter().map(|s| (*s).to_owned()).collect()));
        assert_eq!(found, wanted.collect::<Vec<_>>());
    }

    #[test]
    fn a_variable_may_have_the_same_value_twice() {
        let env = |value: &str, is_needed| Intent::Env {
            name: "DOCKER_HOST".to_owned(),
            value: Some(value.to_owned()),
            is_needed,
        };
        let proxy = samples().pop().unwrap();
        let right = "tcp://proxy:2375";
        assert!(agree(&env(right, true), &env(right, false)));
        assert!(!agree(&env(right, true), &env("tcp://other:1", true)));
        assert!(agree(&env(right, true), &proxy) && agree(&proxy, &env(right, false)));
        assert!(!agree(&env("tcp://other:1", true), &proxy) && !agree(&proxy, &env("tcp://other:1", true)));
        assert!(!agree(&Intent::RunAsRoot, &samples()[0]) && agree(&proxy, &proxy));
    }
}
