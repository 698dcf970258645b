//! `up` creates every container before it starts the first one: so an init service, waited for, changes owners
//! after the engine gave the empty volume to the image's user.

use std::fs;

use crate::run::{bounded, docker, output, unique};

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
