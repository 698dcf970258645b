//! What is recorded of volumes that are gone stays until the person cleans up; and what cleaning up does with our image.

use crate::container::{Volume, once, owners as owners_of};
use crate::docker_calls::{path_with, put_before};
use crate::owners::Owners;
use crate::run::{docker, output, unique};
use crate::stack::{Stack, Tool};
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;

fn clean(owners: &Owners) -> String {
    output(&mut owners.words(&["doctor", "--clean"])).all
}

/// The engine, but for its volumes: of each of them it says that it cannot say.
struct MuteEngine(PathBuf);

impl MuteEngine {
    fn start(owners: &Owners) -> MuteEngine {
        let path = owners.0.join("mute.sock");
        let listener = UnixListener::bind(&path).unwrap();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                std::thread::spawn(move || serve(client.unwrap()));
            }
        });
        MuteEngine(path)
    }
}

/// Hands on what is asked and answered, until a volume is asked about.
fn serve(mut client: UnixStream) -> Option<()> {
    let mut engine = UnixStream::connect("/var/run/docker.sock").ok()?;
    let (mut from, mut to) = (engine.try_clone().ok()?, client.try_clone().ok()?);
    std::thread::spawn(move || std::io::copy(&mut from, &mut to));
    let mut asked = vec![0; 65_536];
    loop {
        let count = client.read(&mut asked).ok().filter(|count| *count > 0)?;
        if asked[..count].windows(9).any(|part| part == b"/volumes/") {
            let text = r#"{"message":"the plugin is away"}"#;
            let head =
                "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nConnection: close";
            let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{text}", text.len());
            client.write_all(answer.as_bytes()).ok()?;
            return client.shutdown(std::net::Shutdown::Both).ok();
        }
        engine.write_all(&asked[..count]).ok()?;
    }
}

#[test]
fn records_of_volumes_that_are_gone_are_removed_when_asked() {
    let owners = Owners::new();
    let (kept, replaced, gone) = (Volume::new(), Volume::new(), Volume::new());
    for volume in [&kept, &replaced, &gone] {
        volume.with("touch /v/file");
        owners.run(&["set", &volume.0, "4242:4343"]).ok();
    }
    for volume in [&replaced, &gone] {
        docker(&["volume", "rm", &volume.0]).ok();
    }
    docker(&["volume", "create", "--label", "nrcompose-test=1", &replaced.0]).ok();
    // Without being asked for, one that is gone is counted and no more; nor does a mistyped name bring them up.
    let short = owners.run(&["list"]).ok();
    assert!(!short.contains(&gone.0) && short.contains(&kept.0), "{short}");
    assert!(
        short.contains("1 volume more is gone") && short.contains("doctor --clean"),
        "{short}"
    );
    let mistyped = owners.run(&["restore", "mistyped"]).failed();
    assert!(
        mistyped.contains(&kept.0) && !mistyped.contains(&gone.0),
        "{mistyped}"
    );
    let json = owners.run(&["list", "--format", "json"]).ok();
    assert!(json.contains(&gone.0), "{json}");
    let listed = owners.run(&["list", "-a"]).ok();
    let is_gone = |name: &str| {
        let mut lines = listed.lines().filter(|line| line.contains(name));
        lines.any(|line| line.ends_with("is gone"))
    };
    assert!(is_gone(&gone.0) && !is_gone(&kept.0), "{listed}");
    assert_eq!(
        listed.matches("of one of that name that is gone").count(),
        1,
        "{listed}"
    );

    // Who does not ask for it keeps them, and so does whose engine does not answer.
    output(&mut owners.words(&["doctor"])).ok();
    let mut away = owners.words(&["doctor", "--clean"]);
    output(away.env("DOCKER_HOST", "unix:///nowhere/docker.sock"));
    assert_eq!(owners.records("record"), 3);
    let mute = MuteEngine::start(&owners);
    let mut asked = owners.words(&["doctor", "--clean"]);
    let said = output(asked.env("DOCKER_HOST", format!("unix://{}", mute.0.display()))).all;
    assert!(said.contains("the plugin is away"), "{said}");
    assert!(said.contains("all of them stay"), "{said}");
    assert_eq!(owners.records("record"), 3);

    let said = clean(&owners);
    for name in [&replaced.0, &gone.0] {
        let mut lines = said.lines().filter(|line| line.contains("removed record"));
        assert!(lines.any(|line| line.contains(name)), "{said}");
    }
    assert!(!said.contains(&kept.0), "{said}");
    assert_eq!(owners.records("record"), 1);
    let listed = owners.run(&["list"]).ok();
    assert!(
        !listed.contains(&gone.0) && !listed.contains(&replaced.0),
        "{listed}"
    );
    assert!(!clean(&owners).contains("removed record"));
    owners.run(&["restore", &kept.0]).ok();
    assert_eq!(owners.records("record"), 0);
}

/// Every version of it goes, and nothing that only has its name; what needs it next loads it.
#[test]
fn our_image_is_removed_and_loaded_again() {
    let compose = "services:\n  app: {image: nrcompose-test/base, init: true, user: '4000:4000', \
                   command: [sleep, '600'], volumes: ['data:/data']}\nvolumes: {data: }\n";
    let stack = Stack::of("image", compose);
    let volume = stack.volume("data");
    let mount = format!("{volume}:/v");
    let start_over_roots_data = || {
        stack.ok(Tool::Trusting, &["up", "--no-start"]);
        once(&["-v", &mount], "base", &["touch", "/v/roots"]).ok();
        stack.ok(Tool::Trusting, &["up", "-d"]);
        assert_eq!(owners_of(&volume), ["4000:4000"]);
        stack.ok(Tool::Trusting, &["down", "-v", "-t", "1"]);
    };
    start_over_roots_data();
    let own = || {
        let filter = [
            "--filter",
            "label=nrcompose.image",
            "--format",
            "{{.Repository}}:{{.Tag}}",
        ];
        docker(&[&["image", "ls"][..], &filter].concat()).ok()
    };
    let loaded = own();
    assert!(loaded.contains("nrcompose-helper:"), "{loaded}");
    let stranger = format!("nrcompose-helper:{}", unique("stranger"));
    docker(&["tag", "nrcompose-test/base", &stranger]).ok();
    let said = stack.run(Tool::Trusting, &["doctor", "--clean", "--format", "json"]);
    let is_kept = docker(&["image", "inspect", &stranger]).code == 0;
    docker(&["rmi", &stranger]);
    assert!(is_kept, "{}", said.all);
    let report: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let all = report["leftovers"].as_array().unwrap();
    let removed = all
        .iter()
        .filter(|l| l["kind"] == "image" && l["removed"] == true);
    let removed: Vec<&str> = removed.map(|l| l["name"].as_str().unwrap()).collect();
    for image in loaded.lines() {
        assert!(removed.contains(&image), "{image}: {report:#}");
    }
    assert!(!removed.contains(&stranger.as_str()), "{report:#}");
    start_over_roots_data();
    assert!(own().contains("nrcompose-helper:"));
}

/// Somebody else's `doctor --clean` takes it away between the look whether it is there and its use.
#[test]
fn our_image_may_go_at_any_moment() {
    let owners = Owners::new();
    let volume = Volume::new();
    volume.with("touch /v/x");
    let shim = owners.0.join("shim");
    let take_away = "case \"$*\" in create*' nrcompose-helper:'*) if mkdir \"$0.once\" 2>/dev/null; then \
                     $real image ls -q --no-trunc --filter label=nrcompose.image | xargs -r $real rmi -f >&2; fi ;; esac";
    put_before(&shim, take_away);
    let mut set = owners.command(&["set", &volume.0, "4242:4343"]);
    set.env("PATH", path_with(&shim));
    let set = output(&mut set);
    assert!(
        shim.join("docker.once").exists(),
        "nothing was taken away: {}",
        set.all
    );
    assert_eq!(set.code, 0, "{}", set.all);
}
