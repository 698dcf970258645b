//! `security_opt`, `cap_add` and `cap_drop` as an author wrote them.

use super::Service;
use crate::capability;

/// The entries of `security_opt` about no-new-privileges, by their places.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NoNewPrivileges {
    /// Those that turn it on.
    pub on: Vec<usize>,
    /// Those that turn it off.
    pub off: Vec<usize>,
}

impl NoNewPrivileges {
    /// Whether it is on, whatever the order of the entries.
    pub fn is_on(&self) -> bool {
        !self.on.is_empty() && self.off.is_empty()
    }
}

impl Service<'_> {
    /// What it says of no-new-privileges.
    pub fn no_new_privileges(&self) -> NoNewPrivileges {
        let mut said = NoNewPrivileges::default();
        for (index, option) in self.strings("security_opt").into_iter().enumerate() {
            match option.strip_prefix("no-new-privileges") {
                Some("" | ":true" | "=true") => said.on.push(index),
                Some(":false" | "=false") => said.off.push(index),
                _ => {}
            }
        }
        said
    }

    /// The names in `cap_add` or `cap_drop` as the kernel has them.
    pub fn capabilities(&self, key: &str) -> Vec<String> {
        self.strings(key)
            .iter()
            .map(|name| capability::plain(name))
            .collect()
    }
}
