//! A folder of profiles: read, checked, and resolved through `extends`.
//!
//! The same code judges ours when nrcompose is built and a person's when it runs; so it is also compiled
//! into the build script and uses nothing of the crate.

use super::check::{self, Mistake};
use super::image_ref::canonical;
use super::merge::{self, Fragment};
use super::profile::Profile;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Something wrong in a profile's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The profile's file, as a message names it.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// Lowercase, no full stop.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.message)
    }
}

/// One file.
#[derive(Debug, Clone)]
pub struct ProfileFile {
    /// Where it was read.
    pub file: PathBuf,
    text: String,
    /// What it says, without its base.
    pub part: Fragment,
}

/// All profiles of one folder, by name.
#[derive(Debug, Clone, Default)]
pub struct Library {
    entries: BTreeMap<String, ProfileFile>,
    images: BTreeMap<String, String>,
}

impl Library {
    /// Reads files; what is wrong with one of them is added to `problems`, and it is left out.
    pub fn read(files: impl IntoIterator<Item = (PathBuf, String)>, problems: &mut Vec<Problem>) -> Self {
        let mut library = Library::default();
        for (file, text) in files {
            match parse(&text) {
                Ok(part) => library.add(ProfileFile { file, text, part }, problems),
                Err((line, message)) => problems.push(Problem { file, line, message }),
            }
        }
        library
    }

    fn add(&mut self, entry: ProfileFile, problems: &mut Vec<Problem>) {
        let name = name_of(&entry.file);
        let images = entry.part.get("images").and_then(|v| v.as_array());
        for image in images.into_iter().flatten().filter_map(|v| v.as_str()) {
            let key = canonical(image);
            if let Some(other) = self.images.insert(key.clone(), name.clone()) {
                problems.push(entry.problem(
                    "images",
                    image,
                    if other == name {
                        format!("`{image}` and another name here are the same image, `{key}`")
                    } else {
                        format!("`{image}` already has a profile: {other}")
                    },
                ));
            }
        }
        self.entries.insert(name, entry);
    }

    /// Checks every profile, alone and under each of its conditions. `below` finds the parts of weaker folders.
    pub fn check(&self, below: &dyn Fn(&str) -> Option<Fragment>, problems: &mut Vec<Problem>) {
        for (name, entry) in &self.entries {
            match self.resolve(name, below) {
                Ok(part) => problems.extend(
                    findings(&part)
                        .into_iter()
                        .map(|f| entry.problem(f.section, &f.item, f.message)),
                ),
                Err(problem) => problems.push(problem),
            }
        }
    }

    /// A profile's whole content: itself over its base.
    pub fn resolve(&self, name: &str, below: &dyn Fn(&str) -> Option<Fragment>) -> Result<Fragment, Problem> {
        let mut chain: Vec<&ProfileFile> = Vec::new();
        let mut seen = vec![name];
        let mut next = name;
        let base = loop {
            let Some(entry) = self.entries.get(next) else {
                break Fragment::new();
            };
            chain.push(entry);
            let Some(extends) = entry.part.get("extends").and_then(|v| v.as_str()) else {
                break self.defaults(next, below);
            };
            // A profile may extend the one of the same name in a weaker folder.
            if extends == next || !self.entries.contains_key(extends) {
                break below(extends).ok_or_else(|| {
                    entry.problem(
                        "extends",
                        "",
                        format!("there is no profile `{extends}` to extend"),
                    )
                })?;
            }
            if seen.contains(&extends) {
                return Err(entry.problem(
                    "extends",
                    "",
                    format!("`{extends}` extends this profile in turn"),
                ));
            }
            seen.push(extends);
            next = extends;
        };
        let mut whole = base;
        for entry in chain.into_iter().rev() {
            entry.check_evidence_names(&whole)?;
            whole = merge::extend(whole, &entry.part);
        }
        Ok(whole)
    }

    /// What stands below a profile that extends none.
    fn defaults(&self, name: &str, below: &dyn Fn(&str) -> Option<Fragment>) -> Fragment {
        if !has_defaults(name) {
            return Fragment::new();
        }
        let own = self.entries.get(DEFAULTS).map(|entry| entry.part.clone());
        let part = own.or_else(|| below(DEFAULTS)).unwrap_or_default();
        merge::extend(part, &Fragment::new())
    }

    /// The profile for an image's canonical name: the exact one, else the longest pattern.
    pub fn name_for(&self, image: &str) -> Option<&str> {
        let pattern = || {
            self.images
                .iter()
                .filter(|(p, _)| p.contains('*') && super::image_ref::matches(p, image))
                .max_by_key(|(p, _)| p.len())
                .map(|(_, name)| name)
        };
        self.images.get(image).or_else(pattern).map(String::as_str)
    }

    /// The profiles by name.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &ProfileFile)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// One profile.
    pub fn get(&self, name: &str) -> Option<&ProfileFile> {
        self.entries.get(name)
    }

    /// Every image name or pattern and the profile it belongs to.
    pub fn images(&self) -> impl Iterator<Item = (&str, &str)> {
        self.images.iter().map(|(i, n)| (i.as_str(), n.as_str()))
    }
}

impl ProfileFile {
    /// A problem at the line of an item of a section, or of the section.
    pub fn problem(&self, section: &str, item: &str, message: String) -> Problem {
        Problem {
            file: self.file.clone(),
            line: line_of(&self.text, section, item),
            message,
        }
    }

    /// A name that the base gave to other evidence would silently change what the base's values rest on.
    fn check_evidence_names(&self, base: &Fragment) -> Result<(), Problem> {
        let own = self.part.get("evidence").and_then(|v| v.as_object());
        let theirs = base.get("evidence").and_then(|v| v.as_object());
        let taken = |(name, value): &(&String, &serde_json::Value)| {
            theirs
                .and_then(|t| t.get(*name))
                .is_some_and(|other| other != *value)
        };
        match own.into_iter().flatten().find(taken) {
            Some((name, _)) => Err(self.problem(
                "evidence",
                name,
                format!("the base has other evidence named `{name}`: choose another name"),
            )),
            None => Ok(()),
        }
    }
}

/// The name of a profile: the image that it stands for, by the path of its file below the folder `profiles`, as in
/// `profiles/docker.io/library/nginx.yaml`, or the name of the file. A base has the name of its file.
pub fn name_of(file: &Path) -> String {
    let parts: Vec<_> = file
        .components()
        .map(|c| c.as_os_str().to_string_lossy())
        .collect();
    let below = parts
        .iter()
        .rposition(|part| part == FOLDER)
        .map_or(parts.len(), |at| at + 1);
    let path = parts.get(below..).filter(|path| path.len() > 1);
    let path = path.map_or_else(
        || parts.last().cloned().unwrap_or_default().into_owned(),
        |p| p.join("/"),
    );
    let name = path
        .strip_suffix(".yaml")
        .or_else(|| path.strip_suffix(".yml"))
        .unwrap_or(&path);
    match name.strip_prefix(BASES) {
        Some(base) => base.to_owned(),
        None => canonical(name),
    }
}

/// Whether a profile that extends none stands on what holds for every image.
pub(crate) fn has_defaults(name: &str) -> bool {
    ![DEFAULTS, NOTHING_KNOWN].contains(&name)
}

/// What a folder of profiles is called.
pub(crate) const FOLDER: &str = "profiles";
/// The folder in it of what is no image by itself.
const BASES: &str = "bases/";
/// The profile below all others: what holds for every image that does not say otherwise.
const DEFAULTS: &str = "defaults";
/// What is known of an image that nobody knows: not even that.
const NOTHING_KNOWN: &str = "generic";

/// Types first, where the parser knows the line; then the same text untyped, for merging.
fn parse(text: &str) -> Result<Fragment, (usize, String)> {
    let failed = |e: serde_yaml::Error| {
        let line = e.location().map_or(1, |l| l.line());
        let message = e.to_string();
        // The line is printed in front.
        let message = message
            .rsplit_once(" at line ")
            .map_or(message.as_str(), |(m, _)| m);
        (line, message.to_owned())
    };
    let profile: Profile = serde_yaml::from_str(text).map_err(failed)?;
    if let Some(f) = profile.conditions.iter().flat_map(check::check_condition).next() {
        return Err((line_of(text, f.section, &f.item), f.message));
    }
    serde_yaml::from_str(text).map_err(failed)
}

/// A part that is whole, with types.
pub fn typed(part: &Fragment) -> Result<Profile, String> {
    serde::Deserialize::deserialize(part).map_err(|e: serde_json::Error| e.to_string())
}

/// What is wrong with a whole profile, alone and under each condition.
fn findings(part: &Fragment) -> Vec<Mistake> {
    let mut all = judge(part);
    let conditions = part.get("conditions").and_then(|v| v.as_array());
    for set in conditions.into_iter().flatten().filter_map(|v| v.get("set")) {
        let mut varied = part.clone();
        varied.shift_remove("conditions");
        if let Some(set) = set.as_object() {
            varied = merge::merge(varied, set);
        }
        let new: Vec<Mistake> = judge(&varied).into_iter().filter(|f| !all.contains(f)).collect();
        all.extend(new);
    }
    all
}

fn judge(part: &Fragment) -> Vec<Mistake> {
    match typed(part) {
        Ok(profile) => check::check(&profile),
        Err(message) => vec![Mistake {
            section: "class",
            item: String::new(),
            message,
        }],
    }
}

/// The line where an item of a section stands, as near as can be known: profiles are block style at the top.
fn line_of(text: &str, section: &str, item: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let is_key = |line: &str| line.starts_with(|c: char| c.is_ascii_alphabetic());
    let start = lines
        .iter()
        .position(|l| l.strip_prefix(section).is_some_and(|r| r.starts_with(':')));
    let has_item = |line: &&str| {
        line.match_indices(item).any(|(i, _)| {
            let edge =
                |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '/' | '_' | '-'));
            edge(line[..i].chars().last()) && edge(line[i + item.len()..].chars().next())
        })
    };
    let found = match start {
        Some(start) if item.is_empty() => Some(start),
        Some(start) => {
            let inside = lines[start..].iter().skip(1).take_while(|l| !is_key(l));
            let inside = std::iter::once(&lines[start]).chain(inside);
            inside.clone().position(has_item).map(|i| start + i)
        }
        None => None,
    };
    // What a condition sets stands below `conditions`; what a base says is charged to the line that names it.
    found
        .or_else(|| lines.iter().position(|l| !item.is_empty() && has_item(l)))
        .or(start)
        .map_or(1, |i| i + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(files: &[(&str, &str)]) -> Vec<String> {
        let mut problems = Vec::new();
        let files = files.iter().map(|(n, t)| (PathBuf::from(n), (*t).to_owned()));
        let library = Library::read(files, &mut problems);
        library.check(&|_| None, &mut problems);
        problems.iter().map(ToString::to_string).collect()
    }

    const GOOD: &str = "images: [redis]\nabout: Redis\nevidence:\n  d: {kind: dockerfile, says: Dockerfile}\n\
        class: {value: user, evidence: d}\nuser: {uid: 999, gid: 1000, others: any, evidence: d}\n";

    fn with(more: &str) -> Vec<String> {
        problems(&[("a.yaml", &format!("{GOOD}{more}"))])
    }

    #[test]
    fn a_good_profile_passes() {
        assert_eq!(with(""), [""; 0]);
    }

    #[test]
    fn what_the_types_catch_has_the_line() {
        assert!(with("colour: red\n")[0].starts_with("a.yaml:7: unknown field `colour`"));
        assert!(with("ports: 80\n")[0].starts_with("a.yaml:7: ports: invalid type"));
        assert!(
            with("conditions:\n  - when: {tag: x}\n    set:\n      colour: 1\n")[0].starts_with("a.yaml:10:")
        );
    }

    #[test]
    fn evidence_must_exist() {
        let said = with(
            "writable:\n  - {path: /a, kind: data, evidence: d}\n  - {path: /b, kind: data, evidence: e}\n",
        );
        assert_eq!(said, ["a.yaml:9: there is no evidence named `e`"]);
        let said = with("writable:\n  - {path: /a, kind: data, evidence: []}\n");
        assert_eq!(said, ["a.yaml:8: every value needs evidence"]);
    }

    #[test]
    fn no_memory_over_data() {
        let said = with("writable:\n  - {path: /a, kind: data, tmpfs: true, evidence: d}\n");
        assert_eq!(said, ["a.yaml:8: a tmpfs over data would lose it"]);
        let said = with(
            "writable:\n  - {path: /a, kind: cache, evidence: d}\n  - {path: /a/b, kind: data, evidence: d}\n",
        );
        assert_eq!(said, ["a.yaml:8: a tmpfs here would cover the data in /a/b"]);
        let said = with(
            "conditions:\n  - when: {tag: x}\n    set:\n      writable:\n        - {path: /v, kind: data, tmpfs: true, evidence: d}\n",
        );
        assert_eq!(said, ["a.yaml:11: a tmpfs over data would lose it"]);
    }

    #[test]
    fn one_image_one_profile() {
        let other = GOOD.replace("[redis]", "[docker.io/library/redis]");
        assert_eq!(
            problems(&[("a.yaml", GOOD), ("b.yaml", &other)]),
            ["b.yaml:1: `docker.io/library/redis` already has a profile: a"]
        );
        let tagged = GOOD.replace("[redis]", "[\"redis:7\"]");
        assert_eq!(
            problems(&[("a.yaml", &tagged)]),
            ["a.yaml:1: `redis:7` is no image name (without tag, lowercase)"]
        );
    }

    #[test]
    fn extends_must_end_somewhere() {
        let a = "extends: b\nabout: a\n";
        let b = "extends: a\nabout: b\n";
        assert_eq!(
            problems(&[("a.yaml", a), ("b.yaml", b)]),
            [
                "b.yaml:1: `a` extends this profile in turn",
                "a.yaml:1: `b` extends this profile in turn"
            ]
        );
        assert_eq!(
            problems(&[("a.yaml", "about: a\nextends: nobody\n")]),
            ["a.yaml:2: there is no profile `nobody` to extend"]
        );
    }

    #[test]
    fn a_child_does_not_change_what_its_base_rests_on() {
        let child = "extends: a\nabout: b\nevidence:\n  d: {kind: documented, says: elsewhere}\n";
        assert_eq!(
            problems(&[("a.yaml", GOOD), ("b.yaml", child)]),
            ["b.yaml:4: the base has other evidence named `d`: choose another name"]
        );
    }

    #[test]
    fn the_longest_pattern_wins() {
        let mut problems = Vec::new();
        let file = |n: &str, image: &str| {
            (
                PathBuf::from(n),
                GOOD.replace("[redis]", &format!("[\"{image}\"]")),
            )
        };
        let files = [
            file("a.yaml", "x/*"),
            file("b.yaml", "x/y-*"),
            file("c.yaml", "x/y-z"),
        ];
        let library = Library::read(files, &mut problems);
        assert_eq!(library.name_for("x/q"), Some("a"));
        assert_eq!(library.name_for("x/y-q"), Some("b"));
        assert_eq!(library.name_for("x/y-z"), Some("c"));
        assert_eq!(library.name_for("z"), None);
    }
}
