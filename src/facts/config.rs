//! What a person says about a project: `nrcompose.yaml`, and `x-nrcompose` at the top of a Compose file or in a
//! service. Validated into types before anything looks at it; every message has its line.

use super::settings::{Ids, Policy, PortStrategy};
use crate::diagnostic::Diagnostic;
use crate::tree::{Node, Origin, Value};
use indexmap::IndexMap;

/// A project's configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// How far to go.
    pub policy: Option<Policy>,
    /// What to do with low ports.
    pub ports: Option<PortStrategy>,
    /// The user for images that take any.
    pub user: Option<Ids>,
    /// By service, with the place of its entry.
    pub services: IndexMap<String, (ServiceConfig, Origin)>,
}

/// One service's configuration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceConfig {
    /// The profile to take, whatever the image.
    pub profile: Option<(String, Origin)>,
    /// Leave the service alone, for this reason.
    pub skip: Option<String>,
    /// Controls not to carry out, each with its reason.
    pub suppress: IndexMap<String, (String, Origin)>,
    /// Who it runs as.
    pub user: Option<(Ids, Origin)>,
    /// What to do with low ports.
    pub ports: Option<PortStrategy>,
    /// More directories that become a tmpfs.
    pub tmpfs: Vec<(String, Origin)>,
    /// Whether the root filesystem is read-only.
    pub read_only: Option<bool>,
    /// Root on purpose, for debugging.
    pub as_root: bool,
    /// An author's `user: root` does not count.
    pub override_root: bool,
    /// Whether its user gets an entry in the image's `/etc/passwd`.
    pub passwd: Option<bool>,
    /// How one knows that it works.
    pub probe: Option<Node>,
}

/// What may stand at the top, sorted.
const TOP: &[&str] = &["policy", "ports", "services", "user"];

/// What may stand in a service, sorted.
const SERVICE: &[&str] = &[
    "as_root",
    "override_root",
    "passwd",
    "ports",
    "probe",
    "profile",
    "read_only",
    "skip",
    "suppress",
    "tmpfs",
    "user",
];

impl Config {
    /// Reads `nrcompose.yaml`, or `x-nrcompose` at the top of a Compose file.
    ///
    /// # Errors
    /// An unknown key, a wrong type.
    pub fn read(node: &Node) -> Result<Config, Diagnostic> {
        if node.is_null() {
            return Ok(Config::default());
        }
        let map = mapping(node, TOP)?;
        let mut config = Config::default();
        for (key, value) in map {
            match key.as_str() {
                "policy" => config.policy = Some(policy(value)?),
                "ports" => config.ports = Some(ports(value)?),
                "user" => config.user = Some(ids(value)?),
                "services" => {
                    for (name, entry) in value
                        .as_map()
                        .ok_or_else(|| wrong(value, "a mapping of services"))?
                    {
                        config
                            .services
                            .insert(name.clone(), (ServiceConfig::read(entry)?, entry.origin));
                    }
                }
                _ => {}
            }
        }
        Ok(config)
    }

    /// This configuration where it says something, else `weaker`.
    #[must_use]
    pub fn over(self, weaker: Config) -> Config {
        let mut services = weaker.services;
        for (name, (strong, origin)) in self.services {
            let weak = services.get(&name).map(|(c, _)| c.clone()).unwrap_or_default();
            services.insert(name, (strong.over(weak), origin));
        }
        Config {
            policy: self.policy.or(weaker.policy),
            ports: self.ports.or(weaker.ports),
            user: self.user.or(weaker.user),
            services,
        }
    }
}

impl ServiceConfig {
    /// Reads `x-nrcompose` of a service, or an entry under `services` of `nrcompose.yaml`.
    ///
    /// # Errors
    /// An unknown key, a wrong type.
    pub fn read(node: &Node) -> Result<ServiceConfig, Diagnostic> {
        if node.is_null() {
            return Ok(ServiceConfig::default());
        }
        let mut config = ServiceConfig::default();
        for (key, value) in mapping(node, SERVICE)? {
            let flag = || value.as_bool().ok_or_else(|| wrong(value, "true or false"));
            match key.as_str() {
                "as_root" => config.as_root = flag()?,
                "override_root" => config.override_root = flag()?,
                "passwd" => config.passwd = Some(flag()?),
                "ports" => config.ports = Some(ports(value)?),
                "probe" => config.probe = Some(value.clone()),
                "profile" => config.profile = Some((text(value, "the name of a profile")?, value.origin)),
                "read_only" => config.read_only = Some(flag()?),
                "skip" => config.skip = Some(text(value, "the reason")?),
                "suppress" => config.suppress = suppressions(value)?,
                "tmpfs" => config.tmpfs = paths(value)?,
                "user" => config.user = Some((ids(value)?, value.origin)),
                _ => {}
            }
        }
        if config.as_root && config.user.is_some() {
            return Err(Diagnostic::error("`as_root` and `user` contradict each other")
                .at(node.origin)
                .help("keep one of them"));
        }
        Ok(config)
    }

    /// This configuration where it says something, else `weaker`.
    #[must_use]
    pub fn over(self, weaker: ServiceConfig) -> ServiceConfig {
        let mut suppress = weaker.suppress;
        suppress.extend(self.suppress);
        let mut tmpfs = weaker.tmpfs;
        tmpfs.extend(self.tmpfs);
        ServiceConfig {
            profile: self.profile.or(weaker.profile),
            skip: self.skip.or(weaker.skip),
            suppress,
            user: self.user.or(weaker.user),
            ports: self.ports.or(weaker.ports),
            tmpfs,
            read_only: self.read_only.or(weaker.read_only),
            as_root: self.as_root || weaker.as_root,
            override_root: self.override_root || weaker.override_root,
            passwd: self.passwd.or(weaker.passwd),
            probe: self.probe.or(weaker.probe),
        }
    }
}

/// A mapping that has only these keys.
fn mapping<'n>(node: &'n Node, known: &[&str]) -> Result<&'n crate::tree::Map, Diagnostic> {
    let map = node.as_map().ok_or_else(|| wrong(node, "a mapping"))?;
    match map.iter().find(|(key, _)| !known.contains(&key.as_str())) {
        None => Ok(map),
        Some((key, value)) => Err(Diagnostic::error(format!(
            "reading nrcompose's configuration: unknown key `{key}`"
        ))
        .at(if value.origin.is_written() {
            value.origin
        } else {
            node.origin
        })
        .help(format!("known here: {}", known.join(", ")))),
    }
}

fn wrong(node: &Node, wanted: &str) -> Diagnostic {
    Diagnostic::error(format!(
        "reading nrcompose's configuration: this is {}, not {wanted}",
        node.value.kind()
    ))
    .at(node.origin)
    .help(format!("write {wanted}"))
}

fn text(node: &Node, wanted: &str) -> Result<String, Diagnostic> {
    node.as_str()
        .filter(|s| !s.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| wrong(node, wanted))
}

/// One of the words of an enum, by its serde name.
fn word<T: serde::de::DeserializeOwned>(node: &Node, wanted: &str) -> Result<T, Diagnostic> {
    let text = node.as_str().ok_or_else(|| wrong(node, wanted))?;
    serde_json::from_value(serde_json::Value::from(text)).map_err(|_| {
        Diagnostic::error(format!(
            "reading nrcompose's configuration: `{text}` is not known here"
        ))
        .at(node.origin)
        .help(format!("write {wanted}"))
    })
}

fn policy(node: &Node) -> Result<Policy, Diagnostic> {
    word(node, "strict, standard or cautious")
}

fn ports(node: &Node) -> Result<PortStrategy, Diagnostic> {
    word(node, "auto, keep, sysctl or remap")
}

fn ids(node: &Node) -> Result<Ids, Diagnostic> {
    let text = node.as_str().ok_or_else(|| wrong(node, "\"uid:gid\", quoted"))?;
    text.parse().map_err(|why: String| {
        Diagnostic::error(format!("reading nrcompose's configuration: {why}"))
            .at(node.origin)
            .help("write numbers above 0, quoted: \"1000:1000\"")
    })
}

fn suppressions(node: &Node) -> Result<IndexMap<String, (String, Origin)>, Diagnostic> {
    let map = node
        .as_map()
        .ok_or_else(|| wrong(node, "a mapping of controls to reasons"))?;
    map.iter()
        .map(|(k, v)| Ok((k.clone(), (text(v, "the reason")?, v.origin))))
        .collect()
}

fn paths(node: &Node) -> Result<Vec<(String, Origin)>, Diagnostic> {
    match &node.value {
        Value::Seq(items) => items
            .iter()
            .map(|i| match i.as_str().filter(|p| p.starts_with('/')) {
                Some(path) => Ok((path.to_owned(), i.origin)),
                None => Err(wrong(i, "an absolute path")),
            })
            .collect(),
        _ => Err(wrong(node, "a list of absolute paths")),
    }
}
