//! At which address a container is asked, and from where.

use super::dial::Door;
use super::front::{asked, published};
use super::speech;
use crate::engine::Container;
use crate::engine::helper::Network;
use crate::verify::observation::Observation;
use crate::verify::reply::AskedFrom;

/// One port of one container, and how it is asked.
#[derive(Debug, Clone)]
pub(crate) struct PortQuestion {
    /// In the container.
    pub port: u16,
    /// From where.
    pub from: AskedFrom,
    /// Where to connect.
    pub door: Door,
    /// Where a helper would stand; on the machine none is needed.
    pub network: Option<Network>,
}

/// How a container is asked. `is_near`: the engine is on this machine, so what is published is published here.
pub(crate) fn questions(
    container: &Container,
    all: &[Container],
    seen: &Observation,
    is_near: bool,
) -> Vec<PortQuestion> {
    let names = || {
        let commands = seen.processes.iter().map(|p| p.command.as_str());
        std::iter::once(container.config.image.as_str()).chain(commands)
    };
    let door = |address: String, port: u16, protocol: &str| {
        let (speech, is_certain) = speech::at(port, names());
        let protocol = protocol.to_owned();
        Door {
            address,
            protocol,
            speech,
            is_certain,
        }
    };
    let place = place(container, all);
    let mut questions = Vec::new();
    let published = published(container);
    for (port, protocol) in asked(container, seen.listening.as_deref()) {
        if let Some((network, address)) = &place {
            questions.push(PortQuestion {
                port,
                from: AskedFrom::Network,
                door: door(socket(address, port), port, &protocol),
                network: Some(network.clone()),
            });
        }
        let front = published
            .iter()
            .find(|p| (p.port, &p.protocol) == (port, &protocol));
        let at = front.and_then(|p| p.at.first()).filter(|_| is_near);
        if let Some((address, on_machine)) = at {
            let address = match address.as_str() {
                "" | "0.0.0.0" => "127.0.0.1",
                "::" => "::1",
                other => other,
            };
            questions.push(PortQuestion {
                port,
                from: AskedFrom::Machine,
                door: door(socket(address, *on_machine), port, &protocol),
                network: None,
            });
        }
    }
    questions
}

/// Where its neighbours stand, and at which address they find it.
fn place(container: &Container, all: &[Container]) -> Option<(Network, String)> {
    let mode = container.host_config.network_mode.as_str();
    if let Some(other) = mode.strip_prefix("container:") {
        let other = all.iter().find(|c| c.id == other)?;
        return place(other, &[]);
    }
    if mode == "host" {
        return Some((Network::Of(container.id.clone()), "127.0.0.1".to_owned()));
    }
    container
        .network_settings
        .networks
        .iter()
        .find_map(|(name, network)| {
            let text = |key: &str| {
                network
                    .get(key)
                    .and_then(|v| v.as_str())
                    .filter(|v| !v.is_empty())
            };
            let address = text("IPAddress").or_else(|| text("GlobalIPv6Address"))?;
            Some((Network::Named(name.clone()), address.to_owned()))
        })
}

fn socket(address: &str, port: u16) -> String {
    match address.contains(':') {
        true => format!("[{address}]:{port}"),
        false => format!("{address}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::answer::samples::{container, listener};

    #[test]
    fn what_is_published_is_asked_on_the_network_and_on_the_machine() {
        let web = container(serde_json::json!({
            "HostConfig": {"NetworkMode": "p_default", "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": ""}]}},
            "NetworkSettings": {
                "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}], "443/tcp": null},
                "Networks": {"p_default": {"IPAddress": "172.18.0.2"}},
            },
        }));
        let seen = Observation::default();
        let asked = |near| {
            let all = questions(&web, &[], &seen, near).into_iter();
            all.map(|q| format!("{:?} {}", q.from, q.door.address))
                .collect::<Vec<_>>()
        };
        assert_eq!(asked(true), ["Network 172.18.0.2:80", "Machine 127.0.0.1:8080"]);
        assert_eq!(asked(false), ["Network 172.18.0.2:80"]);
        // Taken off its network, it is still to be published.
        let off = container(serde_json::json!({
            "HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}},
        }));
        assert_eq!(
            (published(&off).len(), questions(&off, &[], &seen, true).len()),
            (1, 0)
        );
    }

    #[test]
    fn a_neighbours_network_is_asked_there() {
        let net = serde_json::json!({"Networks": {"n": {"IPAddress": "10.0.0.2"}}});
        let vpn = container(serde_json::json!({"Id": "v", "NetworkSettings": net}));
        let app = container(
            serde_json::json!({"HostConfig": {"NetworkMode": "container:v"}, "Config": {"ExposedPorts": {"1/tcp": {}}}}),
        );
        let seen = Observation {
            listening: Some(vec![listener(1, "0.0.0.0")]),
            ..Observation::default()
        };
        let asked = questions(&app, &[vpn], &seen, true);
        assert_eq!(asked[0].door.address, "10.0.0.2:1");
    }
}
