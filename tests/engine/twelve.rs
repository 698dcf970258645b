//! Images that nobody described: what they start tells whether they run without root, or which start as root they need, and
//! what does not work so goes back by itself.

use crate::container::Built;
use crate::probe;
use crate::procs;
use crate::report;
use crate::run::{docker, eventually, free_port, is_long};
use crate::stack::{Stack, Tool};
use std::os::unix::fs::MetadataExt;
use std::time::Instant;

/// How one knows that a service answers.
enum Ask {
    /// This page of this published port has this in it.
    Page(u16, &'static str, &'static str),
    /// This command succeeds in its container, as its user.
    Command(&'static [&'static str]),
}

struct Image {
    service: &'static str,
    compose: String,
    ask: Ask,
}

/// Stand-ins of families, and images of their shape.
fn images(built: &[(&'static str, &Built)]) -> Vec<Image> {
    let of = |name: &str| built.iter().find(|(n, _)| *n == name).unwrap().1.0.clone();
    let page = |service, image: &str, port: u16, path, text, more: &str| {
        let free = free_port();
        Image {
            service,
            compose: format!("    image: {image}\n    ports: ['127.0.0.1:{free}:{port}']\n{more}"),
            ask: Ask::Page(free, path, text),
        }
    };
    let quiet = |service, image: &str, command, more: &str| Image {
        service,
        compose: format!("    image: {image}\n{more}"),
        ask: Ask::Command(command),
    };
    vec![
        page("apache", &of("apache"), 80, "/", "plain apache", ""),
        page("php", "nrcompose-test/php-apache", 80, "/", "Index of", ""),
        page(
            "proxy",
            "nrcompose-test/haproxy",
            8888,
            "/",
            "through the proxy",
            "    volumes: ['./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro']\n",
        ),
        quiet(
            "broker",
            "nrcompose-test/mosquitto",
            &["mosquitto_pub", "-t", "a", "-m", "b"],
            "    volumes: ['broker:/mosquitto/data']\n",
        ),
        quiet(
            "memcached",
            "nrcompose-test/memcached",
            &["sh", "-c", "pidof memcached"],
            "",
        ),
        page(
            "supervised",
            "nrcompose-test/supervisord",
            8000,
            "/",
            "supervised",
            "",
        ),
        page(
            "python",
            "nrcompose-test/python",
            8000,
            "/",
            "from the bind",
            "    command: [python3, -m, http.server, '8000', --directory, /src]\n    volumes: ['./src:/src']\n",
        ),
        quiet(
            "cron",
            "nrcompose-test/cron",
            &["sh", "-c", "kill -0 $(cat /var/run/crond.pid)"],
            "",
        ),
        page("s6", &of("s6"), 8081, "/", "", ""),
        page("overlay", "nrcompose-test/s6-user", 8989, "/", "", ""),
        page(
            "puid",
            "nrcompose-test/puid-app",
            8083,
            "/",
            "",
            "    environment: {PUID: '1000', PGID: '1000'}\n",
        ),
        page("static", &of("static"), 8080, "/", "static page", ""),
    ]
}

/// Answers, whoever it runs as.
fn answers(stack: &Stack, image: &Image) {
    match image.ask {
        Ask::Page(port, path, text) => probe::page(&format!("http://127.0.0.1:{port}{path}"), text),
        Ask::Command(command) => {
            let container = stack.container(image.service);
            eventually(20, || match docker(&[&["exec", &container], command].concat()) {
                out if out.code == 0 => Ok(()),
                out => Err(format!("{}: {}", image.service, out.all)),
            });
        }
    }
}

/// Without root, with some of it, or as written.
fn class(stack: &Stack, service: &str) -> &'static str {
    let container = stack.container(service);
    let user = docker(&[
        "inspect",
        "-f",
        "{{.Config.User}} {{.HostConfig.CapDrop}}",
        &container,
    ])
    .ok();
    let is_root = procs::of(&container).iter().any(procs::Process::is_root);
    match (is_root, user.contains("ALL")) {
        (false, _) => "without root",
        (true, true) => "root start",
        (true, false) => "as written",
    }
}

#[test]
fn what_nobody_described_answers_and_goes_back_by_itself_where_it_must() {
    if !is_long() {
        return report::line("left out without --all: twelve images that nobody described");
    }
    let built = [
        (
            "apache",
            Built::of(
                "FROM nrcompose-test/php-apache\nRUN echo 'plain apache' > /var/www/html/index.html && rm -f /var/www/html/index.php\n\
             CMD [\"apachectl\", \"-D\", \"FOREGROUND\"]",
            ),
        ),
        (
            "s6",
            Built::of(
                "FROM nrcompose-test/s6-base\nRUN install -d /etc/s6/services/app /data && printf '#!/bin/sh\\nexec noteapp 8081 /data/notes\\n' > /etc/s6/services/app/run && chmod 755 /etc/s6/services/app/run && install -d /etc/s6/oneshots",
            ),
        ),
        (
            "static",
            Built::of(
                "FROM nrcompose-test/busybox\nRUN [\"/bin/sh\", \"-c\", \"mkdir -p /www && echo static page > /www/index.html\"]\nCMD [\"/bin/busybox\", \"httpd\", \"-f\", \"-p\", \"8080\", \"-h\", \"/www\"]",
            ),
        ),
    ];
    let built: Vec<(&str, &Built)> = built.iter().map(|(name, image)| (*name, image)).collect();
    let images = images(&built);
    let services: String = images
        .iter()
        .map(|i| format!("  {}:\n{}", i.service, i.compose))
        .collect();
    let compose = format!("services:\n{services}volumes: {{broker: }}\n");
    let stack = Stack::of("twelve", &compose);
    stack.write("src/index.html", "from the bind");
    stack.write(
        "haproxy.cfg",
        "defaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 5s\nfrontend f\n  bind :8888\n  http-request return status 200 content-type text/plain string \"through the proxy\"\n",
    );
    std::os::unix::fs::chown(stack.path("src"), Some(1507), Some(1507)).unwrap();

    let start = Instant::now();
    stack.ok(Tool::Plain, &["up", "-d"]);
    for image in &images {
        answers(&stack, image);
    }
    let plain = start.elapsed().as_secs_f64();
    stack.ok(Tool::Plain, &["down", "-v", "-t", "1"]);

    // By plan alone, and none of it a guess.
    let told = stack.run(Tool::Nrcompose, &["explain", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    for image in &images {
        let confidence = &plan["services"][image.service]["confidence"];
        assert_ne!(confidence, "guessed", "{}", image.service);
    }
    let start = Instant::now();
    let first = stack.run(Tool::Nrcompose, &["up", "-d"]);
    let ours = start.elapsed().as_secs_f64();
    assert_eq!(first.code, 0, "{}", first.all);
    let mut without_root = 0;
    for image in &images {
        answers(&stack, image);
        let class = class(&stack, image.service);
        report::line(&format!("{:<12} {class}", image.service));
        without_root += usize::from(class == "without root");
        let told = first
            .all
            .lines()
            .filter(|l| l.starts_with("warning") || l.starts_with("nrcompose"));
        let about = told.filter(|l| l.contains(image.service)).count();
        assert!(
            class == "without root" || about > 0 || first.all.contains("start as root: "),
            "{}: {}",
            image.service,
            first.all
        );
    }
    report::line(&format!(
        "twelve images: {without_root} without root; plain {plain:.1} s, first up {ours:.1} s, ratio {:.1}",
        ours / plain
    ));
    assert!(without_root >= 7, "{without_root}");

    let there = || {
        docker(&[
            "ps",
            "-q",
            "--no-trunc",
            "--filter",
            &format!("label=com.docker.compose.project={}", stack.project),
        ])
        .ok()
    };
    let before = there();
    let second = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert_eq!(second.code, 0, "{}", second.all);
    assert_eq!(there(), before, "{}", second.all);
    let said: Vec<&str> = second.all.lines().filter(|l| !l.contains("Container ")).collect();
    assert_eq!(said.len(), 1, "{}", second.all);

    let owner = std::fs::metadata(stack.path("src/index.html")).unwrap().uid();
    assert_eq!(
        (owner, std::fs::metadata(stack.path("src")).unwrap().uid()),
        (0, 1507),
        "nothing of the person's changes"
    );
}
