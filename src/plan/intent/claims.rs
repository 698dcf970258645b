//! What must hold in the running container for each intent: the one place where an intent becomes claims.

use super::{Intent, Listen};
use crate::facts::settings::Ids;
use crate::plan::claim::Claim;

impl Intent {
    /// What `verify` judges. An intent for which nothing can be seen in the container gives none; which those are, a
    /// test names.
    pub fn claims(&self) -> Vec<Claim> {
        match self {
            Intent::RunAs { ids, has_group } => {
                let mut claims = vec![Claim::Uid { uid: ids.uid }, Claim::NoRootProcess];
                if *has_group {
                    claims.push(Claim::Gid { gid: ids.gid });
                }
                if *has_group && ids.gid != 0 {
                    claims.push(Claim::NoRootGroup);
                }
                claims
            }
            Intent::Group { gid } => vec![Claim::InGroup { gid: *gid }],
            Intent::NoNewPrivileges => vec![Claim::NoNewPrivileges, Claim::NotPrivileged],
            Intent::Capabilities { keep, none_held } => {
                let capabilities = keep.clone();
                let mut claims = vec![Claim::BoundingSet { capabilities }];
                claims.extend(none_held.then_some(Claim::NoEffectiveCapabilities));
                claims
            }
            Intent::Scratch(scratch) => {
                let path = scratch.path.clone();
                let exec = scratch.exec;
                let mut claims = vec![Claim::Tmpfs { path, exec }];
                let path = scratch.path.clone();
                claims.extend(scratch.is_writable.then_some(Claim::Writable { path }));
                claims
            }
            Intent::Own(owner) => owned(&owner.target, owner.ids),
            Intent::OwnDirectory(owner) => owned(&owner.target, owner.ids),
            Intent::Volume { path, .. } | Intent::Writable { path } => {
                vec![Claim::Writable { path: path.clone() }]
            }
            Intent::Readable { path, .. } => vec![Claim::Readable { path: path.clone() }],
            Intent::Listen(listen) => listens(listen).into_iter().collect(),
            Intent::Account { uid, .. } => vec![Claim::PasswdEntry { uid: *uid }],
            Intent::Env { is_needed: true, .. } => vec![Claim::Running],
            Intent::ReadOnlyRoot => vec![Claim::ReadOnlyRoot],
            Intent::SocketProxy(_) => vec![Claim::NoEngineAccess],
            Intent::RunAsRoot
            | Intent::Publish { .. }
            | Intent::File { .. }
            | Intent::Env { .. }
            | Intent::Mention { .. }
            | Intent::OwnInit => Vec::new(),
        }
    }
}

/// A directory belongs to the service, which may write it.
fn owned(path: &str, ids: Ids) -> Vec<Claim> {
    let path = path.to_owned();
    let Ids { uid, gid } = ids;
    let of = Claim::OwnedBy {
        path: path.clone(),
        uid,
        gid,
    };
    vec![of, Claim::Writable { path }]
}

fn listens(listen: &Listen) -> Option<Claim> {
    let must_listen = listen.to.is_some() || listen.is_published && listen.protocol == "tcp";
    must_listen.then(|| Claim::Listens {
        port: listen.to.unwrap_or(listen.port),
        protocol: listen.protocol.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples::samples;
    use super::*;

    /// The kinds that give no claim, and why: whoever adds an intent without one has to add it here.
    const CLAIMLESS: &[(&str, &str)] = &[
        ("run_as_root", "what a person asks for is nothing to prove"),
        (
            "publish",
            "the machine's port is no container's; a probe comes through it",
        ),
        (
            "file",
            "whether the application reads it shows in the port that it then listens on",
        ),
        ("mention", "it is about another service, which a probe asks"),
        (
            "own_init",
            "an image whose init is not process 1 does not run, which is judged of every service",
        ),
    ];

    #[test]
    fn every_intent_is_proved_or_named() {
        let without = samples().into_iter().filter(|intent| intent.claims().is_empty());
        let without: Vec<&str> = without.map(|intent| intent.kind()).collect();
        let named: Vec<&str> = CLAIMLESS.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(without, named);
    }

    #[test]
    fn uid_and_gid_are_proved_apart() {
        let claims: Vec<Claim> = samples().iter().flat_map(Intent::claims).collect();
        for claim in [
            Claim::Uid { uid: 1000 },
            Claim::Gid { gid: 2000 },
            Claim::NoRootGroup,
            Claim::OwnedBy {
                path: "/data".into(),
                uid: 1000,
                gid: 2000,
            },
            Claim::PasswdEntry { uid: 1000 },
            Claim::InGroup { gid: 3000 },
        ] {
            assert!(claims.contains(&claim), "{claim}");
        }
    }

    #[test]
    fn a_port_is_proved_where_it_moves_or_is_published() {
        let listen = |to, is_published, protocol| {
            let listen = Listen {
                port: 53,
                protocol,
                to,
                is_said: false,
                is_published,
            };
            listens(&listen).map(|claim| claim.to_string())
        };
        assert_eq!(listen(None, false, "tcp"), None);
        assert_eq!(listen(None, true, "udp"), None);
        assert_eq!(listen(None, true, "tcp").as_deref(), Some("it listens on 53/tcp"));
        assert_eq!(
            listen(Some(5353), false, "udp").as_deref(),
            Some("it listens on 5353/udp")
        );
    }
}
