//! Cuts a command line into Compose's global flags, our own, the command, and what belongs to the command.
//!
//! Only the flags that must be read are known by name. Everything else is handed on to Compose as it is, so
//! that a flag of a newer Compose works: an unknown `--flag` takes the next word as its value unless that word
//! is a command or a flag.

use crate::locate::Settings;
use std::io;
use std::path::{Path, PathBuf};

/// Our own flags (`--nr-X` before any command) and whether they take a value.
pub const OWN_FLAGS: &[(&str, bool)] = &[
    ("assume", true),
    ("color", true),
    ("engine-timeout", true),
    ("force", false),
    ("loader", true),
    ("policy", true),
    ("policy-file", true),
    ("ports", true),
    ("random-uid", false),
    ("user", true),
];

/// Compose's global flags that take a value.
const VALUED: [&str; 9] = [
    "file",
    "project-name",
    "profile",
    "env-file",
    "project-directory",
    "workdir",
    "progress",
    "ansi",
    "parallel",
];
/// Compose's global flags that take none.
const SWITCHES: [&str; 7] = [
    "compatibility",
    "all-resources",
    "verbose",
    "version",
    "no-ansi",
    "dry-run",
    "help",
];
/// Compose's commands, for the value of a flag nobody knows.
const COMMANDS: [&str; 44] = [
    "alpha",
    "attach",
    "bridge",
    "build",
    "commit",
    "completion",
    "config",
    "convert",
    "cp",
    "create",
    "down",
    "events",
    "exec",
    "export",
    "help",
    "images",
    "kill",
    "logs",
    "ls",
    "pause",
    "port",
    "ps",
    "publish",
    "pull",
    "push",
    "restart",
    "rm",
    "run",
    "scale",
    "start",
    "stats",
    "stop",
    "top",
    "unpause",
    "up",
    "version",
    "viz",
    "volumes",
    "wait",
    "watch",
    "check",
    "diff",
    "explain",
    "harden",
];

/// A command line in its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// Compose's global flags as they were written.
    pub globals: Vec<String>,
    /// Our own flags: name without `--nr-`, value.
    pub own: Vec<(String, Option<String>)>,
    /// The command.
    pub command: Option<String>,
    /// What follows the command.
    pub tail: Vec<String>,
    /// The global flags that are read: long name, value (empty for a switch).
    flags: Vec<(&'static str, String)>,
}

/// Splits what follows the program's name.
///
/// # Errors
/// A flag without its value, an own flag nobody knows.
pub fn split(words: impl IntoIterator<Item = String>) -> Result<CommandLine, String> {
    let mut line = CommandLine::default();
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        if word == "--" {
            line.command = words.next();
            break;
        }
        let Some(flag) = word.strip_prefix('-').filter(|f| !f.is_empty()) else {
            line.command = Some(word);
            break;
        };
        match flag.strip_prefix('-') {
            Some(long) => match long.strip_prefix("nr-") {
                Some(own) => line.own_flag(own, &mut words)?,
                None => line.long_flag(long, &word, &mut words)?,
            },
            None => line.short_flags(flag, &word, &mut words)?,
        }
    }
    line.tail = words.collect();
    Ok(line)
}

impl CommandLine {
    fn own_flag(&mut self, flag: &str, words: &mut impl Iterator<Item = String>) -> Result<(), String> {
        let (name, value) = flag
            .split_once('=')
            .map_or((flag, None), |(n, v)| (n, Some(v.to_owned())));
        let Some((_, takes_value)) = OWN_FLAGS.iter().find(|(known, _)| *known == name) else {
            return Err(format!("unknown flag --nr-{name}"));
        };
        let value = match (takes_value, value) {
            (true, None) => Some(words.next().ok_or_else(|| format!("--nr-{name} needs a value"))?),
            (_, value) => value,
        };
        self.own.push((name.to_owned(), value));
        Ok(())
    }

    fn long_flag(
        &mut self,
        flag: &str,
        word: &str,
        words: &mut std::iter::Peekable<impl Iterator<Item = String>>,
    ) -> Result<(), String> {
        self.globals.push(word.to_owned());
        let (name, value) = flag
            .split_once('=')
            .map_or((flag, None), |(n, v)| (n, Some(v.to_owned())));
        if let Some(known) = VALUED.iter().find(|known| **known == name) {
            let value = match value {
                Some(value) => value,
                None => self.value(word, words)?,
            };
            self.flags.push((known, value));
        } else if let Some(known) = SWITCHES.iter().find(|known| **known == name) {
            if value
                .as_deref()
                .is_none_or(|v| crate::locate::truth(v) != Some(false))
            {
                self.flags.push((known, String::new()));
            }
        } else if value.is_none()
            && let Some(next) = words.next_if(|w| !w.starts_with('-') && !COMMANDS.contains(&w.as_str()))
        {
            self.globals.push(next);
        }
        Ok(())
    }

    /// `-f x`, `-fx`, `-f=x`, and switches before them in one word.
    fn short_flags(
        &mut self,
        flags: &str,
        word: &str,
        words: &mut impl Iterator<Item = String>,
    ) -> Result<(), String> {
        self.globals.push(word.to_owned());
        for (at, flag) in flags.char_indices() {
            let name = match flag {
                'f' => "file",
                'p' => "project-name",
                'v' => {
                    self.flags.push(("version", String::new()));
                    continue;
                }
                'h' => {
                    self.flags.push(("help", String::new()));
                    continue;
                }
                _ => return Ok(()),
            };
            let rest = &flags[at + 1..];
            let value = match rest {
                "" => self.value(word, words)?,
                rest => rest.strip_prefix('=').unwrap_or(rest).to_owned(),
            };
            self.flags.push((name, value));
            return Ok(());
        }
        Ok(())
    }

    fn value(&mut self, flag: &str, words: &mut impl Iterator<Item = String>) -> Result<String, String> {
        let value = words.next().ok_or_else(|| format!("{flag} needs a value"))?;
        self.globals.push(value.clone());
        Ok(value)
    }

    /// Whether a switch was given.
    pub fn has(&self, name: &str) -> bool {
        self.flags.iter().any(|(n, _)| *n == name)
    }

    /// The values of a flag, in order.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.flags
            .iter()
            .filter(|(n, _)| *n == name)
            .map(|(_, v)| v.clone())
            .collect()
    }

    /// The last value of a flag.
    pub fn last(&self, name: &str) -> Option<String> {
        self.all(name).pop()
    }

    /// The last value of one of our own flags.
    pub fn own(&self, name: &str) -> Option<&str> {
        let flag = self.own.iter().rev().find(|(n, _)| n == name);
        flag.map(|(_, value)| value.as_deref().unwrap_or_default())
    }

    /// The settings of this process with the flags of this line.
    ///
    /// # Errors
    /// The working directory cannot be found.
    pub fn settings(&self) -> io::Result<Settings> {
        let process = Settings::of_process()?;
        let directory = self
            .last("project-directory")
            .filter(|d| !d.is_empty())
            .or_else(|| self.last("workdir"));
        Ok(Settings {
            files: self.all("file"),
            project_name: self.last("project-name"),
            project_directory: directory
                .filter(|d| !d.is_empty())
                .map(|d| PathBuf::from(Path::new(&d))),
            env_files: self.all("env-file"),
            profiles: self.all("profile"),
            all_resources: self.has("all-resources"),
            compatibility: self.has("compatibility"),
            ..process
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> CommandLine {
        split(line.split_whitespace().map(str::to_owned)).expect("a command line")
    }

    #[test]
    fn every_spelling_of_a_flag() {
        for line in [
            "-f a up",
            "-fa up",
            "-f=a up",
            "--file a up",
            "--file=a up",
            "-vfa up",
        ] {
            let line = of(line);
            assert_eq!(line.all("file"), ["a"], "{line:?}");
            assert_eq!(line.command.as_deref(), Some("up"));
        }
    }

    #[test]
    fn flags_of_the_command_are_left_alone() {
        let line = of("-p x logs -f web --tail 5");
        assert_eq!(line.globals, ["-p", "x"]);
        assert_eq!(line.tail, ["-f", "web", "--tail", "5"]);
        assert!(line.all("file").is_empty());
    }

    #[test]
    fn flags_nobody_knows() {
        assert_eq!(of("--new value up -d").command.as_deref(), Some("up"));
        assert_eq!(of("--new up -d").command.as_deref(), Some("up"));
        assert_eq!(of("--new=value up").command.as_deref(), Some("up"));
        assert_eq!(of("--dry-run up").globals, ["--dry-run"]);
    }

    #[test]
    fn our_own_flags_are_taken_out() {
        let line = of("--nr-color never -f a --nr-loader=compose model --format json");
        assert_eq!(line.own("color"), Some("never"));
        assert_eq!(line.own("loader"), Some("compose"));
        assert_eq!(line.globals, ["-f", "a"]);
        assert!(split(["--nr-nothing".to_owned()]).is_err());
        assert!(split(["-f".to_owned()]).is_err());
    }
}
