//! What a person says about one service: one row a key, from which its field, its reader and what counts where several
//! files speak are made.

use super::form::{KeyForm, PORTS};
use super::keys::{Key, each};
use super::tmpfs::Tmpfs;
use super::values::{self, Reason, flag, ids, put, reason, suppressions, text, word};
use crate::diagnostic::Diagnostic;
use crate::facts::settings::{Ids, PortStrategy};
use crate::tree::{Node, Origin};
use indexmap::IndexMap;
use serde::Deserialize;

/// How a service reaches the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SocketAccess {
    /// Through the socket that its author mounts.
    Direct,
    /// Through a proxy that lets only what it needs pass.
    Proxy,
}

/// A row: the key, the type of its value, what may be written, what it is for; how it is read; how a stronger value and a
/// weaker one become one.
macro_rules! service_keys {
    ($($name:ident: $type:ty, $form:expr, $about:literal, $read:expr, $over:expr;)+) => {
        /// One service's configuration.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct ServiceConfig {
            $(#[doc = $about] pub $name: $type,)+
        }

        /// What may stand in a service, sorted.
        pub const SERVICE: &[Key<ServiceConfig>] = &[$(Key {
            name: stringify!($name),
            form: $form,
            about: $about,
            read: |config, node, form| put(&mut config.$name, ($read)(node, form)),
        }),+];

        /// Key by key.
        fn merged(strong: ServiceConfig, weak: ServiceConfig) -> ServiceConfig {
            ServiceConfig { $($name: ($over)(strong.$name, weak.$name)),+ }
        }
    };
}

service_keys! {
    as_root: Option<bool>, KeyForm::Flag,
        "root on purpose, for debugging; reported on every run",
        |n, f| flag(n, f).map(Some), Option::or;
    override_root: Option<bool>, KeyForm::Flag,
        "an author's `user: root` does not count",
        |n, f| flag(n, f).map(Some), Option::or;
    passwd: Option<bool>, KeyForm::Flag,
        "whether its user gets an entry in the image's /etc/passwd",
        |n, f| flag(n, f).map(Some), Option::or;
    ports: Option<PortStrategy>, PORTS,
        "what to do with its container ports below 1024",
        |n, f| word(n, f).map(Some), Option::or;
    probe: Option<Node>, KeyForm::Probe,
        "a command that succeeds when the service works",
        |n: &Node, _| Ok(Some(n.clone())), Option::or;
    profile: Option<(String, Origin)>, KeyForm::Text("the name of a profile"),
        "what its image is, for one that is built or renamed",
        |n: &Node, f| text(n, f).map(|name| Some((name, n.origin))), Option::or;
    read_only: Option<bool>, KeyForm::Flag,
        "a read-only root filesystem",
        |n, f| flag(n, f).map(Some), Option::or;
    skip: Option<Reason>, KeyForm::Text("the reason"),
        "leave the service as its author wrote it, for this reason",
        |n, f| reason(n, f).map(Some), Option::or;
    socket: Option<SocketAccess>, KeyForm::Word(&["direct", "proxy"]),
        "how it reaches the engine: through the socket it mounts, or a proxy that lets only what it needs pass",
        |n, f| word(n, f).map(Some), Option::or;
    suppress: IndexMap<String, Reason>, KeyForm::Reasons,
        "controls that are not carried out, each with its reason",
        suppressions, all_reasons;
    tmpfs: Vec<Tmpfs>, KeyForm::Tmpfs,
        "more directories that it writes, each a tmpfs of its user, with mount options behind a colon",
        values::tmpfs, all_directories;
    user: Option<(Ids, Origin)>, KeyForm::Ids,
        "who it runs as",
        |n: &Node, f| ids(n, f).map(|ids| Some((ids, n.origin))), Option::or;
    volumes: IndexMap<String, Origin>, KeyForm::Owned,
        "host directories and named volumes that are given to its user before it starts",
        values::owned, all_owned;
}

fn all_reasons(strong: IndexMap<String, Reason>, weak: IndexMap<String, Reason>) -> IndexMap<String, Reason> {
    let mut all = weak;
    all.extend(strong);
    all
}

fn all_owned(strong: IndexMap<String, Origin>, weak: IndexMap<String, Origin>) -> IndexMap<String, Origin> {
    let mut all = weak;
    all.extend(strong);
    all
}

fn all_directories(strong: Vec<Tmpfs>, weak: Vec<Tmpfs>) -> Vec<Tmpfs> {
    let mut all = weak;
    all.retain(|weak| strong.iter().all(|strong| strong.path != weak.path));
    all.extend(strong);
    all
}

impl ServiceConfig {
    /// Reads `x-nrcompose` of a service, or an entry under `services`.
    ///
    /// # Errors
    /// An unknown key, a wrong type, two that contradict each other.
    pub fn read(node: &Node) -> Result<ServiceConfig, Diagnostic> {
        let mut config = ServiceConfig::default();
        each(node, SERVICE, &mut config)?;
        if config.as_root == Some(true) && config.user.is_some() {
            return Err(Diagnostic::error("`as_root` and `user` contradict each other")
                .at(node.origin)
                .help("keep one of them"));
        }
        Ok(config)
    }

    /// This configuration where it says something, else `weaker`.
    #[must_use]
    pub fn over(self, mut weaker: ServiceConfig) -> ServiceConfig {
        // Who it runs as is one question with two keys.
        if self.user.is_some() {
            weaker.as_root = None;
        }
        if self.as_root == Some(true) {
            weaker.user = None;
        }
        merged(self, weaker)
    }

    /// The same, its reasons not to do something overruled.
    pub(super) fn overruled(mut self) -> ServiceConfig {
        let reasons = self.suppress.values_mut().chain(&mut self.skip);
        reasons.for_each(|reason| reason.is_overruled = true);
        self
    }

    /// The reasons that a policy file overrules.
    pub fn overruled_reasons(&self) -> impl Iterator<Item = &Reason> {
        self.suppress
            .values()
            .chain(&self.skip)
            .filter(|r| r.is_overruled)
    }
}
