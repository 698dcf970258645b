//! What is known of an image is the same whether the engine gives all of its files or our own program tells them in a
//! container of the image; nothing of the image runs there, and nothing is left.

use crate::container::Built;
use crate::recorder::Recorder;
use crate::run::{docker, output, unique};
use crate::stack::{Stack, Tool};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Everything that could be told otherwise than an archive has it. What it starts would leave a trace in a volume.
const ODD: &str = r#"
FROM nrcompose-test/file-capability
RUN useradd -u 4100 app && useradd -u 4200 other \
 && mkdir -p /data/sub /data/closed /bare /owned /trace /srv/closed/in /srv/full /srv/empty /work/dir /var/lib/kept \
 && echo x > /data/sub/file && ln -s sub /data/link && ln -s /data /elsewhere && ln -s elsewhere /further \
 && cp -p /usr/local/bin/serve /data/serve && setcap cap_net_raw=+ep /data/serve \
 && cp /bin/true /data/setuid && chmod 4755 /data/setuid && cp /bin/true /srv/setuid && chmod 4755 /srv/setuid \
 && chown -R 4100:4200 /data/closed /srv/closed /owned && chmod 0700 /data/closed /srv/closed && chmod 2770 /owned \
 && chown 4100:4200 /data && chmod 1750 /data \
 && cp /bin/true /srv/closed/in/setuid && chmod 4711 /srv/closed/in/setuid \
 && mkfifo /srv/full/fifo && mknod /srv/full/null c 1 3 && ln -s /dev/shm /srv/shared && ln -s /dev/pts/x /srv/nowhere \
 && perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "/srv/empty/socket", Listen => 1)' \
 && perl -e 'for ("new\nline", "not\xffutf8", "n" x 255, "d" x 200) { mkdir "/srv/$_"; open F, ">", "/srv/$_/f" }' \
 && perl -e 'chdir "/srv"; for (1..30) { mkdir "p" x 60; chdir "p" x 60 } open F, ">", "end"' \
 && mkdir -p /usr/share/accounts && mv /etc/passwd /usr/share/accounts/passwd && ln -s ../usr/share/accounts/passwd /etc/passwd \
 && ln /etc/group /etc/also-group && ln -s usr/local/bin/start /start \
 && printf '#!/bin/sh\n[ "$(id -u)" = 0 ] && exec gosu app "$0"\n' > /usr/local/bin/a-start \
 && chmod 755 /usr/local/bin/a-start && ln /usr/local/bin/a-start /usr/local/bin/start \
 && echo /trace/evil.so > /etc/ld.so.preload
WORKDIR /work/dir/made
ENV LD_PRELOAD=/trace/evil.so LD_LIBRARY_PATH=/trace PATH=/trace GLIBC_TUNABLES=glibc.malloc.check=3 RUST_LOG=trace
VOLUME /data /bare /owned /trace /absent /var/lib/absent
HEALTHCHECK --interval=1s CMD echo healthcheck > /trace/ran
ENTRYPOINT ["start", "/bin/sh", "-c", "echo ran > /trace/ran"]
CMD ["sleep", "60"]
USER 4100
"#;

/// An image of it that no other test has: what is looked for in the engine would be another's as well.
fn odd() -> Built {
    Built::of(&format!("{ODD}LABEL of={}", unique("odd")))
}

/// Images of which our own program cannot tell everything, and that they cannot.
const ONLY_BY_THE_ENGINE: [&str; 4] = [
    "FROM nrcompose-test/base\nVOLUME /data /data/in\nRUN mkdir -p /data/in",
    "FROM nrcompose-test/base\nVOLUME /var/run/linked",
    "FROM nrcompose-test/base\nRUN mkdir -p /var/lib/above\nVOLUME /var/lib/above/absent",
    // So small that the engine is quicker.
    "FROM nrcompose-test/busybox\nVOLUME /data",
];

const STAND_INS: [&str; 6] = ["base", "redis", "postgres", "mariadb", "git", "file-capability"];

/// A project with a service of each image, about which the image has to be asked.
fn stack(images: &[String]) -> Stack {
    let service = |(n, image): (usize, &String)| format!("  s{n}: {{image: \"{image}\", user: \"1000\"}}\n");
    let services: String = images.iter().enumerate().map(service).collect();
    Stack::of("files", &format!("services:\n{services}"))
}

/// What becomes known of the images, and by how many exports. `helper` is what is taken for our own program.
fn known(stack: &Stack, helper: Option<&str>) -> (BTreeMap<String, Value>, usize) {
    let recorder = Recorder::start();
    let cache = stack.path(&unique("cache"));
    let mut command = stack.command(Tool::Trusting, &["harden"]);
    command.env("XDG_CACHE_HOME", &cache);
    command.env("DOCKER_HOST", format!("unix://{}", recorder.socket.display()));
    if let Some(helper) = helper {
        command.env("NRCOMPOSE_HELPER", helper);
    }
    output(&mut command).ok();
    let files = fs::read_dir(cache.join("nrcompose/images")).unwrap();
    let files = files.map(|file| {
        let file = file.unwrap();
        let json = serde_json::from_slice(&fs::read(file.path()).unwrap()).unwrap();
        (file.file_name().into_string().unwrap(), json)
    });
    (files.collect(), recorder.exports())
}

#[test]
fn both_ways_know_the_same() {
    let odd = odd();
    let others = ONLY_BY_THE_ENGINE.map(Built::of);
    let names = STAND_INS.map(|name| format!("nrcompose-test/{name}"));
    let built = others.iter().chain([&odd]).map(|image| image.0.clone());
    let images: Vec<String> = names.into_iter().chain(built).collect();
    let stack = stack(&images);
    let (told, few) = known(&stack, None);
    // A program that is not static is not ours.
    let (given, all) = known(&stack, Some("/bin/ls"));
    assert_eq!((told.len(), given.len()), (images.len(), images.len()));
    for (image, given) in &given {
        let told = &told[image];
        for (key, given) in given.as_object().unwrap() {
            assert_eq!(&told[key], given, "{key} of {image}");
        }
        assert_eq!(told, given);
    }
    assert_eq!(few, ONLY_BY_THE_ENGINE.len());
    assert!(all >= images.len(), "{all}");

    let odd = docker(&["image", "inspect", "-f", "{{.Id}}", &odd.0]).ok();
    let odd = odd.trim().trim_start_matches("sha256:").to_owned();
    let (_, odd) = told.iter().find(|(name, _)| name.starts_with(&odd)).unwrap();
    // That it was worth comparing.
    assert_eq!(odd["scripts"]["start"]["steps_down"][0], "gosu");
    assert!(odd["users"]["app"].is_array(), "{odd}");
    assert_eq!(odd["directories"]["/trace"]["content"], false);
    assert_eq!(odd["directories"]["/data"]["mode"], 0o1750);
    assert!(odd["directories"]["/absent"].is_null() && odd["directories"]["/bare"].is_object());
    assert!(odd["file_capabilities"]["/data/serve"].is_array());
    let setuid: Vec<_> = odd["setuid"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(Value::as_str)
        .collect();
    for path in ["/data/setuid", "/srv/setuid"] {
        assert!(setuid.contains(&path), "{setuid:?}");
    }
    assert_eq!(odd["links"]["/srv/shared"], "/dev/shm");
}

/// What the engine does, as it tells it.
struct Events {
    engine: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Events {
    fn listen() -> Events {
        let since = output(Command::new("date").arg("+%s.%N")).ok();
        let mut engine = Command::new("docker")
            .args(["events", "--since", since.trim(), "--format", "{{json .}}"])
            .args(["--filter", "type=container", "--filter", "type=volume"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(engine.stdout.take().unwrap());
        Events { engine, lines }
    }

    /// All up to the removal of a container of an image.
    fn until_gone(&mut self, image: &str) -> Vec<Value> {
        let mut seen = Vec::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "{seen:?}");
            let event: Value = serde_json::from_str(&line).unwrap();
            let is_last = event["Action"] == "destroy" && event["Actor"]["Attributes"]["image"] == image;
            seen.push(event);
            if is_last {
                return seen;
            }
        }
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let _ = self.engine.kill();
        let _ = self.engine.wait();
    }
}

#[test]
fn nothing_of_an_image_runs_and_nothing_is_left() {
    let odd = odd();
    let id = docker(&["image", "inspect", "-f", "{{.Id}}", &odd.0]).ok();
    let id = id.trim();
    let stack = stack(std::slice::from_ref(&odd.0));
    let mut events = Events::listen();
    let (_, exports) = known(&stack, None);
    assert_eq!(exports, 0);
    let seen = events.until_gone(id);
    let of_it: Vec<&Value> = seen
        .iter()
        .filter(|e| e["Actor"]["Attributes"]["image"] == id)
        .collect();
    let container = of_it[0]["Actor"]["ID"].as_str().unwrap();
    let mut actions: Vec<&str> = of_it.iter().filter_map(|e| e["Action"].as_str()).collect();
    // The engine has its own order for some of them.
    actions.sort_unstable();
    let starts = actions.iter().filter(|a| **a == "start").count();
    actions.dedup();
    assert_eq!(
        actions,
        ["attach", "create", "destroy", "die", "extract-to-dir", "start"]
    );
    // The accounts are a link: it is looked once more what they are.
    assert_eq!(starts, 2);
    for died in of_it.iter().filter(|e| e["Action"] == "die") {
        assert_eq!(died["Actor"]["Attributes"]["exitCode"], "0");
    }

    let mounted = |e: &&Value| e["Action"] == "mount" && e["Actor"]["Attributes"]["container"] == container;
    let volumes: Vec<&str> = seen
        .iter()
        .filter(mounted)
        .filter_map(|e| e["Actor"]["ID"].as_str())
        .collect();
    assert!(volumes.len() >= 7, "{volumes:?}");
    let left = docker(&["volume", "ls", "-q"]).ok();
    assert!(!volumes.iter().any(|volume| left.contains(volume)), "{left}");
    let left = docker(&["ps", "-aq", "--filter", &format!("ancestor={id}")]).ok();
    assert_eq!(left.trim(), "");
}
