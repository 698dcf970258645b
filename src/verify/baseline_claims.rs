//! The claims that are made of any service, whatever its plan says.

use crate::plan::claim::Claim;

/// What shows that a service works.
pub fn works() -> Vec<Claim> {
    vec![Claim::Running, Claim::Healthy, Claim::Steady, Claim::NoDenials]
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
