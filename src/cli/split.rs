//! Cuts a command line into Compose's global flags, our own, the command, and what belongs to the command.
//!
//! Only the flags that must be read are known by name. Everything else is handed on to Compose as it is, so
//! that a flag of a newer Compose works: an unknown flag takes the next word as its value unless that word
//! is a command or a flag. Before a command of our own nobody would read it, so [`super::misplaced`] refuses it.

use super::{compose_line, own_flags};
use crate::locate::{ProcessSettings, truth};
use crate::nearest::nearest;
use std::io;
use std::path::{Path, PathBuf};

/// A command line in its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// Compose's global flags as they were written.
    pub globals: Vec<String>,
    /// Our own flags: name without `--nr-`, value.
    pub own: Vec<(String, Option<String>)>,
    /// Compose's or our own; none where there are flags alone.
    pub command: Option<String>,
    /// What follows the command.
    pub tail: Vec<String>,
    /// Where in `globals` each `-f` stands, and how many words it is.
    files_at: Vec<(usize, usize)>,
    /// Flags before the command that nobody knows, as written, each with the word that may be its value.
    pub unknown: Vec<(String, Option<String>)>,
    /// The global flags that are read: long name, value (empty for a switch).
    flags: Vec<(&'static str, String)>,
}

/// Splits what follows the program's name.
///
/// # Errors
/// A flag without its value, an own flag nobody knows or given twice.
pub fn split(words: impl IntoIterator<Item = String>) -> Result<CommandLine, String> {
    let mut line = CommandLine::default();
    let mut words = words.into_iter().peekable();
    let is_command =
        |word: &str| compose_line::find(word).is_some() || super::commands().find_subcommand(word).is_some();
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
                None if line.long_flag(long, &word, &mut words)? => {}
                None => line.unknown_flag(word, &mut words, is_command),
            },
            None if line.short_flags(flag, &word, &mut words)? => {}
            None => line.unknown_flag(word, &mut words, is_command),
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
        let Some(takes_value) = own_flags::takes_value(name) else {
            let names = own_flags::names();
            let near = nearest(name, names.iter().map(String::as_str));
            let meant = near.map_or_else(String::new, |n| format!("; did you mean `--nr-{n}`?"));
            return Err(format!("unknown flag --nr-{name}{meant}"));
        };
        if self.own.iter().any(|(given, _)| given == name) {
            return Err(format!("--nr-{name} is given twice"));
        }
        let value = match (takes_value, value) {
            (true, None) => Some(words.next().ok_or_else(|| format!("--nr-{name} needs a value"))?),
            (false, Some(value)) if truth(&value).is_none() => {
                return Err(format!("--nr-{name} is on or off (`=false`), not {value:?}"));
            }
            (_, value) => value,
        };
        self.own.push((name.to_owned(), value));
        Ok(())
    }

    /// Whether it is one that is known.
    fn long_flag(
        &mut self,
        flag: &str,
        word: &str,
        words: &mut impl Iterator<Item = String>,
    ) -> Result<bool, String> {
        let (name, value) = flag
            .split_once('=')
            .map_or((flag, None), |(n, v)| (n, Some(v.to_owned())));
        let at = self.globals.len();
        let Some(known) = compose_line::flag(name) else {
            return Ok(false);
        };
        if known.takes_value {
            self.globals.push(word.to_owned());
            let value = match value {
                Some(value) => value,
                None => self.value(word, words)?,
            };
            self.valued(known.name, value, at);
            return Ok(true);
        }
        let is_on = value.as_deref().map_or(Some(true), truth);
        if is_on.is_some() {
            self.globals.push(word.to_owned());
        }
        if is_on == Some(true) {
            self.flags.push((known.name, String::new()));
        }
        // What is neither on nor off, Compose has to judge.
        Ok(is_on.is_some())
    }

    /// One that a newer Compose may know.
    fn unknown_flag(
        &mut self,
        word: String,
        words: &mut std::iter::Peekable<impl Iterator<Item = String>>,
        is_command: impl Fn(&str) -> bool,
    ) {
        self.globals.push(word.clone());
        let value = match word.contains('=') {
            true => None,
            false => words.next_if(|w| !w.starts_with('-') && !is_command(w)),
        };
        self.globals.extend(value.clone());
        self.unknown.push((word, value));
    }

    /// `-f x`, `-fx`, `-f=x`, and switches before them in one word. Whether all of them are known.
    fn short_flags(
        &mut self,
        flags: &str,
        word: &str,
        words: &mut impl Iterator<Item = String>,
    ) -> Result<bool, String> {
        let mut known = Vec::new();
        for letter in flags.chars() {
            let Some(flag) = compose_line::short_flag(letter) else {
                return Ok(false);
            };
            known.push(flag);
            if flag.takes_value {
                break;
            }
        }
        let start = self.globals.len();
        self.globals.push(word.to_owned());
        // Each is one letter.
        let rest = &flags[known.len()..];
        for flag in known {
            if !flag.takes_value {
                self.flags.push((flag.name, String::new()));
                continue;
            }
            let value = match rest {
                "" => self.value(word, words)?,
                rest => rest.strip_prefix('=').unwrap_or(rest).to_owned(),
            };
            self.valued(flag.name, value, start);
        }
        Ok(true)
    }

    fn valued(&mut self, name: &'static str, value: String, at: usize) {
        if name == "file" {
            self.files_at.push((at, self.globals.len() - at));
        }
        self.flags.push((name, value));
    }

    fn value(&mut self, flag: &str, words: &mut impl Iterator<Item = String>) -> Result<String, String> {
        let value = words.next().ok_or_else(|| format!("{flag} needs a value"))?;
        self.globals.push(value.clone());
        Ok(value)
    }

    /// Takes files out of what is handed on to Compose; what is read of the line stays. Without any, Compose would look
    /// for a project elsewhere: then all of them stay.
    pub fn hand_on_without(&mut self, is_left_out: impl Fn(&str) -> bool) {
        let left_out: Vec<bool> = self.all("file").iter().map(|f| is_left_out(f)).collect();
        if left_out.iter().all(|out| *out) {
            return;
        }
        let at = std::mem::take(&mut self.files_at);
        for ((at, count), _) in at.into_iter().zip(left_out).rev().filter(|(_, out)| *out) {
            // `-vf FILE` is `-v` as well.
            let word = &self.globals[at];
            let is_switch = |c| c == '-' || compose_line::short_flag(c).is_some_and(|f| !f.takes_value);
            let switches = word.find(|c| !is_switch(c)).unwrap_or(word.len());
            let is_more = switches > 1 && !word.starts_with("--");
            let kept = is_more.then(|| word[..switches].to_owned());
            self.globals.splice(at..at + count, kept);
        }
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

    /// The value of one of our own flags.
    pub fn own(&self, name: &str) -> Option<&str> {
        let flag = self.own.iter().find(|(n, _)| n == name);
        flag.map(|(_, value)| value.as_deref().unwrap_or_default())
    }

    /// The settings of this process with the flags of this line.
    ///
    /// # Errors
    /// The working directory cannot be found.
    pub fn settings(&self) -> io::Result<ProcessSettings> {
        let process = ProcessSettings::of_process()?;
        let directory = self
            .last("project-directory")
            .filter(|d| !d.is_empty())
            .or_else(|| self.last("workdir"));
        Ok(ProcessSettings {
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
    fn a_file_is_not_handed_on() {
        for line in ["-f a", "-fa", "-f=a", "--file a", "--file=a"] {
            let mut line = of(&format!("-f b {line} -p p --file c up"));
            line.hand_on_without(|f| f == "a");
            assert_eq!(line.globals, ["-f", "b", "-p", "p", "--file", "c"]);
            assert_eq!(line.all("file"), ["b", "a", "c"]);
        }
        let mut line = of("-vfa -vhf a -fb up");
        line.hand_on_without(|f| f == "a");
        assert_eq!(line.globals, ["-v", "-vh", "-fb"]);
        let mut line = of("-fa -fa up");
        line.hand_on_without(|f| f == "a");
        assert_eq!(line.globals, ["-fa", "-fa"]);
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
        assert_eq!(of("-x value up -d").command.as_deref(), Some("up"));
        assert!(of("--dry-run -f a up").unknown.is_empty());
    }

    #[test]
    fn a_command_is_no_value_of_a_flag_nobody_knows() {
        for (line, unknown) in [
            ("--frobnicate doctor", "--frobnicate"),
            ("--policy strict harden", "--policy"),
            ("--check harden --full", "--check"),
            ("-x doctor", "-x"),
            ("-vx doctor", "-vx"),
            ("-x=1 doctor", "-x=1"),
            ("-o file harden", "-o"),
        ] {
            let line = of(line);
            assert!(
                ["harden", "doctor"].contains(&line.command.as_deref().unwrap()),
                "{line:?}"
            );
            assert_eq!(line.unknown[0].0, unknown);
        }
    }

    #[test]
    fn a_switch_is_on_or_off() {
        let is_on = |line: &str| {
            own_flags::OwnFlags::read(&of(line).own)
                .expect("flags")
                .plan
                .random_uid
        };
        assert!(is_on("--nr-random-uid up"));
        assert!(is_on("--nr-random-uid=true up"));
        assert!(!is_on("--nr-random-uid=false up"));
        for wrong in ["--nr-random-uid=", "--nr-random-uid=maybe"] {
            assert!(split([wrong.to_owned()]).is_err(), "{wrong}");
        }
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
