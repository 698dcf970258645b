//! What came of asking: the reply of a port, and what of it can be compared with another run.

use serde::{Deserialize, Serialize};

/// What a service said at its front door, to compare one run of it with another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ServiceAnswer {
    /// Of HTTP; `None` for another protocol.
    pub status: Option<u16>,
    /// By what the page is known: its title, or its first heading.
    pub marker: Option<String>,
}

/// What a port said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "reply")]
pub enum Reply {
    /// A response of HTTP.
    Http {
        /// `200` …
        status: u16,
        /// The page's title, or its first heading.
        marker: Option<String>,
    },
    /// The first bytes of another protocol, as they must be.
    Spoke {
        /// `postgres` …
        protocol: String,
    },
    /// It takes a connection, and nobody knows what to say to it.
    Open,
    /// It takes a connection, and does not answer in the protocol that it is known to speak.
    Silent {
        /// Which one.
        protocol: String,
        /// What came instead.
        instead: String,
    },
    /// Nobody takes a connection.
    Refused {
        /// Why, as the kernel says.
        why: String,
    },
}

/// From where a port was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AskedFrom {
    /// From the service's network, as its neighbours do.
    Network,
    /// From the machine, where it is published.
    Machine,
}

/// What became of a connection to a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PortAnswer {
    /// In the container, whatever it is published as.
    pub port: u16,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// From where.
    pub from: AskedFrom,
    /// Where the connection went to: an address and a port.
    pub address: String,
    /// What came of it.
    #[serde(flatten)]
    pub reply: Reply,
}

impl Reply {
    /// Why this is no answer; `None` when it is one.
    pub fn fault(&self) -> Option<String> {
        match self {
            Reply::Http { status, .. } if *status >= 500 => Some(format!("HTTP {status}")),
            Reply::Http { .. } | Reply::Spoke { .. } | Reply::Open => None,
            Reply::Silent { protocol, instead } => Some(format!("no {protocol}: {instead}")),
            Reply::Refused { why } => Some(why.clone()),
        }
    }

    /// What can be compared with another run.
    pub fn answer(&self) -> Option<ServiceAnswer> {
        match self {
            Reply::Http { status, marker } => Some(ServiceAnswer {
                status: Some(*status),
                marker: marker.clone(),
            }),
            Reply::Spoke { .. } | Reply::Open => Some(ServiceAnswer::default()),
            Reply::Silent { .. } | Reply::Refused { .. } => None,
        }
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reply::Http { status, .. } => write!(f, "answers HTTP {status}"),
            Reply::Spoke { protocol } => write!(f, "answers {protocol}"),
            Reply::Open => f.write_str("listens"),
            Reply::Silent { protocol, .. } => write!(f, "does not answer {protocol}"),
            Reply::Refused { .. } => f.write_str("does not answer"),
        }
    }
}
