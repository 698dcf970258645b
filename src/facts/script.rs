//! What a start script does that only root can, and who it becomes. It is read, not run: words count where a command can
//! start, and no value is followed.

use super::root_programs;
use serde::{Deserialize, Serialize};

/// What was read of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Whether all that only root can do is for root alone: it asks who it is, and around nothing else.
    pub asks_who: bool,
    /// The programs it calls that need root, each once.
    pub root_calls: Vec<String>,
    /// With which program it gives up root, and whose name or number that is given, where it is plain.
    pub steps_down: Option<(String, Option<String>)>,
    /// Whether it does what is not followed: it reads another script, starts a service, writes where the system is.
    pub is_open: bool,
    /// The words of the last command that it becomes; `"$@"` for what it is given.
    pub becomes: Vec<String>,
}

/// What a script is given when it hands on its own arguments.
pub(crate) const HANDED_ON: &str = "$@";

/// Programs that stay as the first process, so that as root they send their signals to others.
pub(crate) const INITS: [&str; 4] = ["catatonit", "dumb-init", "tini", "tini-static"];

/// Words before a command.
const BEFORE: [&str; 15] = [
    "!", "{", "builtin", "command", "do", "elif", "else", "env", "exec", "if", "nohup", "then", "time",
    "until", "while",
];

/// Shells whose scripts are read.
pub(crate) const SHELLS: [&str; 5] = ["ash", "bash", "dash", "sh", "zsh"];

impl Script {
    /// Reads a file that is started; nothing where it is for something else than a shell.
    pub fn of_file(text: &str) -> Option<Script> {
        let first = text.strip_prefix("#!")?.lines().next()?;
        let mut words = first.split_whitespace().map(base);
        words
            .any(|word| SHELLS.contains(&word))
            .then(|| Script::read(text))
    }

    /// Reads a shell script.
    pub fn read(text: &str) -> Script {
        let mut script = Script::default();
        let mut reading = Reading::default();
        let text = text.replace("\\\n", " ");
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let line = line.trim();
            if line.starts_with('#') {
                continue;
            }
            script.take_line(line, &mut reading);
            // A text of its own is no command.
            if let Some(end) = document_end(line) {
                let _ = lines.by_ref().take_while(|l| l.trim() != end).count();
            }
        }
        script.asks_who = reading.asked && !reading.is_unguarded;
        script
    }

    fn take_line(&mut self, line: &str, reading: &mut Reading) {
        let asks = asks_for_root(line);
        reading.asked |= asks;
        let mut calls_root = false;
        for command in line.split([';', '&', '|', '(', ')', '`']) {
            let first = command.split_whitespace().next().unwrap_or_default();
            match first {
                "if" => reading.depth += 1,
                "fi" => {
                    reading.depth = reading.depth.saturating_sub(1);
                    if reading.guard > reading.depth {
                        reading.guard = 0;
                    }
                }
                _ => {}
            }
            if asks && first == "if" {
                reading.guard = reading.depth;
            }
            calls_root |= self.take(command);
        }
        // What is asked on the same line, or around it, is for root alone.
        reading.is_unguarded |= calls_root && !asks && reading.guard == 0;
    }

    /// Takes in one command; whether it is one that only root can give.
    fn take(&mut self, command: &str) -> bool {
        let words: Vec<&str> = command.split_whitespace().map(unquoted).collect();
        let is_before = |word: &&str| BEFORE.contains(word) || is_assignment(word);
        let start = words
            .iter()
            .take_while(|w| is_before(w) || w.starts_with('-'))
            .count();
        let has_exec = words[..start].contains(&"exec");
        if has_exec && start < words.len() {
            self.becomes = words[start..].iter().map(|w| (*w).to_owned()).collect();
        }
        // An init in front of it hides nothing.
        let is_init = |word: &&str| INITS.contains(&base(word)) || word.starts_with('-');
        let start = match words.get(start) {
            Some(first) if INITS.contains(&base(first)) => {
                start + words[start..].iter().take_while(|w| is_init(w)).count()
            }
            _ => start,
        };
        let Some((first, rest)) = words.get(start..).and_then(<[&str]>::split_first) else {
            return false;
        };
        let mut name = base(first);
        // What it ends as may be put together first: only a step down in it is not followed.
        let is_step = |word: &&str| root_programs::find(base(word)).is_some();
        let sets = name == "set" && rest.first() == Some(&"--") && rest.iter().any(is_step);
        if UNREAD.contains(&name) || sets || writes_the_system(&words) {
            self.is_open = true;
        }
        // `install` gives what it makes away.
        if name == "install"
            && rest
                .iter()
                .any(|w| w.starts_with("-o") || w.starts_with("--owner"))
        {
            name = "chown";
        }
        let is_roots = root_programs::find(name).is_some_and(|p| p.name == name);
        if is_roots && !self.root_calls.iter().any(|c| c == name) {
            self.root_calls.push(name.to_owned());
        }
        if root_programs::steps_down(name) {
            let user = stepped_to(name, rest);
            // What it is when it ends counts.
            if self
                .steps_down
                .as_ref()
                .is_none_or(|(_, known)| user.is_some() || known.is_none())
            {
                self.steps_down = Some((name.to_owned(), user));
            }
        }
        is_roots
    }

    /// The capabilities that what it calls needs, sorted.
    pub fn needs(&self) -> Vec<&'static str> {
        let calls = self
            .root_calls
            .iter()
            .filter_map(|name| root_programs::find(name));
        let mut needs: Vec<&str> = calls.flat_map(|program| program.needs).copied().collect();
        needs.sort_unstable();
        needs.dedup();
        needs
    }
}

/// Where the reader of a script is.
#[derive(Default)]
struct Reading {
    /// How many `if` are open.
    depth: usize,
    /// The one that asks for root; 0 outside.
    guard: usize,
    /// It asks for root somewhere.
    asked: bool,
    /// What only root can do is done whoever it is.
    is_unguarded: bool,
}

/// Commands behind which there is more than what stands here.
const UNREAD: [&str; 5] = [".", "eval", "invoke-rc.d", "service", "source"];

/// What nobody but root writes.
const SYSTEM: [&str; 6] = ["/bin/", "/etc/", "/lib/", "/root/", "/usr/", "/var/"];

/// Whether a command sends its output into a file of the system.
fn writes_the_system(words: &[&str]) -> bool {
    let mut targets = words
        .iter()
        .enumerate()
        .filter(|(_, w)| w.contains('>'))
        .map(|(at, word)| {
            let own = word.rsplit('>').next().unwrap_or_default();
            if own.is_empty() {
                words.get(at + 1).copied().unwrap_or_default()
            } else {
                own
            }
        });
    targets.any(|target| SYSTEM.iter().any(|s| unquoted(target).starts_with(s)))
}

/// Whether a line asks whether it is root: `[ "$(id -u)" = 0 ]`, not whether it is somebody else.
fn asks_for_root(line: &str) -> bool {
    let asks = ["id -u", "EUID", "$UID", "${UID", "whoami"]
        .iter()
        .any(|w| line.contains(w));
    let plain: String = line.chars().filter(|c| !matches!(c, '"' | '\'')).collect();
    let is_zero = ["= 0", "-eq 0", "= root"].iter().any(|w| plain.contains(w));
    asks && is_zero && !plain.contains("!=") && !plain.contains("-ne") && !plain.contains("||")
}

/// The word that ends the text which begins on a line (`<<EOF`).
fn document_end(line: &str) -> Option<&str> {
    let rest = line.split_once("<<")?.1;
    let word = rest
        .trim_start_matches(['-', '<', ' '])
        .split(|c: char| c.is_whitespace() || c == ';')
        .next()?;
    let word = unquoted(word);
    (!word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).then_some(word)
}

/// The name of a program, without its folder.
pub(crate) fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// `NAME=value` before a command.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

/// Whom a program is told to become: `gosu NAME`, `su -s /bin/sh NAME`, `setpriv --reuid=N`, `chpst -u NAME`.
fn stepped_to(program: &str, rest: &[&str]) -> Option<String> {
    let after = |flags: &[&str]| {
        let mut words = rest.iter();
        while let Some(word) = words.next() {
            if let Some((flag, value)) = word.split_once('=')
                && flags.contains(&flag)
            {
                return Some(value);
            }
            if flags.contains(word) {
                return words.next().copied();
            }
        }
        None
    };
    let user = match program {
        "setpriv" => after(&["--reuid"]),
        "chpst" | "runuser" | "sudo" | "doas" if after(&["-u", "--user"]).is_some() => {
            after(&["-u", "--user"])
        }
        "su" | "runuser" => plain(rest, &["-s", "--shell", "-c", "--command", "-g", "-G"]),
        "gosu" | "su-exec" | "s6-setuidgid" => rest.first().copied(),
        _ => None,
    }?;
    let user = user.split(':').next().unwrap_or(user);
    let is_plain = !user.is_empty()
        && user
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    is_plain.then(|| user.to_owned())
}

/// The first word that is neither an option nor the value of one.
fn plain<'w>(rest: &[&'w str], with_value: &[&str]) -> Option<&'w str> {
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        if with_value.contains(word) {
            words.next();
        } else if !word.starts_with('-') {
            return Some(word);
        }
    }
    None
}

#[cfg(test)]
mod tests;
