//! Claims on what it listens on, and what it answers.

use super::Judgement;
use super::compared::{another, stock};
use crate::verify::answer::PortAnswer;
use crate::verify::observation::{Listener, Observation};

/// A service may take so long until it listens and answers; after that, that it does not is a finding.
pub(crate) const YOUNG_MS: u64 = 30_000;

/// Broken, but for a container that just started.
fn broken(seen: &Observation, found: String) -> Judgement {
    match seen.engine.up_ms {
        Some(up) if up < YOUNG_MS => Judgement::pending(format!("{found}, {} s after its start", up / 1000)),
        _ => Judgement::broken(found),
    }
}

pub(super) fn listens(seen: &Observation, port: u16, protocol: &str) -> Judgement {
    let Some(listening) = &seen.listening else {
        return Judgement::unchecked("its sockets could not be read");
    };
    let here: Vec<&Listener> = at(listening, port, protocol).collect();
    let on_host = seen.engine.shared_namespaces.iter().any(|n| n == "network");
    if here.iter().any(|l| on_host || !l.is_loopback()) {
        return Judgement::Held;
    }
    if let Some(inside) = here.first() {
        let found = format!("only on {}, which nobody else reaches", inside.address);
        return broken(seen, found);
    }
    broken(seen, format!("it listens on {}", all(listening)))
}

pub(super) fn listens_inside(seen: &Observation, port: u16, protocol: &str) -> Judgement {
    let Some(listening) = &seen.listening else {
        return Judgement::unchecked("its sockets could not be read");
    };
    // What a healthcheck finds elsewhere than it seems to look is no fault.
    let is_healthy = seen.engine.health.as_deref() == Some("healthy");
    if is_healthy || at(listening, port, protocol).next().is_some() {
        return Judgement::Held;
    }
    broken(seen, format!("it listens on {}", all(listening)))
}

fn at<'l>(listening: &'l [Listener], port: u16, protocol: &'l str) -> impl Iterator<Item = &'l Listener> {
    listening
        .iter()
        .filter(move |l| l.port == port && l.protocol == protocol)
}

/// `80/tcp, 443/tcp`; a port is told once, whatever addresses it has.
fn all(listening: &[Listener]) -> String {
    let mut ports: Vec<String> = listening
        .iter()
        .map(|l| format!("{}/{}", l.port, l.protocol))
        .collect();
    ports.dedup();
    if ports.is_empty() {
        return "nothing".to_owned();
    }
    ports.join(", ")
}

pub(super) fn responds(seen: &Observation, port: u16, protocol: &str) -> Judgement {
    let asked: Vec<&PortAnswer> = seen
        .answers
        .iter()
        .filter(|a| a.port == port && a.protocol == protocol)
        .collect();
    if asked.is_empty() {
        return match connected(seen) {
            Judgement::Broken { found } => broken(seen, found),
            _ => Judgement::unchecked("it could not be asked"),
        };
    }
    if let Some((asked, fault)) = asked.iter().find_map(|a| Some((a, a.reply.fault()?))) {
        return broken(seen, format!("{}: {fault}", asked.address));
    }
    let now = asked.iter().find_map(|a| a.reply.answer());
    let is_the_front = now == seen.answer();
    match (&seen.before, now) {
        (Some(before), Some(now)) if is_the_front => match another(before, &now) {
            Some(found) => broken(seen, found),
            None => stock(seen, &asked),
        },
        _ => stock(seen, &asked),
    }
}

pub(super) fn connected(seen: &Observation) -> Judgement {
    let mode = seen.engine.network_mode.as_str();
    let is_own = [
        "",
        "none",
        "host",
        "default",
        "bridge",
        "slirp4netns",
        "pasta",
        "private",
    ]
    .contains(&mode)
        || mode.contains(':');
    let is_on_it = seen.engine.networks.iter().any(|n| n == mode);
    Judgement::unless(
        (!is_own && !is_on_it).then(|| match seen.engine.networks.as_slice() {
            [] => format!("it is on no network; it was made for {mode}"),
            others => format!("it is on {}, and no more on {mode}", others.join(", ")),
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::claim::Claim;
    use crate::verify::answer::{AskedFrom, Reply, ServiceAnswer};
    use crate::verify::claims::judge;
    use crate::verify::observation::Bind;

    fn listening(address: &str) -> Observation {
        let mut seen = Observation {
            listening: Some(vec![Listener {
                port: 80,
                protocol: "tcp".into(),
                address: address.into(),
                uid: 1000,
            }]),
            ..Observation::default()
        };
        seen.engine.up_ms = Some(YOUNG_MS);
        seen
    }

    fn said(from: AskedFrom, reply: Reply) -> PortAnswer {
        PortAnswer {
            port: 80,
            protocol: "tcp".into(),
            from,
            address: "a:80".into(),
            reply,
        }
    }

    fn http(status: u16, marker: Option<&str>) -> Reply {
        let marker = marker.map(str::to_owned);
        Reply::Http { status, marker }
    }

    fn verdict(claim: fn(u16, String) -> Claim, seen: &Observation) -> String {
        match judge(&claim(80, "tcp".into()), seen) {
            Judgement::Held => "held".to_owned(),
            Judgement::Broken { found } => found,
            Judgement::Pending { why } => format!("pending: {why}"),
            Judgement::Unchecked { why } => format!("unchecked: {why}"),
        }
    }

    const LISTENS: fn(u16, String) -> Claim = |port, protocol| Claim::Listens { port, protocol };
    const INSIDE: fn(u16, String) -> Claim = |port, protocol| Claim::ListensInside { port, protocol };
    const RESPONDS: fn(u16, String) -> Claim = |port, protocol| Claim::Responds { port, protocol };

    #[test]
    fn whom_only_the_container_reaches_does_not_listen_for_others() {
        for inside in ["127.0.0.1", "::1", "127.0.0.53", "::ffff:127.0.0.1"] {
            let seen = listening(inside);
            assert!(verdict(LISTENS, &seen).starts_with("only on"), "{inside}");
            assert_eq!(verdict(INSIDE, &seen), "held");
        }
        for outside in ["0.0.0.0", "::", "172.18.0.2"] {
            assert_eq!(verdict(LISTENS, &listening(outside)), "held");
        }
        let mut on_host = listening("127.0.0.1");
        on_host.engine.shared_namespaces.push("network".into());
        assert_eq!(verdict(LISTENS, &on_host), "held");
    }

    #[test]
    fn what_just_started_is_waited_for() {
        let mut seen = listening("127.0.0.1");
        seen.engine.up_ms = Some(3_000);
        assert!(verdict(LISTENS, &seen).starts_with("pending: only on"));
        seen.listening = Some(Vec::new());
        assert_eq!(
            verdict(LISTENS, &seen),
            "pending: it listens on nothing, 3 s after its start"
        );
        seen.engine.up_ms = None;
        assert_eq!(verdict(LISTENS, &seen), "it listens on nothing");
    }

    #[test]
    fn an_answer_is_one_from_everywhere() {
        let mut seen = listening("0.0.0.0");
        assert_eq!(verdict(RESPONDS, &seen), "unchecked: it could not be asked");
        seen.answers = vec![said(AskedFrom::Network, http(404, None))];
        assert_eq!(verdict(RESPONDS, &seen), "held");
        let why = "connection refused".to_owned();
        seen.answers
            .push(said(AskedFrom::Machine, Reply::Refused { why }));
        assert_eq!(verdict(RESPONDS, &seen), "a:80: connection refused");
        seen.answers = vec![said(AskedFrom::Network, http(502, None))];
        assert_eq!(verdict(RESPONDS, &seen), "a:80: HTTP 502");
        seen.engine.up_ms = Some(1_000);
        assert!(verdict(RESPONDS, &seen).starts_with("pending: "));
    }

    #[test]
    fn an_answer_is_compared_with_the_one_of_before() {
        let now = |before: (u16, Option<&str>), status, marker| {
            let mut seen = listening("0.0.0.0");
            seen.answers = vec![said(AskedFrom::Network, http(status, marker))];
            seen.before = Some(ServiceAnswer {
                status: Some(before.0),
                marker: before.1.map(str::to_owned),
            });
            verdict(RESPONDS, &seen)
        };
        assert_eq!(now((200, Some("My site 3")), 200, Some("My site 4")), "held");
        assert_eq!(now((302, None), 200, Some("Login")), "held");
        assert_eq!(now((403, None), 403, None), "held");
        assert!(now((200, None), 403, None).contains("HTTP 403 now"));
        assert!(now((200, Some("My site")), 200, Some("Welcome to nginx!")).contains("My site"));
        assert!(now((200, None), 200, Some("It works!")).contains("the server's own"));
    }

    #[test]
    fn a_servers_own_page_is_none_of_a_site_that_is_mounted() {
        let mut seen = listening("0.0.0.0");
        seen.answers = vec![said(AskedFrom::Network, http(200, Some("Welcome to nginx!")))];
        assert_eq!(verdict(RESPONDS, &seen), "held");
        seen.engine.binds.push(Bind {
            source: "/srv/templates".into(),
            host_path: true,
            target: "/etc/nginx/templates".into(),
            writable: false,
            propagation: String::new(),
        });
        assert!(verdict(RESPONDS, &seen).contains("/etc/nginx/templates"));
    }

    #[test]
    fn one_that_was_taken_off_its_network_is_found() {
        let mut seen = listening("0.0.0.0");
        let connected = |seen: &Observation| judge(&Claim::Connected, seen);
        for fine in ["", "host", "none", "bridge", "default", "container:abc"] {
            seen.engine.network_mode = fine.into();
            assert_eq!(connected(&seen), Judgement::Held, "{fine}");
        }
        seen.engine.network_mode = "p_default".into();
        assert!(matches!(connected(&seen), Judgement::Broken { .. }));
        assert!(verdict(RESPONDS, &seen).contains("p_default"));
        seen.engine.networks = vec!["p_default".into()];
        assert_eq!(connected(&seen), Judgement::Held);
    }
}
