//! Projects of any size: what may be asked for once for each service, port or volume.

use std::fmt::Write;
use std::process::Command;

/// What a run of a command takes of the processors, in seconds: what else the machine does counts less than on a clock.
/// No other child may end meanwhile.
pub(crate) fn processor_time(command: &mut Command) -> f64 {
    // The times of children that were waited for, user and system, in hundredths of a second.
    let so_far = || -> f64 {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
        let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
        fields.skip(13).take(2).map(|t| t.parse::<f64>().unwrap()).sum()
    };
    let before = so_far();
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
    (so_far() - before).max(1.0) / 100.0
}

/// Images whose needs are known, and where each keeps its data.
const IMAGES: [(&str, &str); 8] = [
    ("nginx:1.27", "/usr/share/nginx/html"),
    ("postgres:16", "/var/lib/postgresql/data"),
    ("redis:7", "/data"),
    ("mariadb:11", "/var/lib/mysql"),
    ("grafana/grafana:11.2.0", "/var/lib/grafana"),
    ("prom/prometheus:v2.54.1", "/prometheus"),
    ("vaultwarden/server:1.32.0", "/data"),
    ("registry.example.org/team/app:1", "/data"),
];

/// A kind of project, by what grows.
pub(crate) type Kind = (&'static str, fn(usize) -> String);

/// All kinds.
pub(crate) const KINDS: [Kind; 5] = [
    ("services", services),
    ("ports, twice", ports),
    ("services on the host's network", on_the_host),
    ("volumes of one service", volumes),
    ("services that fall back one after the other", falling),
];

/// Services with a volume of their own and one that all share, each after the one before, naming its neighbour.
pub(crate) fn services(count: usize) -> String {
    let mut text = String::from("services:\n");
    for i in 0..count {
        let (image, data) = IMAGES[i % IMAGES.len()];
        _ = write!(
            text,
            "  svc{i}:\n    image: {image}\n    ports: [\"{port}:80\", \"{port}:53/udp\"]\n    \
             environment: {{PUID: 1000, PGID: 1000, NEXT: 'http://svc{next}:80/'}}\n    \
             volumes: [\"data{i}:{data}\", \"all:/shared\", \"some{some}:/some\"]\n    tmpfs: [/scratch]\n",
            port = 10_000 + i % 50_000,
            next = (i + 1) % count,
            some = i % 10,
        );
        if i > 0 {
            _ = writeln!(text, "    depends_on: [svc{}]", i - 1);
        }
    }
    text.push_str("volumes:\n  all:\n");
    (0..10).for_each(|i| _ = writeln!(text, "  some{i}:"));
    (0..count).for_each(|i| _ = writeln!(text, "  data{i}:"));
    text
}

/// One service that publishes so many ports, of two protocols.
pub(crate) fn ports(count: usize) -> String {
    format!(
        "services:\n  a:\n    image: nginx:1.27\n    ports: [\"1-{count}:1-{count}\", \"1-{count}:1-{count}/udp\"]\n"
    )
}

/// Services whose port has to be moved, with everything that names it.
fn on_the_host(count: usize) -> String {
    let mut text = String::from("services:\n");
    for i in 0..count {
        _ = write!(
            text,
            "  svc{i}:\n    image: nginx:1.27\n    network_mode: host\n    environment: {{NEXT: 'http://svc{}/'}}\n",
            (i + 1) % count
        );
    }
    text
}

/// Services that share a volume with the next one each. The first is refused, so its volumes are not given to the second,
/// which then is refused as well.
fn falling(count: usize) -> String {
    let mut text = String::from("services:\n");
    for i in 0..count {
        _ = write!(
            text,
            "  svc{i}:\n    image: registry.example.org/app{i}\n    volumes: [\"data{i}:/a\", \"data{next}:/b\"]\n",
            next = i + 1
        );
        if i == 0 {
            text.push_str("    privileged: true\n");
        }
    }
    text.push_str("volumes:\n");
    (0..=count).for_each(|i| _ = writeln!(text, "  data{i}:"));
    text
}

/// One service that mounts so many volumes.
fn volumes(count: usize) -> String {
    let mut text = String::from("services:\n  a:\n    image: postgres:16\n    volumes:\n");
    (0..count).for_each(|i| _ = writeln!(text, "      - data{i}:/data/{i}"));
    text.push_str("volumes:\n");
    (0..count).for_each(|i| _ = writeln!(text, "  data{i}:"));
    text
}
