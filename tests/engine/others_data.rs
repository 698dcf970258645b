//! Data that is not a service's alone keeps its owners and modes, and no service breaks for that.

use crate::container::{Volume, once};
use crate::procs;
use crate::run::{docker, eventually, unique};
use crate::stack::{Stack, Tool};

/// Writes what is somebody else's: a key of root, a setuid program, a file of a third user.
const THEIRS: &str = "echo key > /v/key && chmod 600 /v/key && cp /bin/true /v/suid && chmod 4755 /v/suid && \
                      echo x > /v/third && chown 7777:7777 /v/third && chmod 755 /v";

/// Owners and modes of everything that `THEIRS` made, and of the root.
fn as_it_is(mount: &str) -> String {
    let script = "cd /v && stat -c '%n %u:%g %a' . key suid third";
    once(&["-v", mount], "base", &["sh", "-c", script]).ok()
}

const AS_MADE: &str = ". 0:0 755\nkey 0:0 600\nsuid 0:0 4755\nthird 7777:7777 644";

/// A service that writes its volume and stays; `more` are lines of it.
fn writer(more: &str) -> String {
    format!(
        "
services:
  app:
    image: nrcompose-test/base
    init: true
    command: [sh, -c, 'echo x > /data/own && exec sleep 600']
    volumes: ['data:/data']
{more}
"
    )
}

/// It works as its author wrote it, which is as root.
#[track_caller]
fn works(stack: &Stack, volume: &str) {
    let container = stack.container("app");
    eventually(20, || {
        let out = docker(&["exec", &container, "cat", "/data/own"]);
        if out.stdout.trim() == "x" {
            Ok(())
        } else {
            Err(out.all)
        }
    });
    assert_eq!(as_it_is(volume), AS_MADE);
}

#[track_caller]
fn told(stack: &Stack, words: &str) {
    let up = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(up.code, 0, "{}", up.all);
    assert!(up.all.contains(words) && up.all.contains("help:"), "{}", up.all);
}

#[test]
fn a_volume_that_is_a_host_directory() {
    let host = std::env::temp_dir().join(unique("host"));
    std::fs::create_dir(&host).unwrap();
    let mount = format!("{}:/v", host.display());
    once(&["-v", &mount], "base", &["sh", "-c", THEIRS]).ok();
    let options = format!("{{type: none, o: bind, device: {}}}", host.display());
    let stack = Stack::of(
        "host",
        &writer(&format!("volumes: {{data: {{driver_opts: {options}}}}}")),
    );
    told(&stack, "which is never given to another user");
    works(&stack, &mount);
    stack.ok(Tool::Trusting, &["down", "-v", "-t", "1"]);
    once(&["-v", &mount], "base", &["sh", "-c", "rm -r /v/*"]).ok();
    let _ = std::fs::remove_dir(&host);
}

/// The project says nothing of that: the volume was made by hand before.
#[test]
fn a_volume_that_was_made_a_host_directory() {
    let host = std::env::temp_dir().join(unique("by-hand"));
    std::fs::create_dir(&host).unwrap();
    let mount = format!("{}:/v", host.display());
    once(&["-v", &mount], "base", &["sh", "-c", THEIRS]).ok();
    let stack = Stack::of("by-hand", &writer("volumes: {data: }"));
    let options =
        ["type=none", "o=bind", &format!("device={}", host.display())].map(|o| format!("--opt={o}"));
    let mut create = vec!["volume", "create"];
    create.extend(options.iter().map(String::as_str));
    let name = stack.volume("data");
    create.push(&name);
    docker(&create).ok();
    told(&stack, "which is never given to another user");
    works(&stack, &mount);
    stack.ok(Tool::Trusting, &["down", "-v", "-t", "1"]);
    once(&["-v", &mount], "base", &["sh", "-c", "rm -r /v/*"]).ok();
    let _ = std::fs::remove_dir(&host);
}

/// Nor does it say that another project made the volume, or that somebody else mounts it.
#[test]
fn a_volume_of_another_project() {
    let name = unique("theirs");
    let theirs = Stack::of(
        "theirs",
        &format!(
            "
services:
  app:
    image: nrcompose-test/base
    init: true
    user: '0:0'
    command: [sh, -c, \"{THEIRS} && exec sleep 600\"]
    volumes: ['data:/v']
volumes: {{data: {{name: {name}}}}}
"
        ),
    );
    theirs.ok(Tool::Plain, &["up", "-d"]);
    eventually(20, || match as_it_is(&format!("{name}:/v")) {
        found if found == AS_MADE => Ok(()),
        found => Err(found),
    });
    let stack = Stack::of("others", &writer(&format!("volumes: {{data: {{name: {name}}}}}")));
    told(&stack, "was made for the project");
    works(&stack, &format!("{name}:/v"));
    stack.ok(Tool::Trusting, &["down", "-t", "1"]);

    // What nobody marked may be a restored backup; what a container of somebody else mounts is not.
    let name = unique("mounted");
    let mount = format!("{name}:/v");
    once(&["-v", &mount], "base", &["sh", "-c", THEIRS]).ok();
    // One that mounts nothing does not keep the others from being seen.
    let bare = unique("bare");
    docker(&["create", "--name", &bare, "nrcompose-test/base", "true"]).ok();
    let other = unique("other");
    docker(&[
        "create",
        "--name",
        &other,
        "-v",
        &mount,
        "nrcompose-test/base",
        "true",
    ])
    .ok();
    let stack = Stack::of(
        "mounted",
        &writer(&format!("volumes: {{data: {{name: {name}}}}}")),
    );
    told(&stack, &format!("is mounted by the container {other} as well"));
    works(&stack, &mount);
    docker(&["rm", "-f", &other, &bare]).ok();
    stack.ok(Tool::Trusting, &["down", "-v", "-t", "1"]);
}

/// Its user can write it: then it is hardened, and nothing is changed all the same.
#[test]
fn a_host_directory_that_suits() {
    let host = std::env::temp_dir().join(unique("suits"));
    std::fs::create_dir(&host).unwrap();
    let mount = format!("{}:/v", host.display());
    once(
        &["-v", &mount],
        "base",
        &["sh", "-c", "echo x > /v/theirs && chown 4000:4000 /v"],
    )
    .ok();
    let options = format!("{{type: none, o: bind, device: {}}}", host.display());
    let text = writer(&format!(
        "    x-nrcompose: {{user: '4000:4000'}}\nvolumes: {{data: {{driver_opts: {options}}}}}"
    ));
    let stack = Stack::of("suits", &text);
    stack.ok(Tool::Trusting, &["up", "-d"]);
    let container = stack.container("app");
    eventually(20, || {
        let out = docker(&["exec", &container, "cat", "/data/own"]);
        if out.stdout.trim() == "x" {
            Ok(())
        } else {
            Err(out.all)
        }
    });
    assert!(
        procs::of(&container)
            .iter()
            .all(|p| !p.is_root() && p.bounding == 0)
    );
    let theirs = once(&["-v", &mount], "base", &["stat", "-c", "%u:%g", "/v/theirs"]).ok();
    assert_eq!(theirs, "0:0");
    stack.ok(Tool::Trusting, &["down", "-v", "-t", "1"]);
    once(&["-v", &mount], "base", &["sh", "-c", "rm -r /v/*"]).ok();
    let _ = std::fs::remove_dir(&host);
}

#[test]
fn an_external_volume() {
    let volume = Volume::new();
    volume.with(THEIRS);
    let text = writer(&format!(
        "volumes: {{data: {{external: true, name: {}}}}}",
        volume.0
    ));
    let stack = Stack::of("external", &text);
    told(&stack, "is external");
    works(&stack, &volume.at("/v"));
}

/// A memory volume without options is writable for all; it is no reason to stay root.
#[test]
fn a_volume_in_memory() {
    let text = writer(
        "    x-nrcompose: {user: '4000:4000'}\nvolumes: {data: {driver_opts: {type: tmpfs, device: tmpfs}}}",
    );
    let stack = Stack::of("memory", &text);
    stack.ok(Tool::Trusting, &["up", "-d"]);
    let container = stack.container("app");
    eventually(20, || {
        let out = docker(&["exec", &container, "cat", "/data/own"]);
        if out.stdout.trim() == "x" {
            Ok(())
        } else {
            Err(out.all)
        }
    });
    assert!(procs::of(&container).iter().all(|p| !p.is_root()));
}

/// A root service's key stays out of reach, and its program is not the other's to change: by whichever key of `volumes:`
/// it mounts the volume, reading or writing, or by way of the other service.
#[test]
fn a_volume_of_a_root_service() {
    let (own, root) = ("{theirs: }", "user: '0'\n    command: [sleep, '600']");
    // It stays root because it is refused.
    let refused = "command: [sh, -c, 'chown 0 /tmp && exec sleep 600']";
    for (shared, who, more, volumes) in [
        ("theirs", root, "volumes: ['theirs:/theirs']", own),
        ("theirs", root, "volumes: ['theirs:/theirs:ro']", own),
        (
            "one",
            root,
            "volumes: ['two:/theirs']",
            "{one: {name: @}, two: {name: @}}",
        ),
        ("theirs", root, "volumes_from: [web]", own),
        (
            "theirs",
            root,
            "volumes: ['theirs:/theirs']\n    profiles: [never]",
            own,
        ),
        ("theirs", refused, "volumes: ['theirs:/theirs']", own),
    ] {
        let volume = Volume::new();
        let volumes = match volumes.contains('@') {
            true => volumes.replace('@', &volume.0),
            false => format!("{{theirs: {{name: {}}}}}", volume.0),
        };
        volume.with(THEIRS);
        let stack = Stack::of(
            "root",
            &format!(
                "
services:
  web:
    image: nrcompose-test/base
    init: true
    user: '4000:4000'
    command: [sleep, '600']
    volumes: ['{shared}:/data']
  root:
    image: nrcompose-test/base
    init: true
    {who}
    {more}
volumes: {volumes}
"
            ),
        );
        let up = stack.run(Tool::Trusting, &["up", "-d"]);
        assert_eq!(up.code, 0, "{who} {more}: {}", up.all);
        assert!(up.all.contains("is shared with root"), "{who} {more}: {}", up.all);
        let read = docker(&["exec", &stack.container("web"), "cat", "/data/key"]);
        assert!(read.failed().contains("Permission denied"), "{who} {more}");
        assert_eq!(as_it_is(&volume.at("/v")), AS_MADE, "{who} {more}");
        stack.ok(Tool::Trusting, &["down", "-t", "1"]);
    }
}
