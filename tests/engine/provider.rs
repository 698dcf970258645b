//! A service that a provider runs: a program of somebody else's, which Compose starts whenever it makes containers.

use crate::stack::{Stack, Tool};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// It is asked once, as by plain Compose, and the volumes beside it belong to their users all the same.
#[test]
fn a_provider_is_asked_once_and_volumes_beside_it_are_given() {
    let compose = "services:\n  base: {provider: {type: nrcprov, options: {a: b}}}\n  app:\n    image: nrcompose-test/redis:7\n    \
                   x-nrcompose: {profile: redis, user: \"4242:4242\"}\n    volumes: [\"data:/data\"]\n    depends_on: [base]\nvolumes: {data: }\n";
    let stack = Stack::of("provider", compose);
    let folder = stack.path("bin");
    fs::create_dir(&folder).unwrap();
    let program = folder.join("nrcprov");
    let script = "#!/bin/sh\ncase $* in *' up '*) echo up >> \"${0%/*}/calls\" ;; esac\necho '{\"type\":\"info\",\"message\":\"done\"}'\n";
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let run = |tool, words: &[&str]| {
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        let _ = fs::remove_file(folder.join("calls"));
        let out = crate::run::output(stack.command(tool, words).env("PATH", path));
        let calls = fs::read_to_string(folder.join("calls")).unwrap_or_default();
        (out, calls.lines().count())
    };
    let (up, calls) = run(Tool::Nrcompose, &["up", "-d"]);
    assert_eq!((up.code, calls), (0, 1), "{}", up.all);
    assert!(
        up.all.contains("a provider runs base") && up.all.contains("help:"),
        "{}",
        up.all
    );
    let (owner, _) = run(
        Tool::Plain,
        &["exec", "-T", "app", "stat", "-c", "%u:%g", "/data"],
    );
    assert_eq!(owner.ok(), "4242:4242");
    run(Tool::Nrcompose, &["down", "-v", "-t", "1"]).0.ok();
    let (up, calls) = run(Tool::Plain, &["up", "-d"]);
    assert_eq!((up.code, calls), (0, 1), "plain Compose: {}", up.all);
    run(Tool::Plain, &["down", "-v", "-t", "1"]).0.ok();
}
