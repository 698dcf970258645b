//! One intent of each kind, for tests that must see them all.

use super::{Copied, DirectoryOwner, Intent, Listen, Scratch, SocketProxy, VolumeOwner};
use crate::facts::settings::Ids;
use crate::tree::Path;

const IDS: Ids = Ids { uid: 1000, gid: 2000 };

/// In the order of [`Intent::KINDS`].
pub(crate) fn samples() -> Vec<Intent> {
    let text = str::to_owned;
    vec![
        Intent::RunAs {
            ids: IDS,
            has_group: true,
        },
        Intent::RunAsRoot,
        Intent::Group { gid: 3000 },
        Intent::NoNewPrivileges,
        Intent::Capabilities {
            keep: vec![text("CHOWN")],
            none_held: true,
        },
        Intent::Scratch(Scratch {
            path: text("/run"),
            uid: Some(IDS.uid),
            gid: Some(IDS.gid),
            mode: Some(text("0700")),
            exec: true,
            is_writable: true,
            ..Scratch::default()
        }),
        Intent::Own(VolumeOwner {
            volume: Some(text("data")),
            subpath: None,
            nocopy: false,
            target: text("/data"),
            ids: IDS,
        }),
        Intent::OwnDirectory(DirectoryOwner {
            path: "/srv/app/files".into(),
            target: text("/files"),
            ids: IDS,
            recursive: true,
        }),
        Intent::Volume {
            name: text("new"),
            path: text("/new"),
        },
        Intent::Writable { path: text("/bind") },
        Intent::Readable {
            path: text("/run/secrets/key"),
            copied: Some(Copied {
                entry: Path::of(["services", "web", "secrets", "0"]),
                is_opened: true,
            }),
        },
        Intent::Listen(Listen {
            port: 80,
            protocol: "tcp",
            to: None,
            is_said: false,
            is_published: true,
        }),
        Intent::Publish {
            entry: Path::of(["services", "web", "ports", "0"]),
            to: (8080, 8081),
        },
        Intent::File {
            path: text("/etc/web.conf"),
            content: text("listen 8080"),
            is_written: false,
        },
        Intent::Account {
            uid: IDS.uid,
            passwd: Some(text("app:x:1000:2000::/tmp:/sbin/nologin\n")),
            group: None,
        },
        Intent::Env {
            name: text("HOME"),
            value: Some(text("/tmp")),
            is_needed: true,
        },
        Intent::Mention {
            place: Path::of(["services", "web", "labels", "port"]),
            says: text("8080"),
        },
        Intent::ReadOnlyRoot,
        Intent::OwnInit,
        Intent::SocketProxy(SocketProxy {
            source: text("/var/run/docker.sock"),
            mount: Path::of(["services", "web", "volumes", "0"]),
            gid: 998,
            image: text("proxy:1"),
            sections: vec![text("CONTAINERS")],
            endpoint: text("tcp://proxy:2375"),
            environment: vec![(text("DOCKER_HOST"), text("tcp://proxy:2375"))],
            arguments: Vec::new(),
        }),
    ]
}

#[test]
fn every_kind_has_a_sample() {
    let kinds: Vec<&str> = samples().iter().map(Intent::kind).collect();
    assert_eq!(kinds, Intent::KINDS);
}
