//! Where the programs of an image come from: what is mounted there would be run by whatever gives volumes away.

use crate::model::is_within;
use crate::plan::context::Context;

/// Directories that programs come from, or what decides on them.
const PROGRAMS: &[&str] = &[
    "/bin",
    "/busybox",
    "/etc",
    "/etc/alternatives",
    "/sbin",
    "/usr/bin",
    "/usr/games",
    "/usr/local/bin",
    "/usr/local/games",
    "/usr/local/sbin",
    "/usr/sbin",
    "/usr/share",
];

/// Directories that libraries come from, at any depth.
const LIBRARIES: &[&str] = &[
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/libx32",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/local/libexec",
];

/// Whether a mount covers a directory of programs or libraries, or is part of one.
pub(super) fn are_at(cx: &Context, target: &str) -> bool {
    let local = cx.facts.local();
    let resolve = |path: &str| local.map_or_else(|| path.to_owned(), |l| l.resolve(path));
    [target.to_owned(), resolve(target)].iter().any(|target| {
        let covers = |system: &&str| is_within(system, target) || is_within(&resolve(system), target);
        let is_of = |libraries: &&str| is_within(target, libraries) || is_within(target, &resolve(libraries));
        let mut system = PROGRAMS.iter().chain(LIBRARIES);
        system.any(covers) || LIBRARIES.iter().any(is_of)
    })
}
