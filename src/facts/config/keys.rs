//! The keys of the configuration: what each takes, what it is for, and where its value goes. Reader, error messages and
//! JSON Schema are all made from these two tables; a key without a reader does not compile.

use super::key::{Form, Key};
use super::read::{flag, ids, put, reason, services, set, suppressions, text, tmpfs, word};
use super::{Config, ServiceConfig};

const PORTS: Form = Form::Word(&["auto", "keep", "sysctl", "remap"]);

/// What may stand at the top, sorted.
pub const TOP: &[Key<Config>] = &[
    Key {
        name: "policy",
        form: Form::Word(&["strict", "standard", "cautious"]),
        about: "how far to go: strict starts nothing unless everything can be hardened, cautious makes only changes \
                that cannot alter behaviour",
        read: |c, n, f| set(&mut c.policy, word(n, f)),
    },
    Key {
        name: "ports",
        form: PORTS,
        about: "what to do with container ports below 1024",
        read: |c, n, f| set(&mut c.ports, word(n, f)),
    },
    Key {
        name: "services",
        form: Form::Services,
        about: "what holds for single services",
        read: |c, n, f| put(&mut c.services, services(n, f)),
    },
    Key {
        name: "socket_proxy",
        form: Form::Text("an image"),
        about: "the image of the proxy for services with `socket: proxy`; it is called as wollomatic/socket-proxy is",
        read: |c, n, f| set(&mut c.socket_proxy, text(n, f)),
    },
    Key {
        name: "user",
        form: Form::Ids,
        about: "the user for images that take any",
        read: |c, n, f| set(&mut c.user, ids(n, f)),
    },
];

/// What may stand in a service, sorted.
pub const SERVICE: &[Key<ServiceConfig>] = &[
    Key {
        name: "as_root",
        form: Form::Flag,
        about: "root on purpose, for debugging; reported on every run",
        read: |c, n, f| set(&mut c.as_root, flag(n, f)),
    },
    Key {
        name: "override_root",
        form: Form::Flag,
        about: "an author's `user: root` does not count",
        read: |c, n, f| set(&mut c.override_root, flag(n, f)),
    },
    Key {
        name: "passwd",
        form: Form::Flag,
        about: "whether its user gets an entry in the image's /etc/passwd",
        read: |c, n, f| set(&mut c.passwd, flag(n, f)),
    },
    Key {
        name: "ports",
        form: PORTS,
        about: "what to do with its container ports below 1024",
        read: |c, n, f| set(&mut c.ports, word(n, f)),
    },
    Key {
        name: "probe",
        form: Form::Probe,
        about: "a command that succeeds when the service works",
        read: |c, n, _| set(&mut c.probe, Ok(n.clone())),
    },
    Key {
        name: "profile",
        form: Form::Text("the name of a profile"),
        about: "what its image is, for one that is built or renamed",
        read: |c, n, f| set(&mut c.profile, text(n, f).map(|name| (name, n.origin))),
    },
    Key {
        name: "read_only",
        form: Form::Flag,
        about: "a read-only root filesystem",
        read: |c, n, f| set(&mut c.read_only, flag(n, f)),
    },
    Key {
        name: "skip",
        form: Form::Text("the reason"),
        about: "leave the service as its author wrote it, for this reason",
        read: |c, n, f| set(&mut c.skip, reason(n, f)),
    },
    Key {
        name: "socket",
        form: Form::Word(&["direct", "proxy"]),
        about: "how it reaches the engine: through the socket it mounts, or a proxy that lets only what it needs pass",
        read: |c, n, f| set(&mut c.socket, word(n, f)),
    },
    Key {
        name: "suppress",
        form: Form::Reasons,
        about: "controls that are not carried out, each with its reason",
        read: |c, n, f| put(&mut c.suppress, suppressions(n, f)),
    },
    Key {
        name: "tmpfs",
        form: Form::Tmpfs,
        about: "more directories that it writes, each a tmpfs of its user, with mount options behind a colon",
        read: |c, n, f| put(&mut c.tmpfs, tmpfs(n, f)),
    },
    Key {
        name: "user",
        form: Form::Ids,
        about: "who it runs as",
        read: |c, n, f| set(&mut c.user, ids(n, f).map(|ids| (ids, n.origin))),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::tree::{Map, Node, Value};
    use std::collections::BTreeSet;
    use std::fmt::Debug;

    fn names<C>(keys: &[Key<C>]) -> Vec<&'static str> {
        keys.iter().map(|key| key.name).collect()
    }

    #[test]
    fn keys_are_sorted_and_stand_once() {
        for table in [names(TOP), names(SERVICE)] {
            assert!(table.is_sorted_by(|a, b| a < b), "{table:?}");
        }
    }

    fn of(key: &str, value: Node) -> Node {
        let mut map = Map::new();
        map.insert(key.to_owned(), value);
        Node::synthetic(map)
    }

    /// What may be written, each of another meaning.
    fn samples(form: Form) -> Vec<Node> {
        let text = |text: &str| Node::synthetic(text);
        match form {
            Form::Flag => vec![Node::synthetic(true), Node::synthetic(false)],
            Form::Word(words) => words.iter().map(|word| text(word)).collect(),
            Form::Text(_) => vec![text("one"), text("other")],
            Form::Ids => vec![text("7:8"), text("7:9")],
            Form::Tmpfs => vec![Node::synthetic(Value::Seq(vec![text("/run/app")]))],
            Form::Reasons => vec![of("user", text("it is ours"))],
            Form::Probe => vec![text("true")],
            Form::Services => vec![of("web", of("as_root", Node::synthetic(true)))],
        }
    }

    /// A reader that reads nothing, or into the place of another key, would be accepted and ignored.
    fn each_is_read_into_a_place_of_its_own<C: Debug + Default>(
        keys: &[Key<C>],
        read: fn(&Node) -> Result<C, Diagnostic>,
        over: fn(C, C) -> C,
    ) {
        let mut all = BTreeSet::from([format!("{:?}", C::default())]);
        for key in keys {
            for sample in samples(key.form) {
                let node = of(key.name, sample);
                let seen = |config: C| format!("{config:?}");
                let config = read(&node).unwrap();
                assert!(
                    all.insert(seen(config)),
                    "{}: {node:?} says nothing of its own",
                    key.name
                );
                // Nor is it lost where several files speak.
                let alone = seen(read(&node).unwrap());
                assert_eq!(
                    seen(over(read(&node).unwrap(), C::default())),
                    alone,
                    "{}",
                    key.name
                );
                assert_eq!(
                    seen(over(C::default(), read(&node).unwrap())),
                    alone,
                    "{}",
                    key.name
                );
            }
        }
    }

    #[test]
    fn every_key_is_read() {
        each_is_read_into_a_place_of_its_own(TOP, Config::read, Config::over);
        each_is_read_into_a_place_of_its_own(SERVICE, ServiceConfig::read, ServiceConfig::over);
    }
}
