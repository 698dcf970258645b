//! What a `RUN` makes of users and owners, recognised only where it is certain: plain `useradd`, `adduser`,
//! `groupadd`, `addgroup`, `chown`, `mkdir`, `install` with words that hold no unresolved variable.

use super::parse::words;
use std::collections::BTreeMap;

/// Users, groups and owners that a stage has made so far.
#[derive(Debug, Clone, Default)]
pub(super) struct StageAccounts {
    /// Uid and gid by user name; a part that nobody wrote down is none.
    pub users: BTreeMap<String, (Option<u32>, Option<u32>)>,
    /// Gid by group name.
    pub groups: BTreeMap<String, u32>,
    /// Owner of a directory as `uid:gid`, and the line that gave it.
    pub owners: BTreeMap<String, (String, usize)>,
    /// A program that gives up root at the start was installed.
    pub steps_down: Option<usize>,
}

/// Programs with which an entrypoint gives up root.
const DROPPERS: [&str; 4] = ["gosu", "su-exec", "setpriv", "s6-setuidgid"];

impl StageAccounts {
    /// Takes in one `RUN`.
    pub(super) fn run(&mut self, script: &str, line: usize) {
        // What is in quotes for another shell is as good as plain.
        let script = script.replace("\\\"", "\"");
        for command in script.split(['\n', ';', '|', '&']) {
            let words = words(command.trim());
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if words.iter().any(|w| DROPPERS.contains(w) || w.contains("/gosu")) {
                self.steps_down.get_or_insert(line);
            }
            if words.iter().any(|w| w.contains('$') || w.contains('*')) {
                continue;
            }
            match words.as_slice() {
                ["useradd" | "adduser", rest @ ..] => self.add_user(rest),
                ["groupadd" | "addgroup", rest @ ..] => self.add_group(rest),
                ["chown", rest @ ..] => self.chown(rest, line),
                ["mkdir", rest @ ..] => self.mkdir(rest, line),
                ["install", rest @ ..] => self.install(rest, line),
                _ => {}
            }
        }
    }

    /// A user's ids: a number, a name made here, or a name that is the same in every image.
    pub(super) fn user(&self, name: &str) -> Option<(u32, Option<u32>)> {
        if let Ok(uid) = name.parse() {
            let gid = self.users.values().find(|u| u.0 == Some(uid)).and_then(|u| u.1);
            return Some((uid, gid));
        }
        match self.users.get(name) {
            Some((uid, gid)) => Some(((*uid)?, *gid)),
            None => match name {
                "root" => Some((0, Some(0))),
                "nobody" => Some((65534, Some(65534))),
                _ => None,
            },
        }
    }

    /// A group's id, likewise.
    pub(super) fn group(&self, name: &str) -> Option<u32> {
        let made = || self.groups.get(name).copied();
        let users_own = || self.users.get(name).and_then(|u| u.1);
        let root = || (name == "root").then_some(0);
        name.parse().ok().or_else(made).or_else(users_own).or_else(root)
    }

    /// `user`, `user:group` or `:group` as `uid:gid`.
    pub(super) fn owner(&self, text: &str) -> Option<String> {
        let (user, group) = text.split_once([':', '.']).unwrap_or((text, ""));
        let (uid, own) = self.user(user)?;
        let gid = if group.is_empty() { own } else { self.group(group) };
        Some(format!("{uid}:{}", gid.unwrap_or(0)))
    }

    fn add_user(&mut self, rest: &[&str]) {
        let (options, names) = options(rest, "dhkLsgGuKcebfpM", USER_VALUES);
        let get = |keys: &[&str]| {
            options
                .iter()
                .find(|(k, _)| keys.contains(&k.as_str()))
                .map(|(_, v)| *v)
        };
        // Debian's `adduser NAME GROUP` adds to a group; the user exists.
        let Some(name) = names.first().filter(|n| !self.users.contains_key(**n)) else {
            return;
        };
        let uid = get(&["-u", "--uid"]).and_then(|v| v.parse().ok());
        let group = get(&["-g", "--gid", "-G", "--ingroup"]).and_then(|g| self.group(g));
        let named = get(&["--gid", "--ingroup", "-G"]).is_some()
            || get(&["-g"]).is_some_and(|g| self.group(g).is_some());
        // Without a group of its own named, the new group takes the number of the user when it is free.
        let gid = if named { group } else { group.or(uid) };
        self.users.insert((*name).to_owned(), (uid, gid));
    }

    fn add_group(&mut self, rest: &[&str]) {
        let (options, names) = options(rest, "gKpR", &["--gid", "--key", "--password"]);
        let gid = options
            .iter()
            .find(|(k, _)| k == "-g" || k == "--gid")
            .and_then(|(_, v)| v.parse().ok());
        if let (Some(name), Some(gid)) = (names.first(), gid) {
            self.groups.insert((*name).to_owned(), gid);
        }
    }

    fn chown(&mut self, rest: &[&str], line: usize) {
        let mut words = rest.iter().filter(|w| !w.starts_with('-'));
        if let Some(owner) = words.next().and_then(|o| self.owner(o)) {
            for path in words {
                self.own(path, &owner, line);
            }
        }
    }

    fn mkdir(&mut self, rest: &[&str], line: usize) {
        let mut words = rest.iter();
        while let Some(word) = words.next() {
            match *word {
                "-m" | "--mode" => drop(words.next()),
                path if !self.owners.contains_key(path) => self.own(path, "0:0", line),
                _ => {}
            }
        }
    }

    fn install(&mut self, rest: &[&str], line: usize) {
        let (options, paths) = options(rest, "ogmtS", &["--owner", "--group", "--mode"]);
        if !rest.iter().any(|w| *w == "-d" || *w == "--directory") {
            return;
        }
        let get = |short: &str, long: &str| {
            options
                .iter()
                .find(|(k, _)| k == short || k == long)
                .map(|(_, v)| *v)
        };
        let uid = get("-o", "--owner").map_or(Some(0), |o| self.user(o).map(|u| u.0));
        let gid = get("-g", "--group").map_or(Some(0), |g| self.group(g));
        if let (Some(uid), Some(gid)) = (uid, gid) {
            for path in paths {
                self.own(path, &format!("{uid}:{gid}"), line);
            }
        }
    }

    /// Notes the owner of a directory.
    pub(super) fn own(&mut self, path: &str, owner: &str, line: usize) {
        let path = path.trim_end_matches('/');
        if path.starts_with('/') && !path.contains("..") {
            self.owners.insert(path.to_owned(), (owner.to_owned(), line));
        }
    }
}

const USER_VALUES: &[&str] = &[
    "--uid",
    "--gid",
    "--ingroup",
    "--home",
    "--home-dir",
    "--shell",
    "--gecos",
    "--comment",
    "--groups",
];

/// Options with their values, and what is no option. `short` are the letters that take a value.
fn options<'a>(words: &[&'a str], short: &str, long: &[&str]) -> (Vec<(String, &'a str)>, Vec<&'a str>) {
    let (mut found, mut rest) = (Vec::new(), Vec::new());
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        if let Some((key, value)) = word.strip_prefix("--").and_then(|w| w.split_once('=')) {
            found.push((format!("--{key}"), value));
        } else if word.starts_with("--") {
            if long.contains(word) {
                found.extend(words.next().map(|value| ((*word).to_owned(), *value)));
            }
        } else if let Some(letters) = word.strip_prefix('-').filter(|l| !l.is_empty()) {
            // In a cluster (`-rm`, `-Du`) only the last letter can take the next word.
            let last = letters.chars().last().unwrap_or_default();
            if short.contains(last) && !(last == 'M' || last == 'e' && letters.len() > 1) {
                found.extend(words.next().map(|value| (format!("-{last}"), *value)));
            }
        } else {
            rest.push(*word);
        }
    }
    (found, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(script: &str) -> StageAccounts {
        let mut accounts = StageAccounts::default();
        accounts.run(script, 1);
        accounts
    }

    #[test]
    fn users_of_debian_and_alpine_are_recognised() {
        for script in [
            "groupadd -g 1001 app && useradd -r -u 1001 -g app -s /bin/false app",
            "addgroup -g 1001 -S app && adduser -S -D -H -u 1001 -G app app",
            "groupadd --gid 1001 app && useradd --uid 1001 --gid 1001 -m app",
            "adduser --disabled-password --gecos '' --uid 1001 app",
            "useradd -m -u 1001 app",
        ] {
            assert_eq!(after(script).user("app"), Some((1001, Some(1001))), "{script}");
        }
    }

    #[test]
    fn a_number_nobody_wrote_is_not_guessed() {
        assert_eq!(after("useradd -m app").user("app"), None);
        assert_eq!(
            after("addgroup -S app && adduser -S app -G app").user("app"),
            None
        );
        assert_eq!(after("useradd -u $UID app").user("app"), None);
    }

    #[test]
    fn owners_follow_names_and_numbers() {
        let accounts = after(
            "useradd -u 7 app; mkdir -p /data /x && chown -R app:app /data/ && install -d -o app -g 9 /y",
        );
        let owner = |path: &str| accounts.owners.get(path).map(|o| o.0.as_str());
        assert_eq!(owner("/data"), Some("7:7"));
        assert_eq!(owner("/x"), Some("0:0"));
        assert_eq!(owner("/y"), Some("7:9"));
    }

    #[test]
    fn an_installed_dropper_is_seen() {
        assert_eq!(after("apk add --no-cache su-exec tini").steps_down, Some(1));
        assert_eq!(after("echo gosu-free").steps_down, None);
    }
}
