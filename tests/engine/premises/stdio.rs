//! Images log through links to /dev/stdout. The engine gives that to `user:`, but not to whoever root becomes.

use super::STRANGER;
use crate::container::once;

#[test]
fn stdio_can_be_reopened_under_user() {
    let script = ["sh", "-c", "echo out >> /dev/stdout && echo err >> /dev/stderr"];
    let out = once(STRANGER, "base", &script);
    assert!(out.all.contains("out") && out.all.contains("err"), "{out:?}");
    out.ok();
}

#[test]
fn stdio_cannot_be_reopened_after_a_step_down() {
    let script = ["--entrypoint", "gosu"];
    let out = once(
        &script,
        "redis",
        &["redis", "sh", "-c", "echo out >> /dev/stdout"],
    );
    assert!(out.failed().contains("Permission denied"));
}
