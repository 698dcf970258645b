//! What the image on this machine says: its configuration, and its files read without running it.

mod accounts;
pub(crate) mod cache;
mod export;
mod gathered;
mod interest;
mod links;
mod read;
mod shell;
mod slow;
mod told;

use super::merge::Fragment;
use super::script::Script;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) use accounts::AccountFile;
pub(crate) use read::read;
pub(crate) use slow::Tell;

/// Everything read out of one image. It depends on the image alone, so it is kept by the image's id.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Local {
    /// `sha256:…`.
    pub id: String,
    /// `USER` as written.
    pub user: String,
    /// `80/tcp` …
    pub ports: Vec<String>,
    /// Declared volumes.
    pub volumes: Vec<String>,
    /// `ENTRYPOINT`.
    pub entrypoint: Vec<String>,
    /// `CMD`.
    pub command: Vec<String>,
    /// What the scripts that it starts do, by the words that start them.
    pub scripts: BTreeMap<String, Script>,
    /// Uid and gid by user name.
    pub users: IndexMap<String, (u32, u32)>,
    /// Gid and members by group name.
    pub groups: IndexMap<String, (u32, Vec<String>)>,
    /// Directories that are not plain root's, and those where data usually goes.
    pub directories: BTreeMap<String, Directory>,
    /// Links to directories (`/var/run` → `/run`).
    pub links: BTreeMap<String, String>,
    /// Capabilities of files with the effective bit.
    pub file_capabilities: BTreeMap<String, Vec<String>>,
    /// Files that are setuid root.
    pub setuid: Vec<String>,
    /// `/etc/passwd`, without what stands where passwords once stood.
    pub passwd: AccountFile,
    /// `/etc/group`, likewise.
    pub group: AccountFile,
    /// `HOME` as the image sets it.
    pub home: Option<String>,
    /// The names of the variables that it sets.
    pub environment: Vec<String>,
    /// Whether it has `/bin/sh` and `chown`, with which a volume can be given away.
    pub shell: bool,
    /// Those of the files that conditions of profiles ask for which it has.
    pub asked_files: BTreeSet<String>,
    /// Programs that look their own uid up and fail where it has no entry, by their paths.
    pub look_themselves_up: Vec<String>,
}

/// A directory of the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Permission bits.
    pub mode: u32,
    /// Whether the image has anything in it.
    pub content: bool,
}

/// The name of the evidence for what an image starts.
const SCRIPT: &str = "image:script";

impl Local {
    /// Its id as the engine's own lists have it.
    fn short_id(&self) -> String {
        self.id.trim_start_matches("sha256:").chars().take(12).collect()
    }

    /// Where what it starts was read.
    pub(crate) fn evidence_of_start(&self) -> Value {
        let says = format!("what the local image {} starts, read, not run", self.short_id());
        json!({"kind": "dockerfile", "says": says})
    }

    /// What a script of it does, by the word that starts it.
    pub fn script(&self, word: &str) -> Option<Script> {
        self.scripts.get(word).cloned()
    }

    /// The ids that a `user:` or `USER` means in this image, as Docker resolves it: a known uid brings its
    /// group, an unknown one group 0.
    pub fn ids(&self, user: &str) -> Option<(u32, u32)> {
        let (name, group) = user.split_once(':').map_or((user, None), |(u, g)| (u, Some(g)));
        let known = match name.parse::<u32>() {
            Ok(uid) => {
                let gid = self
                    .users
                    .values()
                    .find(|(u, _)| *u == uid)
                    .map_or(0, |(_, g)| *g);
                Some((uid, gid))
            }
            Err(_) if name.is_empty() => Some((0, 0)),
            Err(_) => self.users.get(name).copied(),
        };
        let (uid, gid) = known?;
        match group {
            None | Some("") => Some((uid, gid)),
            Some(group) => Some((uid, self.gid(group)?)),
        }
    }

    /// A group's number.
    pub fn gid(&self, group: &str) -> Option<u32> {
        group
            .parse()
            .ok()
            .or_else(|| self.groups.get(group).map(|(gid, _)| *gid))
    }

    /// The supplementary groups that `/etc/group` gives to a uid; a numeric `uid:gid` loses them.
    pub fn groups_of(&self, uid: u32) -> Vec<u32> {
        let Some((name, (_, own))) = self.users.iter().find(|(_, (u, _))| *u == uid) else {
            return Vec::new();
        };
        let mut groups: Vec<u32> = self
            .groups
            .values()
            .filter(|(gid, members)| members.contains(name) && gid != own)
            .map(|(gid, _)| *gid)
            .collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// Whether `/etc/passwd` has an entry for a uid.
    pub fn knows(&self, uid: u32) -> bool {
        self.users.values().any(|(u, _)| *u == uid)
    }

    /// Whether nothing in it speaks against its being an image of this profile: it declares the same volumes, has the same
    /// user, and exposes one of its ports.
    pub fn may_be(&self, profile: &Fragment) -> bool {
        let items = |key: &str| profile.get(key).and_then(Value::as_array).into_iter().flatten();
        let declared = items("writable")
            .filter(|w| w["volume"] == true)
            .filter_map(|w| w["path"].as_str());
        let has_volume = |path: &str| self.volumes.iter().any(|v| v.trim_end_matches('/') == path);
        let user = profile.get("user").and_then(|user| user["name"].as_str());
        let numbers: Vec<String> = items("ports").map(|port| port["port"].to_string()).collect();
        let is_exposed = |port: &String| numbers.iter().any(|n| port.split('/').next() == Some(n));
        declared.into_iter().all(has_volume)
            && user.is_none_or(|name| self.users.contains_key(name))
            && (numbers.is_empty() || self.ports.is_empty() || self.ports.iter().any(is_exposed))
    }

    /// A path with the image's links resolved: `/var/run/x` is `/run/x`.
    pub fn resolve(&self, path: &str) -> String {
        let mut path = path.to_owned();
        // Links may lead to links; a circle ends here too.
        for _ in 0..8 {
            let hit = self.links.iter().find(|(from, _)| {
                path.strip_prefix(from.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            match hit {
                Some((from, to)) => path = format!("{to}{}", &path[from.len()..]),
                None => break,
            }
        }
        path
    }

    /// Whether the image has nothing at a path, no directory or an empty one; `None` where nobody looked.
    pub fn is_bare(&self, path: &str) -> Option<bool> {
        let path = self.resolve(path);
        if let Some(directory) = self.directories.get(&path) {
            return Some(!directory.content);
        }
        // Further down it may be a link, of which nothing is known.
        let is_known = path.matches('/').count() <= interest::LINK_DEPTH
            && interest::is_always_noted(&path, &self.volumes);
        is_known.then_some(true)
    }

    /// As a part of a profile: the weakest of the sources, below what a profile says.
    pub fn part(&self) -> Fragment {
        let short = self.short_id();
        let mut part = Fragment::new();
        let evidence = json!({
            "image:config": {"kind": "measured", "says": format!("the local image {short}, docker image inspect")},
            "image:files": {"kind": "measured", "says": format!("the files of the local image {short}")},
            SCRIPT: self.evidence_of_start(),
        });
        match self.ids(&self.user) {
            Some((0, _)) => {
                let drops = self.scripts.values().any(|script| script.steps_down.is_some());
                let (start, from) = match drops {
                    true => ("drops", SCRIPT),
                    false => ("root", "image:config"),
                };
                part.insert("start".into(), json!({"value": start, "evidence": from}));
            }
            Some((uid, gid)) => {
                let groups = self.groups_of(uid);
                // A user of group root is how images are built for platforms that give out uids.
                let others = if gid == 0 { "gid0" } else { "none" };
                part.insert(
                    "class".into(),
                    json!({"value": "nonroot", "evidence": "image:config"}),
                );
                part.insert(
                    "start".into(),
                    json!({"value": "nonroot", "evidence": "image:config"}),
                );
                part.insert(
                    "user".into(),
                    json!({"uid": uid, "gid": gid, "groups": groups, "others": others, "evidence": ["image:config", "image:files"]}),
                );
            }
            None => {}
        }
        let ports: Vec<Value> = self.ports.iter().filter_map(|p| port(p)).collect();
        let writable: Vec<Value> = self.volumes.iter().map(|v| self.volume(v)).collect();
        let capabilities: Vec<Value> = self
            .file_capabilities
            .iter()
            .map(|(path, names)| json!({"path": path, "capabilities": names, "evidence": "image:files"}))
            .collect();
        part.insert("ports".into(), ports.into());
        part.insert("writable".into(), writable.into());
        part.insert("file_capabilities".into(), capabilities.into());
        part.insert("evidence".into(), evidence);
        part
    }

    fn volume(&self, path: &str) -> Value {
        let path = self.resolve(path.trim_end_matches('/'));
        let mut item = json!({"path": path, "kind": "data", "volume": true, "evidence": "image:config"});
        if let (Some(d), Some(item)) = (self.directories.get(&path), item.as_object_mut()) {
            item.insert("owner".into(), json!(format!("{}:{}", d.uid, d.gid)));
            item.insert("mode".into(), json!(format!("{:04o}", d.mode)));
            item.insert("content".into(), json!(d.content));
            item.insert("evidence".into(), json!(["image:config", "image:files"]));
        }
        item
    }
}

fn port(text: &str) -> Option<Value> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let number: u16 = number.parse().ok().filter(|n| *n > 0)?;
    match protocol {
        "tcp" => Some(json!({"port": number, "evidence": "image:config"})),
        "udp" => Some(json!({"port": number, "protocol": "udp", "evidence": "image:config"})),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
