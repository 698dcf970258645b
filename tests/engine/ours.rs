//! Everything that nrcompose creates beside a person's services, as the engine is asked for it: no `DAC_READ_SEARCH`, no
//! `privileged`, and no path of the host but those of one list.

use crate::run::{output, unique};
use crate::stack::{Stack, Tool};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

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

/// The helper that works on owners: it is of our own image, and it alone has capabilities.
const OWNERS: &str = "nrcompose.owners";

/// Stands before the engine's socket and keeps every container that it is asked for.
struct Recorder {
    socket: PathBuf,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Recorder {
    fn start() -> Recorder {
        let socket = std::env::temp_dir().join(format!("{}.sock", unique("recorder")));
        let listener = UnixListener::bind(&socket).unwrap();
        let requests: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let all = Arc::clone(&requests);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(engine) = UnixStream::connect("/var/run/docker.sock") else {
                    return;
                };
                let index = {
                    let mut all = all.lock().unwrap();
                    all.push(Vec::new());
                    all.len() - 1
                };
                let (to, back) = (engine.try_clone().unwrap(), client.try_clone().unwrap());
                let all = Arc::clone(&all);
                std::thread::spawn(move || {
                    pass(client, to, |bytes| {
                        all.lock().unwrap()[index].extend_from_slice(bytes)
                    })
                });
                std::thread::spawn(move || pass(engine, back, |_| ()));
            }
        });
        Recorder { socket, requests }
    }

    /// Name and definition of every container that was asked for.
    fn created(&self) -> Vec<(String, Value)> {
        let requests = self.requests.lock().unwrap();
        let mut created = Vec::new();
        for bytes in requests.iter() {
            let text = String::from_utf8_lossy(bytes);
            for (at, _) in text.match_indices("POST ") {
                let request = &text[at..];
                let line = request.lines().next().unwrap_or_default();
                let Some((head, body)) = request.split_once("\r\n\r\n") else {
                    continue;
                };
                if !line.contains("/containers/create") || head.contains("\r\n\r\n") {
                    continue;
                }
                let value = serde_json::Deserializer::from_str(body)
                    .into_iter::<Value>()
                    .next();
                let value = value.unwrap_or_else(|| panic!("{line}: no body")).unwrap();
                let name = line.split_once("name=").map_or("", |(_, n)| n);
                let name = name.split(['&', ' ']).next().unwrap_or_default();
                created.push((name.to_owned(), value));
            }
        }
        created
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn pass(mut from: UnixStream, mut to: UnixStream, mut keep: impl FnMut(&[u8])) {
    let mut buffer = [0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        keep(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// What the container is: by the service that nrcompose added, or by the helpers' label. `None`: a person's own.
fn ours(definition: &Value) -> Option<String> {
    let label = |name: &str| definition["Labels"][name].as_str();
    let service = label("com.docker.compose.service").filter(|s| s.starts_with("nrcompose-"));
    let is_own = definition["Image"]
        .as_str()
        .is_some_and(|image| image.starts_with("nrcompose-helper:"));
    let works_on_owners = is_own
        && definition["Cmd"]
            .as_array()
            .is_some_and(|words| words.iter().any(|w| w == "__owners"));
    let helper = label("nrcompose.helper").map(|_| {
        if works_on_owners {
            OWNERS
        } else {
            "nrcompose.helper"
        }
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
        let is_look = plain == "DAC_OVERRIDE" && is_owners;
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
    if is_owners && host["ReadonlyRootfs"] != true {
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
    if (is_init || is_owners) && host["NetworkMode"] != "none" {
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

const PROFILE: &str = "about: a client of the engine
evidence: {here: {kind: measured, where: this test}}
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
    stack.write(".nrcompose/profiles/client.yaml", PROFILE);
    stack.write("conf/a", "b");
    stack.write("uploads/a", "b");
    stack.write(
        "mine.yaml",
        "about: the cache again\nextends: redis\ntest: {service: {volumes: ['kept:/data']}, probe: [redis-cli, ping], wait: 60}\n",
    );
    let recorder = Recorder::start();
    let host = format!("unix://{}", recorder.socket.display());
    let run = |words: &[&str]| output(stack.command(Tool::Nrcompose, words).env("DOCKER_HOST", &host));
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
