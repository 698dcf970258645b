//! A port below 1024 moves where it is asked to or has to, with everything that names it.

use crate::run::{docker, eventually, free_port};
use crate::stack::{Stack, Tool};
use crate::{probe, procs};
use std::net::TcpListener;

/// The local ports that something listens on inside a container.
fn listening(container: &str) -> Vec<u16> {
    let tables = docker(&["exec", container, "cat", "/proc/net/tcp", "/proc/net/tcp6"]).ok();
    let mut ports: Vec<u16> = tables
        .lines()
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let port = fields.get(1)?.rsplit(':').next()?;
            (fields.get(3) == Some(&"0A")).then(|| u16::from_str_radix(port, 16).ok())?
        })
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

fn web(port: u16, more: &str) -> String {
    format!(
        "services:\n  web:\n    image: nrcompose-test/nginx\n    x-nrcompose: {{profile: nginx}}\n    ports: [\"{port}:80\"]\n{more}"
    )
}

#[test]
fn the_published_port_stays_when_the_inner_one_moves() {
    let port = free_port();
    let stack = Stack::of("remap", &web(port, ""));
    let url = format!("http://127.0.0.1:{port}/");
    for (globals, inside) in [(&["--nr-ports", "remap"][..], 8080), (&[], 80)] {
        stack.ok(Tool::Trusting, &[globals, &["up", "-d"]].concat());
        probe::page(&url, "nginx");
        let container = stack.container("web");
        let listening = listening(&container);
        assert!(
            listening.contains(&inside) && !listening.contains(&(8160 - inside)),
            "{listening:?}"
        );
        let published = stack.ok(Tool::Trusting, &["port", "web", &inside.to_string()]);
        assert!(published.ends_with(&format!(":{port}")), "{published}");
        let found = procs::of(&container);
        assert!(
            found.iter().all(|p| !p.is_root() && p.bounding == 0),
            "{found:#?}"
        );
    }
}

/// With a configuration of its author's in the way nobody knows how to move it: it stays, says so, and all else holds.
#[test]
fn a_port_that_cannot_move_stays_and_the_rest_is_hardened() {
    let port = free_port();
    let stack = Stack::of(
        "remap-not",
        &web(port, "    volumes: [\"./conf.d:/etc/nginx/conf.d:ro\"]\n"),
    );
    stack.write("conf.d/default.conf", "server { listen 80; return 200 mine; }\n");
    let out = stack.run(Tool::Trusting, &["--nr-ports", "remap", "up", "-d"]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert!(
        out.all
            .contains("service web: ports is refused: port 80 cannot be moved"),
        "{}",
        out.all
    );
    probe::page(&format!("http://127.0.0.1:{port}/"), "mine");
    let found = procs::of(&stack.container("web"));
    assert!(
        found
            .iter()
            .all(|p| !p.is_root() && p.bounding == 0 && p.no_new_privileges),
        "{found:#?}"
    );
}

const ON_HOST: &str = "services:\n  web:\n    image: nrcompose-test/nginx\n    x-nrcompose: {profile: nginx}\n    network_mode: host\n    expose: [\"80\"]\n    labels: {traefik.http.services.web.loadbalancer.server.port: \"80\"}\n    healthcheck: {test: [CMD, curl, -f, \"http://localhost:80/\"], interval: 1s}\n";

/// On the host's network a low port takes a capability, so it moves by itself; health check and label follow.
#[test]
fn on_the_host_network_it_moves_by_itself() {
    if TcpListener::bind("0.0.0.0:8080").is_err() {
        crate::report::line("host network: left out, 8080 is in use on this machine");
        return;
    }
    let stack = Stack::of("remap-host", ON_HOST);
    stack.ok(Tool::Trusting, &["up", "-d"]);
    probe::page("http://127.0.0.1:8080/", "nginx");
    let container = stack.container("web");
    let of = |what: &str| docker(&["inspect", "-f", what, &container]).ok();
    // The engine exposes nothing on this network; what Compose was told is what neighbours and proxies read.
    let told = stack.ok(Tool::Trusting, &["config", "--format", "json"]);
    let expose = told.split("\"expose\"").nth(1).unwrap();
    assert!(expose.split(']').next().unwrap().contains("\"8080\""), "{told}");
    assert!(of("{{json .Config.Labels}}").contains("server.port\":\"8080\""));
    assert!(of("{{json .Config.Healthcheck.Test}}").contains("http://localhost:8080/"));
    let found = procs::of(&container);
    assert!(
        found.iter().all(|p| !p.is_root() && p.bounding == 0),
        "{found:#?}"
    );
    // The stand-in has curl only where Debian's base has it; a check that cannot run says nothing.
    if docker(&["exec", &container, "which", "curl"]).code == 0 {
        eventually(30, || match of("{{.State.Health.Status}}").as_str() {
            "healthy" => Ok(()),
            other => Err(other.to_owned()),
        });
    }
}

/// What the move is for: the same service, its port left where it was.
#[test]
fn on_the_host_network_a_low_port_is_closed() {
    let start = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap();
    if start.trim().parse::<u16>().unwrap() <= 80 {
        crate::report::line("host network, port 80 closed: left out, this machine lets anybody bind it");
        return;
    }
    let kept = "{profile: nginx, suppress: {ports: to see what it is for}}";
    let stack = Stack::of("remap-none", &ON_HOST.replace("{profile: nginx}", kept));
    stack.ok(Tool::Trusting, &["up", "-d"]);
    let said = crate::controls::failure(&stack, "web");
    assert!(
        said.contains("bind() to 0.0.0.0:80 failed (13: Permission denied)"),
        "{said}"
    );
}
