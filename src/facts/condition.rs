//! When a condition of a profile holds.
//!
//! Also compiled into the build script; so it uses nothing else of the crate.

use super::image_ref::matches;
use super::profile::When;
use indexmap::IndexMap;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// What the author has started instead of the image's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SaidStart {
    /// The words of `entrypoint:`.
    pub entrypoint: Option<Vec<String>>,
    /// The words of `command:`.
    pub command: Option<Vec<String>>,
}

/// What a service and its image are, as far as conditions ask. What is not known is empty.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    /// The image's tag; none where a digest alone is given.
    pub tag: Option<String>,
    /// Variables of the service, with those of its env files.
    pub environment: IndexMap<String, String>,
    /// What its author has started.
    pub said: SaidStart,
    /// The words of the entrypoint that will run, those of a shell's script among them.
    pub entrypoint: Vec<String>,
    /// The words of the command that will run, likewise.
    pub command: Vec<String>,
    /// Paths in the container at which something is mounted.
    pub mounts: Vec<String>,
    /// Devices, by their paths in the container.
    pub devices: Vec<String>,
    /// Capabilities that the author adds, without `CAP_`.
    pub capabilities: Vec<String>,
    /// Words for the engine.
    pub engine: Vec<&'static str>,
    /// Those of the files that conditions ask for which the image on this machine has.
    pub files: BTreeSet<String>,
}

/// The words for engines.
pub(crate) const ENGINES: [&str; 5] = ["rootful", "rootless", "userns-remap", "desktop", "podman"];

impl When {
    /// Whether everything that it names holds.
    pub fn holds(&self, of: &Circumstances) -> bool {
        let tag = of.tag.as_deref();
        let any = |patterns: &[String], words: &[String]| {
            patterns.is_empty() || words.iter().any(|w| patterns.iter().any(|p| matches(p, w)))
        };
        let is_set = |(name, pattern): (&String, &String)| {
            let value = of.environment.get(name).filter(|v| !v.is_empty());
            value.is_some_and(|v| matches(&pattern.to_lowercase(), &v.to_lowercase()))
        };
        let is_at = |path: &String| of.mounts.iter().any(|m| is_within(m, path));
        (self.tag.is_empty() || tag.is_some_and(|tag| self.tag.iter().any(|p| matches(p, tag))))
            && self.version.as_deref().is_none_or(|range| is_in(range, tag))
            && self.environment.iter().all(is_set)
            && any(&self.entrypoint, &of.entrypoint)
            && any(&self.command, &of.command)
            && (self.mount.is_empty() || self.mount.iter().any(is_at))
            && any(&self.device, &of.devices)
            && any(&self.capability, &of.capabilities)
            && (self.engine.is_empty() || self.engine.iter().any(|e| of.engine.contains(&e.as_str())))
            && (self.file.is_empty() || self.file.iter().any(|f| of.files.contains(f)))
            && !self.not.iter().any(|when| when.holds(of))
            && (self.any.is_empty() || self.any.iter().any(|when| when.holds(of)))
    }

    /// Whether it asks for the tag.
    pub(crate) fn asks_for_tag(&self) -> bool {
        let inner = self.not.iter().chain(&self.any);
        !self.tag.is_empty() || self.version.is_some() || inner.into_iter().any(When::asks_for_tag)
    }

    /// What is wrong with it; none when it can hold.
    pub(crate) fn mistake(&self) -> Option<String> {
        if *self == When::default() {
            return Some("a condition names what it is about".to_owned());
        }
        if let Some(range) = &self.version
            && bounds(range).is_none()
        {
            return Some(format!(
                "`{range}` is no range of versions: `<2`, `>=5.14`, `>=3 <4`"
            ));
        }
        if let Some(engine) = self.engine.iter().find(|e| !ENGINES.contains(&e.as_str())) {
            return Some(format!("`{engine}` is no kind of engine: {}", ENGINES.join(", ")));
        }
        let paths = self.mount.iter().chain(&self.file);
        if let Some(path) = paths.into_iter().find(|p| !p.starts_with('/')) {
            return Some(format!("`{path}` is no absolute path"));
        }
        self.not.iter().chain(&self.any).find_map(When::mistake)
    }
}

/// Whether a path is one or below it.
fn is_within(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A number of a version, or whatever is newest of it.
type Part = Option<u32>;

/// Whether a tag's version lies in a range.
fn is_in(range: &str, tag: Option<&str>) -> bool {
    let version = tag.and_then(version);
    let bounds = bounds(range).unwrap_or_default();
    version.is_some_and(|version| {
        bounds.iter().all(|(operator, bound)| {
            let order = compare(&version, bound);
            match *operator {
                "<" => order == Ordering::Less,
                "<=" => order != Ordering::Greater,
                ">" => order == Ordering::Greater,
                ">=" => order != Ordering::Less,
                _ => order == Ordering::Equal,
            }
        })
    })
}

/// The version that a tag starts with; nothing for one that counts otherwise. A word is the newest there is, and so is
/// what a tag leaves open: `16` is the newest of 16.
fn version(tag: &str) -> Option<Vec<u32>> {
    let counted = ["version-", "release-"]
        .iter()
        .find_map(|prefix| tag.strip_prefix(prefix));
    let counted = counted.unwrap_or(tag);
    let after_v = counted
        .strip_prefix('v')
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let tag = after_v.unwrap_or(counted);
    if !tag.contains(|c: char| c.is_ascii_digit()) {
        return Some(Vec::new());
    }
    let end = tag
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(tag.len());
    let parts = tag[..end]
        .trim_end_matches('.')
        .split('.')
        .map(|p| p.parse().ok());
    parts.collect()
}

/// The operators and versions of a range.
fn bounds(range: &str) -> Option<Vec<(&str, Vec<u32>)>> {
    let bound = |word: &str| {
        let operator = ["<=", ">=", "<", ">", "="]
            .into_iter()
            .find(|o| word.starts_with(o))?;
        let parts = word[operator.len()..].split('.').map(|p| p.parse().ok());
        Some((operator, parts.collect::<Option<Vec<u32>>>()?))
    };
    let all: Option<Vec<_>> = range.split_whitespace().map(bound).collect();
    all.filter(|all| !all.is_empty())
}

/// How a tag's version, the newest where it leaves something open, stands to a bound.
fn compare(version: &[u32], bound: &[u32]) -> Ordering {
    let of = |at: usize| -> Part { version.get(at).copied() };
    for (at, bound) in bound.iter().enumerate() {
        match of(at) {
            None => return Ordering::Greater,
            Some(part) if part != *bound => return part.cmp(bound),
            Some(_) => {}
        }
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn when(value: Value) -> When {
        serde_json::from_value(value).expect("a condition")
    }

    #[test]
    fn a_version_is_what_a_tag_starts_with() {
        for (range, tag, holds) in [
            ("<2", "1.23.16", true),
            ("<2", "1", true),
            ("<2", "2", false),
            ("<2", "2.0.1-slim", false),
            ("<2", "latest", false),
            (">=2", "latest", true),
            (">=5.14", "5.14.26", true),
            (">=5.14", "5.9", false),
            (">=5.14", "5", true),
            (">=3 <4", "3-core", true),
            (">=3 <4", "4", false),
            ("<2", "v1.9", true),
            ("<2", "version-v1.9", true),
            // Nobody knows when that was.
            ("<2", "sha-9f3c2", false),
            (">=2", "sha-9f3c2", false),
            ("<=16", "16", true),
            ("=16", "16.2", true),
        ] {
            let condition = when(json!({"version": range}));
            let of = Circumstances {
                tag: Some(tag.to_owned()),
                ..Circumstances::default()
            };
            assert_eq!(condition.holds(&of), holds, "{range} {tag}");
        }
        assert!(!when(json!({"version": "<2"})).holds(&Circumstances::default()));
    }

    #[test]
    fn everything_that_is_named_has_to_hold() {
        let of = Circumstances {
            tag: Some("8-fpm-alpine".to_owned()),
            said: SaidStart::default(),
            environment: [("REDIS_HOST", "redis"), ("EMPTY", ""), ("MODE", "True")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
            entrypoint: vec!["/cron.sh".to_owned()],
            command: vec!["--with".to_owned(), "x".to_owned()],
            mounts: vec!["/etc/nginx/templates/default.conf.template".to_owned()],
            devices: vec!["/dev/net/tun".to_owned()],
            capabilities: vec!["NET_ADMIN".to_owned()],
            engine: vec!["rootful"],
            files: ["/etc/a".to_owned()].into(),
        };
        for (condition, holds) in [
            (json!({"tag": "*alpine*"}), true),
            (json!({"tag": ["*x*", "*fpm*"]}), true),
            (json!({"tag": "latest"}), false),
            (json!({"environment": {"REDIS_HOST": "*"}}), true),
            (json!({"environment": {"EMPTY": "*"}}), false),
            (json!({"environment": {"MODE": "true"}}), true),
            (json!({"environment": {"REDIS_HOST": "*", "OTHER": "*"}}), false),
            (json!({"entrypoint": "*/cron.sh"}), true),
            (json!({"command": "--with*"}), true),
            (json!({"command": "--without"}), false),
            (json!({"mount": "/etc/nginx/templates"}), true),
            (json!({"mount": "/etc/nginx/temp"}), false),
            (json!({"device": "/dev/net/tun"}), true),
            (json!({"capability": ["SYS_MODULE", "NET_ADMIN"]}), true),
            (json!({"engine": "rootless"}), false),
            (json!({"file": "/etc/a"}), true),
            (json!({"not": [{"file": "/etc/a"}]}), false),
            (json!({"not": [{"file": "/etc/b"}, {"tag": "x"}]}), true),
            (json!({"any": [{"file": "/etc/b"}, {"tag": "8*"}]}), true),
            (json!({"tag": "8*", "any": [{"file": "/etc/b"}]}), false),
        ] {
            assert_eq!(when(condition.clone()).holds(&of), holds, "{condition}");
        }
    }

    #[test]
    fn what_can_never_hold_is_a_mistake() {
        for (condition, is_one) in [
            (json!({}), true),
            (json!({"version": "2"}), true),
            (json!({"version": "<x"}), true),
            (json!({"engine": "k8s"}), true),
            (json!({"mount": "data"}), true),
            (json!({"any": [{}]}), true),
            (json!({"version": ">=3 <4", "mount": "/data"}), false),
        ] {
            assert_eq!(when(condition.clone()).mistake().is_some(), is_one, "{condition}");
        }
    }
}
