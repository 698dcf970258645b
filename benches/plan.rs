//! `nrcompose harden` of a project of ten services, without an engine, against `docker compose config` of the same
//! file in the same run, as whole processes that take turns. The bar is 5 %; nothing is asserted, machines differ.
//!
//! Compose is the `docker compose` on PATH; without it, only our own figure is printed.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints its figures"
)]

#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod measure;

use measure::{cost, costs, has_compose};
use std::fmt::Write;

const RUNS: usize = 31;

/// The share of Compose's own time that a plan may take, in percent.
const BAR: f64 = 5.0;

/// Images whose needs are known, where each keeps its data and what it listens on.
const SERVICES: [(&str, &str, u16); 10] = [
    ("nginx:1.27", "/usr/share/nginx/html", 80),
    ("postgres:16", "/var/lib/postgresql/data", 5432),
    ("redis:7", "/data", 6379),
    ("mariadb:11", "/var/lib/mysql", 3306),
    ("grafana/grafana:11.2.0", "/var/lib/grafana", 3000),
    ("prom/prometheus:v2.54.1", "/prometheus", 9090),
    ("traefik:v3.1", "/etc/traefik", 80),
    ("gitea/gitea:1.22", "/data", 3000),
    ("vaultwarden/server:1.32.0", "/data", 80),
    ("lscr.io/linuxserver/sonarr:4.0.9", "/config", 8989),
];

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("compose.yaml");
    std::fs::write(&file, project()).unwrap();
    let file = file.to_str().unwrap();
    let plan = [env!("CARGO_BIN_EXE_nrcompose"), "-f", file, "harden"];
    if !has_compose() {
        let own = cost(&plan, RUNS);
        println!(
            "{} services planned: {:.1} ms; no docker compose to compare with",
            SERVICES.len(),
            own.median
        );
        return;
    }
    let config = ["docker", "compose", "-f", file, "config"];
    let [own, compose] = costs([&plan, &config], RUNS);
    let ratio = 100.0 * own.median / compose.median;
    println!(
        "{} services planned: {:.1} ms; docker compose config: {:.1} ms; {ratio:.2} % (bar: {BAR} %)",
        SERVICES.len(),
        own.median,
        compose.median
    );
}

/// The services as people write them.
fn project() -> String {
    let mut text = String::from("services:\n");
    for (i, (image, data, port)) in SERVICES.iter().enumerate() {
        _ = write!(
            text,
            "  svc{i}:\n    image: {image}\n    restart: unless-stopped\n    \
             environment: {{TZ: Europe/Amsterdam, PUID: 1000, PGID: 1000, PASSWORD: \"${{PASSWORD:-x}}\"}}\n    \
             ports: [\"{}:{port}\"]\n    volumes: [\"data{i}:{data}\"]\n    \
             healthcheck: {{test: [CMD, \"true\"], interval: 30s}}\n    labels: [traefik.enable=true]\n",
            10_000 + i
        );
    }
    text.push_str("volumes:\n");
    (0..SERVICES.len()).for_each(|i| _ = writeln!(text, "  data{i}:"));
    text
}
