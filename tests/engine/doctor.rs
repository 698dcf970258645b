//! `doctor` on the engine that the tests run on, against what its own command line says.

use crate::run::docker;
use crate::stack::{Stack, Tool};
use serde_json::Value;

const WEB: &str = "services:\n  web: {image: nrcompose-test/nginx, x-nrcompose: {profile: nginx}}\n";

fn said(args: &[&str]) -> String {
    docker(args).ok().trim().to_owned()
}

#[test]
fn it_names_the_engine_and_the_versions() {
    let stack = Stack::of("doctor", WEB);
    let out = stack.run(Tool::Nrcompose, &["doctor", "--format", "json"]);
    assert_eq!(out.code, 0, "{}", out.all);
    let report: Value = serde_json::from_str(&out.stdout).unwrap();
    let engine = &report["engine"];
    let options = said(&["info", "--format", "{{json .SecurityOptions}}"]);
    let kind = match options.as_str() {
        o if o.contains("name=rootless") => "rootless",
        o if o.contains("name=userns") => "userns-remap",
        _ => "rootful",
    };
    assert_eq!(engine["kind"], kind, "{report:#}");
    assert_eq!(
        (&report["well"], &engine["remote"]),
        (&true.into(), &false.into()),
        "{report:#}"
    );
    assert_eq!(
        engine["version"],
        said(&["version", "--format", "{{.Server.Version}}"])
    );
    assert_eq!(
        engine["client"],
        said(&["version", "--format", "{{.Client.Version}}"])
    );
    assert_eq!(engine["compose"], said(&["compose", "version", "--short"]));
    assert_eq!(
        engine["cgroup_version"],
        said(&["info", "--format", "{{.CgroupVersion}}"])
    );
    let text = stack.ok(Tool::Nrcompose, &["doctor"]);
    assert!(
        text.contains("nothing stands in the way of `nrcompose up`"),
        "{text}"
    );
}

/// What doctor says of low ports, shown by a container: whoever may bind 80 needs nothing from us.
#[test]
fn low_ports_are_as_it_says() {
    let stack = Stack::of("doctor", WEB);
    let out = stack.ok(Tool::Nrcompose, &["doctor", "--format", "json"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    let set = docker(&[
        "run",
        "--rm",
        "--label",
        "nrcompose-test=1",
        "--entrypoint",
        "cat",
        "nrcompose-test/nginx",
        "/proc/sys/net/ipv4/ip_unprivileged_port_start",
    ])
    .ok();
    assert_eq!(report["engine"]["binds_low_ports"], set.trim() == "0", "{set}");
}
