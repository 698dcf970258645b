//! `up` creates every container before it starts the first one: so an init service, waited for, changes owners
//! after the engine gave the empty volume to the image's user.

use std::fs;

use crate::container::Built;
use crate::run::{bounded, docker, output, unique};
use crate::stack::{Stack, Tool};

const MODEL: &str = r#"
services:
  app:
    image: nrcompose-test/redis
    user: "1000:1000"
    command: sh -c 'touch /data/x && stat -c %u:%g /data'
    volumes: ["data:/data"]
    depends_on: {own: {condition: service_completed_successfully}}
  own:
    image: nrcompose-test/redis
    user: "0:0"
    entrypoint: [chown, -hR, "1000:1000", /v/0]
    network_mode: none
    read_only: true
    cap_drop: [ALL]
    cap_add: [CHOWN, DAC_OVERRIDE]
    security_opt: ["no-new-privileges:true"]
    attach: false
    volumes: ["data:/v/0"]
volumes: {data: {}}
"#;

#[test]
fn init_service_owns_the_volume_in_time() {
    let project = unique("init");
    let file = std::env::temp_dir().join(format!("{project}.yaml"));
    fs::write(&file, MODEL).unwrap();
    let compose = |args: &[&str]| {
        let mut command = bounded(90, "docker");
        output(
            command
                .args(["compose", "-p", &project, "-f"])
                .arg(&file)
                .args(args),
        )
    };
    let up = compose(&["up", "-d"]);
    let code = docker(&["wait", &format!("{project}-app-1")]);
    let logs = compose(&["logs", "app"]);
    // The image's own VOLUME is not covered by a mount elsewhere: the engine adds an anonymous one.
    let mounts = docker(&[
        "inspect",
        "-f",
        "{{range .Mounts}}{{.Destination}} {{end}}",
        &format!("{project}-own-1"),
    ]);
    compose(&["down", "-v", "-t", "2"]);
    let _ = fs::remove_file(&file);
    up.ok();
    assert_eq!(code.ok(), "0", "{}", logs.all);
    assert!(logs.stdout.contains("1000:1000"), "{}", logs.stdout);
    let mounts = mounts.ok();
    assert!(mounts.contains("/v/0") && mounts.contains("/data"), "{mounts}");
}

/// A blank value is all that takes an image's own away for certain: without one, Compose hands on the caller's.
#[test]
fn a_blank_variable_hides_that_of_the_image() {
    let image = Built::of("FROM nrcompose-test/base\nENV PATH=/evil LD_PRELOAD=/evil.so KEPT=1");
    let stack = Stack::of(
        "blank",
        &format!(
            "services:\n  blank: {{image: {0}, entrypoint: [/usr/bin/env], environment: {{PATH: '', LD_PRELOAD: ''}}}}\n  \
             unset: {{image: {0}, entrypoint: [/usr/bin/env], environment: {{PATH: , LD_PRELOAD: }}}}\n",
            image.0
        ),
    );
    let up = output(stack.command(Tool::Plain, &["up"]).env("LD_PRELOAD", ""));
    assert_eq!(up.code, 0, "{}", up.all);
    let said = |service: &str, text: &str| {
        let mut lines = up.all.lines().filter(|l| l.starts_with(service));
        lines.any(|l| l.trim_end().ends_with(text))
    };
    assert!(
        said("blank-1", "| PATH=") && said("blank-1", "| LD_PRELOAD="),
        "{}",
        up.all
    );
    assert!(said("blank-1", "| KEPT=1"), "{}", up.all);
    let callers = format!("| PATH={}", std::env::var("PATH").unwrap());
    assert!(said("unset-1", &callers), "{}", up.all);
}
