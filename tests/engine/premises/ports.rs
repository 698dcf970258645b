//! In a network namespace of its own, anyone may listen on port 80; on the host's network the host decides.

use super::STRANGER;
use crate::container::once;
use crate::run::Out;

fn listen_on_80(options: &[&str]) -> Out {
    // An address of this machine that nobody else listens on, in case of the host's own network.
    let script = "import socket; socket.socket().bind(('127.77.0.80', 80)); print('bound')";
    once(
        &[STRANGER, options].concat(),
        "python",
        &["python3", "-c", script],
    )
}

#[test]
fn port_80_is_free_for_all_on_private_networks() {
    assert_eq!(listen_on_80(&[]).ok(), "bound");
    assert_eq!(listen_on_80(&["--network", "none"]).ok(), "bound");
}

#[test]
fn port_80_follows_the_host_on_its_network() {
    let start = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap();
    let out = listen_on_80(&["--network", "host"]);
    if start.trim().parse::<u16>().unwrap() > 80 {
        assert!(out.failed().contains("Permission denied"));
    } else {
        out.ok();
    }
}

#[test]
fn port_80_is_closed_by_the_services_own_sysctl() {
    let raised = &["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];
    assert!(listen_on_80(raised).failed().contains("Permission denied"));
    // Adding the capability helps no one but root.
    let added = [&raised[..], &["--cap-add", "NET_BIND_SERVICE"]].concat();
    assert!(listen_on_80(&added).failed().contains("Permission denied"));
}
