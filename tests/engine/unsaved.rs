//! What a container has in its own layer and nowhere else is not lost to a plan.

use crate::run::docker;
use crate::stack::{Stack, Tool};

/// Two services that are hardened by any plan, and one that is as it is.
const COMPOSE: &str = "\
services:
  app: &app
    image: nrcompose-test/base
    init: true
    command: [sleep, \"600\"]
    x-nrcompose: {user: \"4000:4000\"}
  other: *app
";

/// Started as their author wrote them, as root.
fn started(compose: &str) -> Stack {
    let stack = Stack::of("unsaved", compose);
    stack.ok(Tool::Plain, &["up", "-d"]);
    stack
}

fn write(container: &str, script: &str) {
    docker(&["exec", "-u", "0", container, "sh", "-c", script]).ok();
}

fn has(container: &str, file: &str) -> bool {
    docker(&["exec", "-u", "0", container, "test", "-e", file]).code == 0
}

/// A database in the home directory: that service stays as it runs, and the other is hardened.
#[test]
fn a_service_with_data_is_left_running_and_told() {
    let stack = started(COMPOSE);
    let (app, other) = (stack.container("app"), stack.container("other"));
    write(&app, "mkdir -p /root/app && echo x > /root/app/data.db");
    for round in ["first", "next"] {
        let out = stack.run(Tool::Trusting, &["up", "-d"]);
        assert_eq!(out.code, 0, "{}", out.all);
        assert_eq!(stack.container("app"), app, "{round}: {}", out.all);
        assert!(has(&app, "/root/app/data.db"));
        for told in [
            "service app stays",
            "/root/app/data.db",
            "docker cp ",
            "--nr-force",
        ] {
            assert!(out.all.contains(told), "no {told:?} in {}", out.all);
        }
        assert!(!out.all.contains("service other"), "{}", out.all);
    }
    assert_ne!(stack.container("other"), other, "it has nothing to lose");
    let strict = stack.run(Tool::Trusting, &["--nr-policy", "strict", "up", "-d"]);
    assert_eq!(strict.code, 3, "{}", strict.all);
    let dry = stack.run(Tool::Trusting, &["--dry-run", "up", "-d"]);
    assert!(dry.all.contains("/root/app/data.db"), "{}", dry.all);
    assert_eq!(stack.container("app"), app);
    // The person's word goes, wherever it stands.
    stack.ok(Tool::Trusting, &["up", "-d", "--nr-force"]);
    assert_ne!(stack.container("app"), app);
    let hardened = stack.container("app");
    stack.ok(Tool::Trusting, &["up", "-d"]);
    assert_eq!(stack.container("app"), hardened);
}

/// What any container leaves behind keeps nothing back.
#[test]
fn what_nobody_misses_keeps_nothing_back() {
    let stack = started(COMPOSE);
    let app = stack.container("app");
    write(
        &app,
        "mkdir -p /root/.cache/x /srv/empty /opt/p/__pycache__ && echo 1 > /root/.cache/x/y && echo >> /etc/passwd \
         && echo 1 > /run/a.pid && echo 1 > /tmp/x && echo 1 > /var/log/l && echo 1 > /root/.bash_history \
         && echo 1 > /opt/p/__pycache__/a.pyc && ln -s /x /srv/link && mkfifo /srv/pipe && rm /etc/issue",
    );
    let out = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!((out.code, out.all.contains("stays")), (0, false), "{}", out.all);
    assert_ne!(stack.container("app"), app);
}

/// What is mounted is not in the layer.
#[test]
fn what_is_mounted_keeps_nothing_back() {
    let compose = COMPOSE.replace(
        "    init: true\n",
        "    init: true\n    volumes: [\"data:/srv/data\", \"/srv/nameless\"]\n",
    );
    let stack = started(&(compose + "volumes: {data: }\n"));
    let app = stack.container("app");
    write(&app, "echo 1 > /srv/data/x; echo 1 > /srv/nameless/x");
    let out = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!((out.code, out.all.contains("stays")), (0, false), "{}", out.all);
    assert_ne!(stack.container("app"), app);
}

/// Containers that do not run have a layer, too.
#[test]
fn a_stopped_container_keeps_its_data() {
    let stack = started(COMPOSE);
    let app = stack.container("app");
    write(&app, "echo x > /root/data.db");
    stack.ok(Tool::Plain, &["stop", "-t", "1"]);
    let out = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert_eq!(stack.container("app"), app, "{}", out.all);
    assert!(has(&app, "/root/data.db"));
}

/// One of several is enough; names that are hard to say are not overlooked.
#[test]
fn every_replica_is_looked_at() {
    let stack = Stack::of("unsaved", COMPOSE);
    stack.ok(Tool::Plain, &["up", "-d", "--scale", "app=3"]);
    let ids = || {
        let mut ids: Vec<String> = stack.container("app").lines().map(str::to_owned).collect();
        ids.sort();
        ids
    };
    let before = ids();
    assert_eq!(before.len(), 3);
    write(&before[1], "printf x > \"$(printf '/root/two\\nlines\\351')\"");
    let out = stack.run(Tool::Trusting, &["up", "-d", "--scale", "app=3"]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert_eq!(ids(), before, "{}", out.all);
    assert!(out.all.contains("/root/two"), "{}", out.all);
}

/// A service that was once left beside an override of ours is looked at when its turn comes.
#[test]
fn a_service_that_was_skipped_before_is_looked_at() {
    let skipped = COMPOSE.replace(
        "  other: *app\n",
        "  other:\n    <<: *app\n    x-nrcompose: {skip: \"for now\"}\n",
    );
    let stack = Stack::of("unsaved", &skipped);
    stack.ok(Tool::Trusting, &["up", "-d"]);
    let other = stack.container("other");
    write(&other, "echo x > /root/data.db");
    stack.write("compose.yaml", COMPOSE);
    let out = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(stack.container("other"), other, "{}", out.all);
    assert!(out.all.contains("/root/data.db"), "{}", out.all);
}

/// What the person changed, plain Compose would make anew as well; they are told what goes.
#[test]
fn a_change_of_the_person_is_theirs() {
    let stack = started(COMPOSE);
    let app = stack.container("app");
    write(&app, "echo x > /root/data.db");
    stack.write("compose.yaml", &COMPOSE.replace("\"600\"", "\"601\""));
    let out = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert_ne!(stack.container("app"), app);
    assert!(out.all.contains("/root/data.db goes with it"), "{}", out.all);
}

/// Hardened containers by a file that was written into the project are as planned, and stay.
#[test]
fn a_container_that_is_as_planned_keeps_nothing_back() {
    let stack = Stack::of("unsaved", COMPOSE);
    stack.ok(Tool::Trusting, &["harden", "-o", "hardened.yaml"]);
    let mut plain = stack.words(
        Tool::Plain,
        &[
            "-p",
            &stack.project,
            "-f",
            "compose.yaml",
            "-f",
            "hardened.yaml",
            "up",
            "-d",
        ],
    );
    crate::run::output(&mut plain).ok();
    let app = stack.container("app");
    write(&app, "echo x > /root/data.db");
    let out = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!((out.code, out.all.contains("stays")), (0, false), "{}", out.all);
    assert_eq!(stack.container("app"), app, "{}", out.all);
}

/// Who is in the network of another container is made anew with it, and so both stay.
#[test]
fn who_leans_on_a_service_is_looked_at_too() {
    let compose = COMPOSE.replace(
        "  other: *app\n",
        "  other:\n    <<: *app\n    network_mode: \"service:app\"\n    x-nrcompose: {skip: \"as it is\"}\n",
    );
    let stack = started(&compose);
    let (app, other) = (stack.container("app"), stack.container("other"));
    write(&other, "echo x > /root/data.db");
    let out = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert_eq!(
        (stack.container("app"), stack.container("other")),
        (app, other),
        "{}",
        out.all
    );
    assert!(out.all.contains("/root/data.db"), "{}", out.all);
}

/// A hardened container cannot stay as it is under another plan: then nothing starts.
#[test]
fn another_plan_loses_nothing_either() {
    let stack = Stack::of("unsaved", COMPOSE);
    stack.ok(Tool::Trusting, &["up", "-d"]);
    let app = stack.container("app");
    write(&app, "echo x > /opt/data.db");
    stack.ok(Tool::Trusting, &["up", "-d"]);
    stack.write("compose.yaml", &COMPOSE.replace("4000:4000", "5000:5000"));
    let out = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(out.code, 2, "{}", out.all);
    for told in [
        "service app: the plan for it has changed",
        "/opt/data.db",
        "nothing was started",
        "--nr-force",
    ] {
        assert!(out.all.contains(told), "no {told:?} in {}", out.all);
    }
    assert_eq!(stack.container("app"), app);
    // Without any plan for it, too.
    stack.write(
        "compose.yaml",
        &COMPOSE.replace("{user: \"4000:4000\"}", "{skip: \"no more\"}"),
    );
    assert_eq!(stack.run(Tool::Trusting, &["up", "-d"]).code, 2);
    assert_eq!(stack.container("app"), app);
    stack.ok(Tool::Trusting, &["--nr-force", "up", "-d"]);
    assert_ne!(stack.container("app"), app);
}

/// Who asks for one service to be made anew has not asked for those that it needs.
#[test]
fn what_is_made_anew_by_force_is_what_was_named() {
    let stack = started(&COMPOSE.replace(
        "  other: *app\n",
        "  other:\n    <<: *app\n    depends_on: [app]\n",
    ));
    let (app, other) = (stack.container("app"), stack.container("other"));
    write(&app, "echo x > /root/data.db");
    write(&other, "echo x > /root/data.db");
    let out = stack.run(Tool::Trusting, &["up", "-d", "--force-recreate", "other"]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert_ne!(stack.container("other"), other, "{}", out.all);
    assert_eq!(stack.container("app"), app, "{}", out.all);
}

/// Plain Compose finds an override of ours in the project, and starts with it.
fn hardened_by_a_file(project: &str) -> Stack {
    let stack = Stack::of("unsaved", project);
    stack.ok(Tool::Trusting, &["harden", "-o", "compose.override.yaml"]);
    stack.ok(Tool::Plain, &["up", "-d"]);
    stack
}

/// A container that another override than the one that is kept has hardened is not as its author wrote it.
#[test]
fn another_plan_loses_nothing_wherever_it_came_from() {
    let by_file = hardened_by_a_file(COMPOSE);
    let lost = Stack::of("unsaved", COMPOSE);
    lost.ok(Tool::Trusting, &["up", "-d"]);
    std::fs::remove_dir_all(lost.path(".home")).unwrap();
    let elsewhere = Stack::of("unsaved", COMPOSE);
    elsewhere.ok(Tool::Trusting, &["up", "-d"]);
    std::fs::rename(elsewhere.path(".home"), elsewhere.path(".other")).unwrap();
    for stack in [by_file, lost, elsewhere] {
        let app = stack.container("app");
        write(&app, "echo x > /opt/data.db");
        for changed in ["{user: \"5000:5000\"}", "{skip: \"no more\"}"] {
            stack.write("compose.yaml", &COMPOSE.replace("{user: \"4000:4000\"}", changed));
            let out = stack.run(Tool::Trusting, &["up", "-d"]);
            assert_eq!(out.code, 2, "{changed}: {}", out.all);
            for told in [
                "service app: the plan for it has changed",
                "/opt/data.db",
                "nothing was started",
            ] {
                assert!(out.all.contains(told), "no {told:?} in {}", out.all);
            }
            assert_eq!(stack.container("app"), app);
        }
        stack.write("compose.yaml", COMPOSE);
        let out = stack.run(Tool::Trusting, &["up", "-d"]);
        assert_eq!(out.code, 0, "{}", out.all);
        assert_eq!(stack.container("app"), app, "the plan is the same: {}", out.all);
    }
}

/// What the author wrote is compared without an override of ours that lies beside it.
#[test]
fn an_override_beside_the_files_is_not_the_authors() {
    let stack = started(COMPOSE);
    let app = stack.container("app");
    write(&app, "echo x > /root/data.db");
    stack.ok(Tool::Trusting, &["harden", "-o", "compose.override.yaml"]);
    let out = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert_eq!(stack.container("app"), app, "{}", out.all);
    assert!(out.all.contains("service app stays"), "{}", out.all);
}

/// Who is not concerned by a command is not told of.
#[test]
fn what_a_command_does_not_touch_is_not_told() {
    let compose = COMPOSE.replace(
        "  other: *app\n",
        "  other: *app\n  debug:\n    <<: *app\n    profiles: [debug]\n",
    );
    let stack = Stack::of("unsaved", &compose);
    stack.ok(Tool::Plain, &["--profile", "debug", "up", "-d"]);
    let (app, debug) = (stack.container("app"), stack.container("debug"));
    for container in [&app, &debug] {
        write(container, "echo x > /root/data.db");
    }
    let of = |args: &[&str], wanted: [bool; 2]| {
        let out = stack.run(Tool::Trusting, args);
        assert_eq!(out.code, 0, "{}", out.all);
        let told = ["app", "debug"].map(|s| out.all.contains(&format!("service {s} stays")));
        assert_eq!(told, wanted, "{args:?}: {}", out.all);
    };
    of(&["run", "--rm", "-T", "other", "true"], [false, false]);
    of(&["up", "-d", "other"], [false, false]);
    of(&["up", "-d"], [true, false]);
    of(&["--profile", "debug", "up", "-d"], [true, true]);
    assert_eq!((stack.container("app"), stack.container("debug")), (app, debug));
}

/// What stays because of its data, and what has data since it was hardened, is not rolled back.
#[test]
fn rolling_back_loses_nothing() {
    let compose = COMPOSE.replace(
        "  other: *app\n",
        "  other:\n    <<: *app\n    volumes: [\"/var/run/docker.sock:/s.sock\"]\n",
    );
    let stack = started(&compose);
    let app = stack.container("app");
    write(&app, "echo x > /root/data.db");
    let up = ["up", "-d", "--nr-verify=rollback"];
    stack.ok(Tool::Trusting, &["up", "-d"]);
    let other = stack.container("other");
    write(&other, "echo x > /opt/data.db");
    let out = stack.run(Tool::Trusting, &up);
    assert_eq!(out.code, 1, "{}", out.all);
    assert_eq!(stack.container("app"), app, "{}", out.all);
    assert_eq!(stack.container("other"), other, "{}", out.all);
    assert!(!out.all.contains("service app is not rolled back"), "{}", out.all);
    for told in [
        "service app stays",
        "service other is not rolled back",
        "/opt/data.db",
    ] {
        assert!(out.all.contains(told), "no {told:?} in {}", out.all);
    }
    docker(&["exec", "-u", "0", &other, "rm", "/opt/data.db"]).ok();
    let out = stack.run(Tool::Trusting, &up);
    assert!(
        out.all.contains("running as its author wrote it: other"),
        "{}",
        out.all
    );
    assert_eq!(stack.container("app"), app, "{}", out.all);
    assert_ne!(stack.container("other"), other, "{}", out.all);
}
