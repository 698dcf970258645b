//! What the Dockerfile behind `build:` says of the image that comes of it: the last stage or the target, back
//! to the image it is built on.

mod copied;
mod parse;
mod run;

use super::image_ref::ImageRef;
use super::merge::Fragment;
use crate::input::{self, Unreadable};
pub use copied::{ContextCopy, CopySource};
use indexmap::IndexMap;
pub use parse::expand;
use parse::{Instruction, instructions, words};
use run::StageAccounts;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A Dockerfile and what `build:` gives it.
#[derive(Debug, Clone, Default)]
pub struct Recipe {
    /// How a person would name the file.
    pub name: PathBuf,
    /// All of it, comments too.
    pub text: String,
    /// `build.target`.
    pub target: Option<String>,
    /// `build.args`.
    pub args: IndexMap<String, String>,
    /// The scripts of the context that the image starts, by the words that start them.
    pub scripts: BTreeMap<String, String>,
}

impl Recipe {
    /// The Dockerfile of a local build context; `None` when the context is remote or there is no such file.
    ///
    /// # Errors
    /// A file that cannot be read, and why.
    pub fn read(context: &Path, dockerfile: Option<&str>) -> Result<Option<Recipe>, (PathBuf, Unreadable)> {
        let name = context.join(dockerfile.unwrap_or("Dockerfile"));
        match input::text(&name) {
            Ok(text) => Ok(Some(Recipe {
                name,
                text,
                ..Recipe::default()
            })),
            Err(why) if why.is_missing() => Ok(None),
            Err(why) => Err((name, why)),
        }
    }
}

/// What a Dockerfile says.
#[derive(Debug, Clone, Default)]
pub struct Build {
    /// The image it is built on; none when that is `scratch` or not known.
    pub base: Option<ImageRef>,
    /// It is built on nothing.
    pub scratch: bool,
    /// `USER`.
    pub user: Option<Declared>,
    /// `EXPOSE`: port, protocol, line.
    pub ports: Vec<(u16, String, usize)>,
    /// `VOLUME`.
    pub volumes: Vec<(String, usize)>,
    /// `WORKDIR`.
    pub workdir: Option<(String, usize)>,
    /// Owners of directories, and the lines that gave them.
    pub owners: Vec<(String, String, usize)>,
    /// An `ENTRYPOINT` of its own, and its line.
    pub entrypoint: Option<(Vec<String>, usize)>,
    /// A `CMD` of its own, likewise.
    pub command: Option<(Vec<String>, usize)>,
    /// What `COPY` and `ADD` put where.
    pub copied: Vec<ContextCopy>,
    /// Users that it makes, by name, as far as their numbers are known.
    pub users: BTreeMap<String, (u32, u32)>,
    /// The line that installs a program with which an entrypoint gives up root.
    pub steps_down: Option<usize>,
    /// Whether it has `/bin/sh`, and the line that shows it.
    pub shell: Option<(bool, usize)>,
    /// The names of the variables that it sets for what runs in it.
    pub environment: Vec<String>,
}

/// A uid, and the gid where it is known.
pub type StageIds = (u32, Option<u32>);

/// A `USER` instruction.
#[derive(Debug, Clone)]
pub struct Declared {
    /// As written.
    pub text: String,
    /// Its ids, where they are known.
    pub ids: Option<StageIds>,
    /// Where.
    pub line: usize,
}

#[derive(Default, Clone)]
struct Stage {
    name: Option<String>,
    build: Build,
    accounts: StageAccounts,
    variables: IndexMap<String, String>,
    /// Another shell than `/bin/sh` runs what `RUN` says.
    has_own_shell: bool,
}

/// Reads the stage that `build:` would build; `None` when the Dockerfile has no such stage.
pub fn read(recipe: &Recipe) -> Option<Build> {
    let mut globals: IndexMap<String, String> = IndexMap::new();
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in instructions(&recipe.text) {
        match (instruction.keyword.as_str(), stages.last_mut()) {
            ("FROM", _) => stages.push(from(&instruction, &globals, &stages)),
            ("ARG", None) => declare(&instruction, &recipe.args, &mut globals),
            ("ARG", Some(stage)) => {
                let mut known = globals.clone();
                known.extend(recipe.args.clone());
                declare(&instruction, &known, &mut stage.variables);
            }
            (_, Some(stage)) => stage.take(&instruction),
            _ => {}
        }
    }
    let stage = match &recipe.target {
        Some(target) => find(&stages, target)?,
        None => stages.last()?,
    };
    Some(stage.clone().finish())
}

/// What the last stage says with an instruction, as written, with the stages that it is built on. Of `VOLUME` and `EXPOSE`
/// all count, of others the last one.
pub(crate) fn declared(text: &str, keyword: &str) -> Vec<String> {
    let mut stages: Vec<(String, Vec<String>)> = Vec::new();
    for instruction in instructions(text) {
        let rest = instruction.rest.as_str();
        if instruction.keyword == "FROM" {
            let words: Vec<&str> = rest.split_whitespace().filter(|w| !w.starts_with("--")).collect();
            let image = words.first().copied().unwrap_or_default();
            let earlier = stages
                .iter()
                .rev()
                .find(|(name, _)| name.eq_ignore_ascii_case(image));
            let values = earlier.map(|(_, values)| values.clone()).unwrap_or_default();
            let name = words.get(2).copied().unwrap_or_default();
            stages.push((name.to_owned(), values));
        } else if instruction.keyword == keyword {
            if stages.is_empty() {
                stages.push(Default::default());
            }
            if let Some((_, values)) = stages.last_mut() {
                if !matches!(keyword, "VOLUME" | "EXPOSE") {
                    values.clear();
                }
                values.push(rest.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
    }
    stages.pop().map(|(_, values)| values).unwrap_or_default()
}

fn find<'s>(stages: &'s [Stage], name: &str) -> Option<&'s Stage> {
    let by_name = stages
        .iter()
        .rev()
        .find(|s| s.name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name)));
    by_name.or_else(|| name.parse::<usize>().ok().and_then(|i| stages.get(i)))
}

/// `ARG NAME[=default]`: what was given wins over the default.
fn declare(instruction: &Instruction, given: &IndexMap<String, String>, into: &mut IndexMap<String, String>) {
    for word in words(&instruction.rest) {
        let (name, default) = word
            .split_once('=')
            .map_or((word.as_str(), None), |(n, d)| (n, Some(d)));
        let default = default.and_then(|d| expand(d, &|name| into.get(name).cloned()));
        if let Some(value) = given.get(name).cloned().or(default) {
            into.insert(name.to_owned(), value);
        }
    }
}

/// `FROM image [AS name]`, where the image may be an earlier stage.
fn from(instruction: &Instruction, globals: &IndexMap<String, String>, stages: &[Stage]) -> Stage {
    let text = expand(&instruction.rest, &|name| globals.get(name).cloned()).unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().filter(|w| !w.starts_with("--")).collect();
    let name = match words.as_slice() {
        [_, word, name, ..] if word.eq_ignore_ascii_case("as") => Some((*name).to_owned()),
        _ => None,
    };
    let image = words.first().copied().unwrap_or_default();
    let mut stage = match find(stages, image) {
        Some(earlier) => earlier.clone(),
        None => Stage::default(),
    };
    if find(stages, image).is_none() {
        stage.build.scratch = image == "scratch";
        stage.build.shell = stage.build.scratch.then_some((false, instruction.line));
        stage.build.base = ImageRef::parse(image).filter(|_| image != "scratch");
    }
    stage.variables.clear();
    stage.name = name;
    stage
}

impl Stage {
    fn take(&mut self, instruction: &Instruction) {
        let line = instruction.line;
        let value = |name: &str| self.variables.get(name).cloned();
        match instruction.keyword.as_str() {
            "SHELL" => self.has_own_shell = !instruction.rest.contains("\"/bin/"),
            "RUN" if !self.has_own_shell && !instruction.rest.starts_with('[') => {
                self.build.shell = Some((true, line));
            }
            _ => {}
        }
        // What runs expands its variables itself.
        match instruction.keyword.as_str() {
            "ENTRYPOINT" => {
                self.build.entrypoint = Some((started(&instruction.rest), line));
                return;
            }
            "CMD" => {
                self.build.command = Some((started(&instruction.rest), line));
                return;
            }
            _ => {}
        }
        let Some(rest) = expand(&instruction.rest, &value) else {
            // A `USER` nobody can know must not leave an earlier one standing.
            if instruction.keyword == "USER" {
                self.build.user = Some(Declared {
                    text: instruction.rest.clone(),
                    ids: None,
                    line,
                });
            } else if instruction.keyword == "RUN" {
                self.accounts.run(&instruction.rest, line);
            }
            return;
        };
        match instruction.keyword.as_str() {
            "ENV" => self.environment(&rest),
            "USER" => {
                self.build.user = Some(Declared {
                    ids: self.ids(&rest),
                    text: rest.clone(),
                    line,
                })
            }
            "EXPOSE" => self
                .build
                .ports
                .extend(words(&rest).iter().filter_map(|w| port(w, line))),
            "VOLUME" => self
                .build
                .volumes
                .extend(words(&rest).into_iter().map(|v| (v, line))),
            "WORKDIR" => self.workdir(&rest, line),
            "COPY" | "ADD" => self.copy(&rest, line, &instruction.documents),
            "RUN" => {
                self.accounts.run(&rest, line);
                for document in &instruction.documents {
                    self.accounts.run(document, line);
                }
            }
            _ => {}
        }
    }

    fn environment(&mut self, rest: &str) {
        let words = words(rest);
        let pairs: Vec<(&str, &str)> = words.iter().filter_map(|w| w.split_once('=')).collect();
        match words.first().filter(|w| !w.contains('=')) {
            // The old form: `ENV NAME the value`.
            Some(name) => {
                let value = rest[name.len()..].trim().to_owned();
                self.build.environment.push(name.clone());
                self.variables.insert(name.clone(), value);
            }
            None => {
                let names = pairs.iter().map(|(name, _)| (*name).to_owned());
                self.build.environment.extend(names);
                self.variables
                    .extend(pairs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())));
            }
        }
    }

    fn ids(&self, user: &str) -> Option<StageIds> {
        let (name, group) = user.split_once(':').map_or((user, None), |(u, g)| (u, Some(g)));
        let (uid, own) = self.accounts.user(name)?;
        match group {
            Some(group) => Some((uid, Some(self.accounts.group(group)?))),
            None => Some((uid, own)),
        }
    }

    fn workdir(&mut self, rest: &str, line: usize) {
        let path = match &self.build.workdir {
            Some((before, _)) if !rest.starts_with('/') => format!("{}/{rest}", before.trim_end_matches('/')),
            _ => rest.to_owned(),
        };
        self.build.workdir = path.starts_with('/').then_some((path, line));
    }

    fn copy(&mut self, rest: &str, line: usize, documents: &[String]) {
        let words = words(rest);
        self.note_copies(&words, documents);
        let owner = words.iter().find_map(|w| w.strip_prefix("--chown="));
        if let (Some(owner), Some(to)) = (owner.and_then(|o| self.accounts.owner(o)), words.last()) {
            let workdir = self.build.workdir.as_ref().map(|(path, _)| path.as_str());
            let to = match to.strip_prefix("./").unwrap_or(to) {
                "." | "" => workdir.unwrap_or("/").to_owned(),
                to => to.to_owned(),
            };
            // Only a directory is of interest, and only a slash says that it is one.
            if to.ends_with('/') || Some(to.as_str()) == workdir {
                self.accounts.own(&to, &owner, line);
            }
        }
    }

    /// Takes note of what comes from the context, and where to.
    fn note_copies(&mut self, words: &[String], documents: &[String]) {
        if words.iter().any(|w| w.starts_with("--from=")) {
            return;
        }
        let paths: Vec<&String> = words.iter().filter(|w| !w.starts_with("--")).collect();
        let Some((to, sources)) = paths.split_last() else {
            return;
        };
        let workdir = self.build.workdir.as_ref().map_or("/", |(path, _)| path.as_str());
        let inner = to.strip_prefix("./").unwrap_or(to).trim_start_matches('.');
        let to = match to.starts_with('/') {
            true => (*to).clone(),
            false => format!("{}/{inner}", workdir.trim_end_matches('/')),
        };
        let mut documents = documents.iter();
        for source in sources {
            let from = match source.starts_with("<<") {
                true => CopySource::Text(documents.next().cloned().unwrap_or_default()),
                false => CopySource::Context(source.trim_start_matches("./").trim_matches('/').to_owned()),
            };
            self.build.copied.push(ContextCopy { from, to: to.clone() });
        }
    }

    fn finish(mut self) -> Build {
        let users = self.accounts.users.iter();
        let known = users.filter_map(|(name, (uid, gid))| Some((name.clone(), ((*uid)?, (*gid)?))));
        self.build.users = known.collect();
        self.build.steps_down = self.accounts.steps_down;
        let owners = std::mem::take(&mut self.accounts.owners);
        self.build.owners = owners
            .into_iter()
            .map(|(path, (owner, line))| (path, owner, line))
            .collect();
        self.build
    }
}

/// The words of an `ENTRYPOINT` or a `CMD`; what is no list is for a shell.
fn started(rest: &str) -> Vec<String> {
    match serde_json::from_str(rest) {
        Ok(words) => words,
        Err(_) => ["/bin/sh", "-c", rest].map(str::to_owned).into(),
    }
}

fn port(word: &str, line: usize) -> Option<(u16, String, usize)> {
    let (number, protocol) = word.split_once('/').unwrap_or((word, "tcp"));
    let number = number.parse().ok().filter(|n| *n > 0)?;
    matches!(protocol, "tcp" | "udp").then(|| (number, protocol.to_owned(), line))
}

impl Build {
    /// As a part of a profile, to be merged over what is known of the base.
    ///
    /// `ids` knows users that it does not make itself.
    pub fn part(&self, file: &Path, base: &Fragment, ids: &dyn Fn(&str) -> Option<(u32, u32)>) -> Fragment {
        let mut part = Fragment::new();
        let mut evidence = Fragment::new();
        let mut at = |line: usize| -> Value {
            let name = format!("dockerfile:{line}");
            let place = format!("{}:{line}", file.display());
            evidence.insert(name.clone(), json!({"kind": "dockerfile", "path": place}));
            json!(name)
        };
        if let Some((value, line)) = self.shell {
            part.insert("shell".into(), json!({"value": value, "evidence": at(line)}));
        }
        if let Some(declared @ Declared { line, .. }) = &self.user {
            let ids = &declared.ids.or_else(|| resolved(&declared.text, ids));
            let start = if matches!(ids, Some((0, _))) {
                "root"
            } else {
                "nonroot"
            };
            part.insert("start".into(), json!({"value": start, "evidence": at(*line)}));
            match ids {
                Some((0, _)) => {
                    // A base that is made for a user still is, but no longer starts as it.
                    if base.get("class").and_then(|c| c.get("value")) == Some(&json!("nonroot")) {
                        part.insert("class".into(), json!({"value": "user", "evidence": at(*line)}));
                    }
                }
                Some((uid, gid)) => {
                    part.insert("class".into(), json!({"value": "nonroot", "evidence": at(*line)}));
                    // Without a group, and for a user the image does not know, Docker takes group 0.
                    let user =
                        json!({"uid": uid, "gid": gid.unwrap_or(0), "others": "none", "evidence": at(*line)});
                    part.insert("user".into(), user);
                    part.insert("blockers".into(), Value::Null);
                }
                None => {
                    part.insert("class".into(), json!({"value": "nonroot", "evidence": at(*line)}));
                    part.insert("user".into(), Value::Null);
                    part.insert("blockers".into(), Value::Null);
                }
            }
        } else if let Some(line) = self
            .entrypoint
            .as_ref()
            .map(|(_, line)| *line)
            .filter(|_| is_bound_to_its_start(base))
        {
            // Its own entrypoint replaces the steps that the base needed root for; nobody knows the new ones.
            for key in ["start", "ids", "init", "blockers", "root_start"] {
                part.insert(key.into(), Value::Null);
            }
            part.insert("class".into(), json!({"value": "unknown", "evidence": at(line)}));
        }
        let ports: Vec<Value> = self
            .ports
            .iter()
            .map(|(port, protocol, line)| match protocol.as_str() {
                "udp" => json!({"port": port, "protocol": "udp", "evidence": at(*line)}),
                _ => json!({"port": port, "evidence": at(*line)}),
            })
            .collect();
        let writable = self.writable(&mut at);
        part.insert("ports".into(), ports.into());
        part.insert("writable".into(), writable.into());
        part.insert("evidence".into(), evidence.into());
        part
    }

    /// Volumes, and directories that somebody but root was given.
    fn writable(&self, at: &mut dyn FnMut(usize) -> Value) -> Vec<Value> {
        let mut list: Vec<Value> = Vec::new();
        for (path, line) in self.volumes.iter().filter(|(p, _)| p.starts_with('/')) {
            let path = path.trim_end_matches('/');
            let owner = self.owners.iter().find(|(p, ..)| p == path);
            let owner = owner.map_or("0:0", |(_, owner, _)| owner.as_str());
            list.push(json!({
                "path": path, "kind": "data", "owner": owner, "volume": true, "evidence": at(*line),
            }));
        }
        for (path, owner, line) in self
            .owners
            .iter()
            .filter(|(_, owner, _)| !owner.starts_with("0:"))
        {
            if !list.iter().any(|w| w["path"] == json!(path)) {
                list.push(json!({
                    "path": path, "kind": "data", "owner": owner, "optional": true, "content": true,
                    "evidence": at(*line),
                }));
            }
        }
        list
    }
}

/// The ids of a `USER` by name, as others know them.
fn resolved(user: &str, ids: &dyn Fn(&str) -> Option<(u32, u32)>) -> Option<StageIds> {
    let (name, group) = user.split_once(':').map_or((user, None), |(u, g)| (u, Some(g)));
    let (uid, own) = ids(name)?;
    let gid = match group {
        None => own,
        Some(group) => group.parse().ok().or_else(|| Some(ids(group)?.1))?,
    };
    Some((uid, Some(gid)))
}

/// Whether what is known of the base is about its own start as root.
fn is_bound_to_its_start(base: &Fragment) -> bool {
    let class = base
        .get("class")
        .and_then(|c| c.get("value"))
        .and_then(|v| v.as_str());
    matches!(class, Some("root-start" | "cannot"))
}

#[cfg(test)]
mod tests;
