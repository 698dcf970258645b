//! `/proc/PID/net/{tcp,tcp6,udp,udp6}`: who listens where.

use crate::verify::observation::Listener;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

/// The engine's own resolver in every container of a user-defined network; no process of the container.
const ENGINE_DNS: &str = "127.0.0.11";

/// All listening sockets of the network namespace that a process of `/proc` is in. `None` if unreadable.
pub(crate) fn listeners(process: &Path) -> Option<Vec<Listener>> {
    let mut all = Vec::new();
    for (file, protocol) in [("tcp", "tcp"), ("tcp6", "tcp"), ("udp", "udp"), ("udp6", "udp")] {
        match std::fs::read_to_string(process.join("net").join(file)) {
            Ok(text) => all.extend(text.lines().skip(1).filter_map(|l| line(l, protocol))),
            // A kernel without IPv6 has no such table.
            Err(_) if file.ends_with('6') => {}
            Err(_) => return None,
        }
    }
    all.sort();
    all.dedup();
    Some(all)
}

fn line(line: &str, protocol: &str) -> Option<Listener> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (address, port) = fields.get(1)?.split_once(':')?;
    let state = *fields.get(3)?;
    // LISTEN; a UDP socket that waits for anybody is shown as CLOSE.
    let waits = if protocol == "tcp" { "0A" } else { "07" };
    let address = ip(address)?;
    if state != waits || address == ENGINE_DNS {
        return None;
    }
    Some(Listener {
        port: u16::from_str_radix(port, 16).ok()?,
        protocol: protocol.to_owned(),
        address,
        uid: fields.get(7)?.parse().ok()?,
    })
}

/// Words of 32 bits in the machine's order.
fn ip(hex: &str) -> Option<String> {
    let word = |at: usize| {
        u32::from_str_radix(hex.get(at..at + 8)?, 16)
            .ok()
            .map(u32::to_ne_bytes)
    };
    if hex.len() == 8 {
        return Some(Ipv4Addr::from(word(0)?).to_string());
    }
    let mut bytes = [0; 16];
    for (index, chunk) in bytes.chunks_mut(4).enumerate() {
        chunk.copy_from_slice(&word(index * 8)?);
    }
    Some(Ipv6Addr::from(bytes).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_are_told_from_connections_and_from_the_engines_resolver() {
        let tcp = |l| line(l, "tcp");
        let web =
            tcp(" 0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  101  0 1 1 0")
                .unwrap();
        assert_eq!((web.port, web.address.as_str(), web.uid), (80, "0.0.0.0", 101));
        assert_eq!(
            tcp(" 0: 0B00007F:AAB5 00000000:0000 0A 0:0 0:0 0 0 0 22240 1"),
            None
        );
        assert_eq!(
            tcp(" 0: 00000000:0050 0100007F:1234 01 0:0 0:0 0 0 0 22240 1"),
            None
        );
        let six = "00000000000000000000000000000000:1F90";
        let six = tcp(&format!(" 0: {six} {six} 0A 0:0 0:0 0 1000 0 1 1")).unwrap();
        assert_eq!((six.port, six.address.as_str()), (8080, "::"));
    }
}
