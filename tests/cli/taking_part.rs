//! A start tells what there is to be said of the services that take part in it; whoever looks at the plan is told of all.

use super::scene::Scene;

const FIVE: &str = "services:
  web: {image: 'redis:7', pid: host, privileged: true, depends_on: [db]}
  db: {image: 'redis:7', privileged: true}
  aside: {image: 'redis:7', privileged: true, x-nrcompose: {volumes: {./none: own}}}
  tools: {image: 'redis:7', privileged: true, profiles: [tools]}
  roots: {image: 'redis:7', user: '0:0', profiles: [tools], volumes: ['./d:/data'], x-nrcompose: {volumes: {./d: own}}}
";

/// The services of which something is said.
fn told_of(scene: &Scene, words: &[&str]) -> String {
    // What was told at the last start is not told again.
    _ = std::fs::remove_dir_all(scene.home().join(".local/state"));
    let stderr = scene.run(words).stderr;
    let all = ["web", "db", "aside", "tools", "roots"];
    let told = all
        .into_iter()
        .filter(|name| stderr.contains(&format!("service {name} ")));
    told.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_start_is_about_the_services_that_it_starts() {
    let scene = Scene::compose(FIVE).with_docker();
    for (words, told) in [
        (&["up", "-d"][..], "web db aside"),
        (&["up", "-d", "web"], "web db"),
        (&["up", "-d", "--no-deps", "web"], "web"),
        (&["up", "--dry-run", "db"], "db"),
        (&["create", "aside"], "aside"),
        (&["up", "-d", "tools"], "tools"),
        (&["--profile", "tools", "up", "-d"], "web db aside tools roots"),
        (&["run", "--rm", "web", "db"], "web db"),
        (&["run", "--rm", "aside", "true"], "aside"),
        (&["config"], "web db aside tools roots"),
        (&["harden"], "web db aside tools roots"),
    ] {
        assert_eq!(told_of(&scene, words), told, "{words:?}");
    }
}

const NAMELESS: &str = "services:
  one: {image: 'busybox', user: '1600:1600', command: [sleep, '9'], volumes: [/anon]}
  lends: {image: 'busybox', user: '1600:1600', command: [sleep, '9'], volumes: [/anon]}
  takes: {image: 'busybox', user: '1700:1700', command: [sleep, '9'], volumes_from: [lends]}
";

/// Why a volume without a name is not given is said as it is: not its name, since `up` gives one without.
#[test]
fn why_a_nameless_volume_is_not_given_is_said() {
    let scene = Scene::compose(NAMELESS).with_docker();
    let run = scene.run(&["run", "one", "true"]).stderr;
    assert!(
        run.contains("service one: `run` makes and starts its container in one step"),
        "{run}"
    );
    assert!(!run.contains("service lends"), "{run}");
    _ = std::fs::remove_dir_all(scene.home().join(".local/state"));
    let up = scene.run(&["up", "-d"]).stderr;
    assert!(
        up.contains("service lends: takes has the volume at /anon, too (`volumes_from`)"),
        "{up}"
    );
    assert!(!up.contains("service one") && !up.contains("has no name"), "{up}");
}
