//! What each control is for: a service that works because of it, and that fails without it.

mod copied_secret;
mod environment;
mod file_capability;
mod files;
mod group_0;
mod init;
mod passwd;
mod published;
mod random_uid;
mod read_only;
mod registry;
mod socket;
mod socket_proxy;
mod tls_key;
mod tmpfs;

use crate::procs;
use crate::run::docker;
use crate::stack::{Stack, Tool};

/// Configuration of a service that takes one control away.
fn without(control: &str) -> String {
    format!("suppress: {{{control}: to see what it is for}}")
}

/// `services: app` with these lines.
fn app(lines: &[&str]) -> String {
    let mut text = "services:\n  app:\n".to_owned();
    for line in lines {
        text.push_str("    ");
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// The service ended by itself, and not well: what it said.
#[track_caller]
pub(crate) fn failure(stack: &Stack, service: &str) -> String {
    let container = stack.ok(Tool::Plain, &["ps", "--all", "--quiet", service]);
    let code = docker(&["wait", &container]).ok();
    let logs = docker(&["logs", &container]).all;
    assert_ne!(code, "0", "{logs}");
    logs
}

/// All processes of the service are this user's, and can get these capabilities and no other.
#[track_caller]
fn runs_as(stack: &Stack, service: &str, uid: u32, gid: u32, capabilities: &[&str]) {
    let found = procs::of(&stack.container(service));
    let bounding = procs::mask(capabilities);
    assert!(
        found.iter().all(|p| {
            p.uids.iter().all(|u| *u == uid) && p.gids[..4] == [gid; 4] && p.bounding == bounding
        }),
        "wanted {uid}:{gid} and {bounding:#x}: {found:#?}"
    );
}
