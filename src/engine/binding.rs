//! Where a container is on the network: its networks, and where its ports are published.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};

/// Published ports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkSettings {
    /// `80/tcp` and where it is bound.
    #[serde(default, deserialize_with = "or_default")]
    pub ports: IndexMap<String, Option<Vec<Binding>>>,
    /// By name.
    #[serde(default, deserialize_with = "or_default")]
    pub networks: IndexMap<String, serde_json::Value>,
}

/// One published address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Binding {
    /// `0.0.0.0`, `::`, `127.0.0.1`.
    #[serde(default)]
    pub host_ip: String,
    /// As text, as the engine has it.
    #[serde(default)]
    pub host_port: String,
}

/// The engine writes `null` where it means nothing.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
