//! Everything that nrcompose creates beside a person's services, as the engine is asked for it: no `DAC_READ_SEARCH`, no
//! `privileged`, and no path of the host but those of one list.

use crate::recorder::Recorder;
use crate::run::output;
use crate::stack::{Stack, Tool};
use serde_json::Value;
use std::path::Path;

/// Whatever is ours, and the path of the host that it may mount: who, the path, why.
const HOST_PATHS: [(&str, &str, &str); 3] = [
    (
        "nrcompose-socket-",
        "/var/run/docker.sock",
        "the proxy reaches the engine, so that its service does not have to",
    ),
    (
        "nrcompose.helper",
        "@PROJECT@/",
        "a trial reads what it copies in a container that is never started, read-only",
    ),
    (
        OWNERS,
        "@PROJECT@/",
        "a directory that the person gives to a service",
    ),
];

/// The helper that works on owners: it is of our own image, and but for the next it alone has capabilities.
const OWNERS: &str = "nrcompose.owners";
/// The helper that tells the files of an image: it is of that image, and only our own program runs in it.
const FILES: &str = "nrcompose.files";

/// What the container is: by the service that nrcompose added, or by the helpers' label. `None`: a person's own.
fn ours(definition: &Value) -> Option<String> {
    let label = |name: &str| definition["Labels"][name].as_str();
    let service = label("com.docker.compose.service").filter(|s| s.starts_with("nrcompose-"));
    let is_own = definition["Image"]
        .as_str()
        .is_some_and(|image| image.starts_with("nrcompose-helper:"));
    let verb = definition["Cmd"]
        .as_array()
        .and_then(|words| words.first()?.as_str());
    let helper = label("nrcompose.helper").map(|_| match verb {
        Some("__owners") if is_own => OWNERS,
        Some("__image-files") => FILES,
        _ => "nrcompose.helper",
    });
    service.or(helper).map(str::to_owned)
}

fn wrong(who: &str, definition: &Value, project: &Path) -> Vec<String> {
    let host = &definition["HostConfig"];
    let list = |key: &str| -> Vec<String> {
        let items = host[key].as_array();
        items
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let mut wrong = Vec::new();
    let added = list("CapAdd");
    let allowed = ["CHOWN", "DAC_OVERRIDE"];
    let for_bits = ["FOWNER", "FSETID"];
    let is_init = who.starts_with("nrcompose-init-");
    let is_owners = who == OWNERS;
    let mut mounts = host["Mounts"].as_array().into_iter().flatten();
    let is_written = mounts.any(|mount| mount["ReadOnly"] != true);
    for capability in added {
        let plain = capability.trim_start_matches("CAP_").to_owned();
        let is_look = plain == "DAC_OVERRIDE" && (is_owners || who == FILES);
        let is_change = is_owners
            && is_written
            && (allowed.contains(&plain.as_str()) || for_bits.contains(&plain.as_str()));
        if !(is_init && allowed.contains(&plain.as_str()) || is_look || is_change) {
            wrong.push(format!("{who} is given {capability}"));
        }
    }
    if list("CapDrop") != ["ALL"] {
        wrong.push(format!("{who} keeps capabilities: {:?}", list("CapDrop")));
    }
    if host["Privileged"] == true {
        wrong.push(format!("{who} is privileged"));
    }
    if !list("SecurityOpt").contains(&"no-new-privileges:true".to_owned()) {
        wrong.push(format!("{who} may gain privileges"));
    }
    if (is_owners || who == FILES) && host["ReadonlyRootfs"] != true {
        wrong.push(format!("{who} may write where it runs"));
    }
    if is_owners
        && (host["LogConfig"]["Type"] != "none"
            || definition["Entrypoint"] != serde_json::json!(["/nrcompose"]))
    {
        wrong.push(format!(
            "{who} runs {} and logs to {}",
            definition["Entrypoint"], host["LogConfig"]["Type"]
        ));
    }
    if who == FILES {
        wrong.extend(wrong_of_files(definition));
    }
    if (is_init || is_owners || who == FILES) && host["NetworkMode"] != "none" {
        wrong.push(format!("{who} has a network: {}", host["NetworkMode"]));
    }
    let mounts = host["Mounts"].as_array().into_iter().flatten();
    let binds = mounts
        .filter(|m| m["Type"] == "bind")
        .filter_map(|m| m["Source"].as_str());
    let binds = binds.map(str::to_owned).chain(list("Binds"));
    let project = format!("{}/", project.display());
    for bind in binds.filter(|b| b.starts_with('/')) {
        let listed = HOST_PATHS.iter().any(|(name, path, _)| {
            who.starts_with(name) && bind.starts_with(&path.replace("@PROJECT@/", &project))
        });
        let is_written = who == "nrcompose.helper" && !bind.ends_with(":ro");
        if !listed || is_written {
            wrong.push(format!("{who} mounts {bind}"));
        }
    }
    wrong
}

/// What tells the files of an image is our own program, in the only thing that is mounted: a volume of its own.
fn wrong_of_files(definition: &Value) -> Vec<String> {
    let host = &definition["HostConfig"];
    let place = host["Mounts"][0]["Target"].as_str().unwrap_or_default();
    let is = [
        ("user", &definition["User"], serde_json::json!("0:0")),
        (
            "entrypoint",
            &definition["Entrypoint"],
            serde_json::json!([format!("{place}/nrcompose")]),
        ),
        (
            "command",
            &definition["Cmd"],
            serde_json::json!(["__image-files"]),
        ),
        (
            "healthcheck",
            &definition["Healthcheck"]["Test"],
            serde_json::json!(["NONE"]),
        ),
        ("log", &host["LogConfig"]["Type"], serde_json::json!("none")),
        ("devices", &host["Devices"], serde_json::json!([])),
        ("binds", &host["Binds"], Value::Null),
    ];
    let wrong = is.into_iter().filter(|(_, found, wanted)| *found != wanted);
    let mut wrong: Vec<String> = wrong
        .map(|(what, found, wanted)| format!("{FILES} has as its {what} {found}, not {wanted}"))
        .collect();
    // The words of a client, which differ from one version to the next.
    let added = host["CapAdd"].to_string().replace("CAP_", "");
    let is_own = |mount: &Value| mount["Type"] == "volume" && mount["Source"].is_null();
    let mounts: Vec<&Value> = host["Mounts"].as_array().into_iter().flatten().collect();
    if added != "[\"DAC_OVERRIDE\"]" || mounts.len() != 1 || !mounts.into_iter().all(is_own) {
        wrong.push(format!("{FILES} is given {added} and {}", host["Mounts"]));
    }
    wrong
}

const PROFILE: &str = "about: a client of the engine
evidence: {here: {kind: measured, says: this test}}
class: {value: user, evidence: here}
user: {uid: 4242, gid: 4242, others: any, evidence: here}
docker_api: {sections: [CONTAINERS], endpoint: {environment: {DOCKER_HOST: \"{endpoint}\"}}, evidence: here}
";

#[test]
fn nothing_that_is_created_opens_the_host() {
    let stack = Stack::of(
        "ours",
        "
services:
  app:
    image: nrcompose-test/base
    init: true
    user: '4000:4000'
    command: [sleep, '600']
    volumes: ['data:/data', './uploads:/uploads', './conf:/conf:ro']
  cache:
    image: nrcompose-test/redis
    x-nrcompose: {profile: redis}
    volumes: ['cache:/data']
  client:
    image: nrcompose-test/base
    init: true
    command: [sleep, '600']
    volumes: ['/var/run/docker.sock:/var/run/docker.sock:ro']
    x-nrcompose: {profile: client, socket: proxy}
volumes: {data: , cache: }
x-nrcompose: {socket_proxy: nrcompose-test/socket-proxy}
",
    );
    stack.reads_images_anew();
    stack.write(".nrcompose/profiles/client.yaml", PROFILE);
    stack.write("conf/a", "b");
    stack.write("uploads/a", "b");
    stack.write(
        "mine.yaml",
        "about: the cache again\nextends: redis\ntest: {service: {volumes: ['kept:/data']}, probe: [redis-cli, ping], wait: 60}\n",
    );
    let recorder = Recorder::start();
    let host = format!("unix://{}", recorder.socket.display());
    let run = |words: &[&str]| output(stack.command(Tool::Trusting, words).env("DOCKER_HOST", &host));
    let up = run(&["up", "-d"]);
    assert_eq!(up.code, 0, "{}", up.all);
    let mine = stack.path("mine.yaml");
    let mut codes = Vec::new();
    for words in [
        &["verify"][..],
        &["test", "app", "--", "true"],
        &["run", "--rm", "-T", "app", "true"],
        &[
            "profiles",
            "check",
            mine.to_str().unwrap(),
            "--image",
            "nrcompose-test/redis",
        ],
        &["ownership", "give", "./uploads", "--to", "4000:4000"],
        &["ownership", "restore", "./uploads"],
        &["doctor"],
        &["up", "-d", "--force-recreate", "--nr-verify"],
        &["down", "-t", "1"],
    ] {
        // What they come to is for other tests; that they came as far as to create something is for this one.
        codes.push((words.join(" "), run(words).code));
    }
    // What a file for plain Compose adds.
    for words in [&["create"][..], &["down", "-t", "1"]] {
        output(stack.command(Tool::File, words).env("DOCKER_HOST", &host)).ok();
    }
    let created = recorder.created();
    let seen: Vec<(String, &Value)> = created.iter().filter_map(|(_, d)| Some((ours(d)?, d))).collect();
    for kind in [
        "nrcompose-init-app",
        "nrcompose-init-cache",
        "nrcompose-init-tested",
        "nrcompose-socket-client",
        "nrcompose.helper",
        OWNERS,
        FILES,
    ] {
        assert!(
            seen.iter().any(|(who, _)| who == kind),
            "no {kind} among {codes:?}"
        );
    }
    let directory = stack.path("");
    let directory = directory.canonicalize().unwrap();
    let wrong: Vec<String> = seen
        .iter()
        .flat_map(|(who, d)| wrong(who, d, &directory))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (name, definition) in &created {
        let host = &definition["HostConfig"];
        let is_new = host["CapAdd"].to_string().contains("DAC_READ_SEARCH") || host["Privileged"] == true;
        assert!(!is_new, "nobody asked for that: {name} {host}");
    }
}
