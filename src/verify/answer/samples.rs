//! A container and a listener, as the tests of what is asked need them.

use crate::engine::Container;
use crate::verify::observation::Listener;

/// A running container with these parts.
pub(super) fn container(json: serde_json::Value) -> Container {
    let mut all = serde_json::json!({
        "Id": "a", "Name": "/a", "State": {"Status": "running"}, "HostConfig": {}, "Config": {}, "NetworkSettings": {},
    });
    for (key, value) in json.as_object().unwrap() {
        all[key] = value.clone();
    }
    serde_json::from_value(all).unwrap()
}

/// Somebody who listens there.
pub(super) fn listener(port: u16, address: &str) -> Listener {
    Listener {
        port,
        protocol: "tcp".into(),
        address: address.into(),
        uid: 1000,
    }
}
