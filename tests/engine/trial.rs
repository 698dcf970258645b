//! A trial: a command as written and hardened, on copies of the data; the live data stays as it was.

use crate::container::{Volume, once};
use crate::run::{docker, unique};
use crate::stack::{Stack, Tool};
use nrcompose::engine::docker::Docker;
use nrcompose::verify::trial::Copies;

#[test]
fn a_copy_has_the_same_owners_and_is_gone_afterwards() {
    let live = Volume::new();
    live.with("mkdir /v/d && echo x > /v/d/f && chown 999:998 /v/d/f && chmod 640 /v/d/f && chown 1000:1000 /v && chmod 2750 /v");
    let engine = Docker::find().unwrap();
    let (to, missing) = (unique("copy"), unique("missing"));
    let wanted = [(live.0.clone(), to.clone()), (missing.clone(), unique("empty"))];
    let copies = Copies::make(&engine, "nrcompose-test/base", &wanted).unwrap();
    let mount = format!("{to}:/v");
    let seen = once(
        &["-v", &mount],
        "base",
        &[
            "sh",
            "-c",
            "stat -c '%u:%g %a' /v /v/d/f; cat /v/d/f; echo y > /v/d/f",
        ],
    )
    .ok();
    assert_eq!(seen, "1000:1000 2750\n999:998 640\nx");
    assert_eq!(live.with("cat /v/d/f"), "x");
    drop(copies);
    for gone in [&to, &missing] {
        assert!(docker(&["volume", "inspect", gone]).code != 0, "{gone} is left");
    }
}

/// What works both ways is no finding, what only root can do is one, and neither touches the live volume.
#[test]
fn a_command_is_compared_as_written_and_hardened() {
    let stack = Stack::example("six-services").stand_ins("six-services");
    let live = stack.volume("cache");
    let mount = format!("{live}:/v");
    once(
        &["-v", &mount],
        "base",
        &["sh", "-c", "echo x > /v/kept; chown -R 999:999 /v"],
    )
    .ok();
    let spoil = "id -u; rm /data/kept && touch /data/new";
    let same = stack.run(Tool::Nrcompose, &["test", "cache", "--", "sh", "-c", spoil]);
    assert_eq!(same.code, 0, "{}", same.all);
    let differs = stack.run(Tool::Nrcompose, &["test", "cache", "--", "touch", "/etc/new"]);
    assert_eq!(differs.code, 1, "{}", differs.all);
    assert!(differs.all.contains("/etc/new"), "{}", differs.all);
    assert_eq!(once(&["-v", &mount], "base", &["ls", "/v"]).ok(), "kept");
    docker(&["volume", "rm", &live]).ok();
}
