//! Which ports of a container are asked, and which it is held to.

use crate::engine::Container;
use crate::engine::container::Binding;
use crate::verify::observation::Listener;
use indexmap::IndexMap;

/// The most ports of one container that are asked: a range of a thousand is one service all the same.
const MOST: usize = 12;
/// Ports from here on are the kernel's to give away, and nobody's front door.
const EPHEMERAL: u16 = 32768;

/// A port of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FrontPort {
    /// In the container.
    pub port: u16,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// Where it is published on the machine: an address, which may be empty, and a port.
    pub at: Vec<(String, u16)>,
}

/// The ports that are published, or would be if it were on its network.
pub(crate) fn published(container: &Container) -> Vec<FrontPort> {
    let real = &container.network_settings.ports;
    let wanted = container.host_config.port_bindings.keys().chain(real.keys());
    let mut all: Vec<FrontPort> = Vec::new();
    for key in wanted {
        let bound = |ports: &IndexMap<String, Option<Vec<Binding>>>| {
            ports.get(key).cloned().flatten().unwrap_or_default()
        };
        let (bindings, asked_for) = (bound(real), bound(&container.host_config.port_bindings));
        let Some((port, protocol)) = parse(key) else {
            continue;
        };
        if bindings.is_empty() && asked_for.is_empty()
            || all.iter().any(|p| (p.port, &p.protocol) == (port, &protocol))
        {
            continue;
        }
        let at = bindings
            .iter()
            .filter_map(|b| Some((b.host_ip.clone(), b.host_port.parse().ok()?)));
        let at = at.collect();
        all.push(FrontPort { port, protocol, at });
    }
    all
}

/// The ports that its image or its service says it listens on.
pub(crate) fn exposed(container: &Container) -> Vec<(u16, String)> {
    container
        .config
        .exposed_ports
        .keys()
        .filter_map(|k| parse(k))
        .collect()
}

/// The ports that it is held to whatever it listens on: those that are published, as far as it is known how to ask them.
pub(crate) fn claimed(container: &Container) -> Vec<(u16, String)> {
    let mut ports: Vec<(u16, String)> = published(container)
        .into_iter()
        .map(|p| (p.port, p.protocol))
        .collect();
    ports.retain(is_spoken);
    ports.truncate(MOST);
    ports
}

/// Of what is said over datagrams, only the questions of DNS are known.
fn is_spoken((port, protocol): &(u16, String)) -> bool {
    protocol == "tcp" || *port == 53
}

/// `80/tcp`.
fn parse(key: &str) -> Option<(u16, String)> {
    let (port, protocol) = key.split_once('/').unwrap_or((key, "tcp"));
    Some((port.parse().ok()?, protocol.to_owned()))
}

/// The ports that are asked: what is published, what is exposed and listened on, and where nothing is said at all, what is
/// listened on.
pub(crate) fn asked(container: &Container, listening: Option<&[Listener]>) -> Vec<(u16, String)> {
    let mut ports: Vec<(u16, String)> = published(container)
        .into_iter()
        .map(|p| (p.port, p.protocol))
        .collect();
    let open = |protocol: &str| -> Vec<(u16, String)> {
        let reach = listening
            .into_iter()
            .flatten()
            .filter(|l| !l.is_loopback() && l.protocol == protocol);
        reach.map(|l| (l.port, l.protocol.clone())).collect()
    };
    let is_open = |port: &(u16, String)| open(&port.1).contains(port);
    ports.extend(exposed(container).into_iter().filter(is_open));
    if ports.is_empty() {
        ports.extend(open("tcp").into_iter().filter(|(port, _)| *port < EPHEMERAL));
    }
    ports.retain(is_spoken);
    // Those that are published come first, and each once.
    let mut seen = Vec::new();
    ports.retain(|port| {
        let is_new = !seen.contains(port);
        seen.push(port.clone());
        is_new
    });
    ports.truncate(MOST);
    ports
}

/// The ports of the container itself that a healthcheck asks: `localhost:8080`, `http://127.0.0.1/`.
pub(crate) fn of_healthcheck(command: &str) -> Vec<u16> {
    let mut ports = Vec::new();
    for host in ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"] {
        for (at, _) in command.match_indices(host) {
            let after = &command[at + host.len()..];
            let before = &command[..at];
            let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
            let port = match after.strip_prefix([':']) {
                Some(rest) => digits(rest).parse().ok(),
                None if before.ends_with("http://") => Some(80),
                None if before.ends_with("https://") => Some(443),
                // `nc -z localhost 5432`
                None => after.strip_prefix(' ').and_then(|rest| {
                    let number = digits(rest);
                    let ends = rest[number.len()..]
                        .chars()
                        .next()
                        .is_none_or(char::is_whitespace);
                    number.parse().ok().filter(|_| ends)
                }),
            };
            ports.extend(port.filter(|p| *p != 0));
        }
    }
    ports.sort_unstable();
    ports.dedup();
    ports
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::answer::samples::{container, listener};

    #[test]
    fn what_is_exposed_is_asked_where_it_is_listened_on() {
        let app = container(
            serde_json::json!({"Config": {"ExposedPorts": {"80/tcp": {}, "9000/tcp": {}, "53/udp": {}}}}),
        );
        let listening = [
            listener(80, "127.0.0.1"),
            listener(7000, "::"),
            listener(9000, "0.0.0.0"),
        ];
        assert_eq!(asked(&app, Some(&listening)), [(9000, "tcp".to_owned())]);
        let bare = container(serde_json::json!({}));
        assert_eq!(
            asked(&bare, Some(&listening)),
            [(7000, "tcp".to_owned()), (9000, "tcp".to_owned())]
        );
        assert!(asked(&bare, None).is_empty());
    }

    #[test]
    fn a_healthcheck_names_its_ports() {
        for (command, ports) in [
            ("curl -f http://localhost:8080/health || exit 1", &[8080][..]),
            ("wget -qO- http://127.0.0.1/", &[80]),
            ("nc -z localhost 5432", &[5432]),
            ("redis-cli -h localhost ping", &[]),
            ("curl http://[::1]:3000/a http://localhost:3001", &[3000, 3001]),
            ("pg_isready -U app", &[]),
        ] {
            assert_eq!(of_healthcheck(command), ports, "{command}");
        }
    }
}
