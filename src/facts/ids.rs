//! Users and groups by their numbers.

use serde::{Deserialize, Serialize};

/// A numeric user and group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ids {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

/// Prints as `uid:gid`, the form Compose takes.
impl std::fmt::Display for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.uid, self.gid)
    }
}

/// Reads `uid:gid`; root is no user to run as.
impl std::str::FromStr for Ids {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str| part.parse::<u32>().ok().filter(|n| *n <= MAX_ID);
        let (uid, gid) = text
            .split_once(':')
            .ok_or_else(|| format!("`{text}` has no group"))?;
        match (number(uid), number(gid)) {
            (Some(0), _) => Err("uid 0 is root".to_owned()),
            (Some(uid), Some(gid)) => Ok(Ids { uid, gid }),
            _ => Err(format!("`{text}` is not two numbers from 0 to {MAX_ID}")),
        }
    }
}

/// The largest id that the engine takes.
const MAX_ID: u32 = 2_147_483_647;
