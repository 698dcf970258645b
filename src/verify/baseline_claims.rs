//! The claims that are made of any service, whatever its plan says.

use super::answer::front;
use crate::engine::Container;
use crate::plan::claim::Claim;

/// What shows that a service works.
pub fn works() -> Vec<Claim> {
    vec![Claim::Running, Claim::Healthy, Claim::Steady, Claim::NoDenials]
}

/// What shows that others reach it: what is published is listened on and answers, also what its healthcheck asks is there.
/// An image that exposes a port says no more than that it may listen there: if it does, it is to answer.
pub(super) fn of_network(container: &Container) -> Vec<Claim> {
    let mut claims = vec![Claim::Connected];
    for port in front::published(container) {
        let (port, protocol) = (port.port, port.protocol);
        claims.push(Claim::Listens {
            port,
            protocol: protocol.clone(),
        });
    }
    for (port, protocol) in front::claimed(container) {
        claims.push(Claim::Responds { port, protocol });
    }
    let healthcheck = container.config.healthcheck.as_ref().map(|h| h.test.join(" "));
    for port in front::of_healthcheck(&healthcheck.unwrap_or_default()) {
        claims.push(Claim::ListensInside {
            port,
            protocol: "tcp".to_owned(),
        });
    }
    claims
}

/// What must hold of any service that was hardened, beside what its plan claims: a plan speaks of what it
/// changes, and the author's file may hand in more than that.
pub fn beside_plan() -> Vec<Claim> {
    vec![
        Claim::NotPrivileged,
        Claim::NoSetuidFiles,
        Claim::Seccomp,
        Claim::OwnNamespaces,
        Claim::NoDevices,
        Claim::NoEngineAccess,
        Claim::NoHostPaths,
    ]
}

/// What must hold of a service of which no plan is known: that it runs without root.
pub fn without_plan() -> Vec<Claim> {
    let mut claims = vec![
        Claim::NoRootProcess,
        Claim::NoRootGroup,
        Claim::BoundingSet {
            capabilities: Vec::new(),
        },
        Claim::NoEffectiveCapabilities,
        Claim::NoNewPrivileges,
    ];
    claims.extend(beside_plan());
    claims
}
