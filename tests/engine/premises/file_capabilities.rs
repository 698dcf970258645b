//! A program with an effective file capability cannot be executed at all where that capability is out of reach.

use crate::container::once;
use crate::run::Out;

const NO_NEW: [&str; 2] = ["--security-opt", "no-new-privileges:true"];

/// nginx of the DSMR stand-in carries cap_net_bind_service=+ep.
fn nginx(user: &str, options: &[&str]) -> Out {
    let options = [&["--user", user, "--entrypoint", "/usr/sbin/nginx"], options].concat();
    once(&options, "dsmr", &["-v"])
}

#[test]
fn file_capability_needs_its_capability_in_the_bounding_set() {
    for user in ["0:0", "1000:1000"] {
        nginx(user, &[]).ok();
        nginx(user, &NO_NEW).ok();
        let dropped = nginx(user, &["--cap-drop", "ALL"]).failed();
        assert!(
            dropped.to_lowercase().contains("operation not permitted"),
            "{dropped}"
        );
        let kept = ["--cap-drop", "ALL", "--cap-add", "NET_BIND_SERVICE"];
        nginx(user, &kept).ok();
        nginx(user, &[&kept[..], &NO_NEW].concat()).ok();
    }
}
