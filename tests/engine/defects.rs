//! Defects of engines that a test must not be failed by.

use crate::report;
use crate::run::{Out, docker};

const STUCK: &str = "has active endpoints";

/// Engines up to 23 now and then lose count of a network's endpoints when containers start and stop at the same
/// time: the network stays until the engine restarts, though nothing is connected (moby/moby#43286).
pub(crate) fn network_is_stuck(network: &str) -> bool {
    let connected = docker(&["network", "inspect", "-f", "{{len .Containers}}", network]);
    connected.stdout.trim() == "0" && docker(&["network", "rm", network]).all.contains(STUCK)
}

/// Whether that, and nothing else, is what a command failed by.
pub(crate) fn only_stuck_network(out: &Out, network: &str) -> bool {
    let told = out.code != 0 && out.all.contains(STUCK) && network_is_stuck(network);
    if told {
        report::line(&format!(
            "the engine lost count of the endpoints of {network} (moby/moby#43286)"
        ));
    }
    told
}
