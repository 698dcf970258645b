//! What a container starts: the program behind wrappers, shells and start scripts, and what of root they need.

use super::merge::Fragment;
use super::root_programs;
use super::script::{HANDED_ON, INITS, SHELLS, Script, base};
use serde_json::{Value, json};

/// Programs that only wrap another one, which stands behind their options, beside [`INITS`].
const WRAPPERS: [&str; 8] = [
    "env",
    "exec",
    "ionice",
    "nice",
    "nohup",
    "stdbuf",
    "time",
    "wait-for-it",
];

/// Programs of every image that anybody may run.
const WAITING: [&str; 8] = ["cat", "echo", "ls", "printf", "sleep", "tail", "test", "true"];

/// Scripts that start scripts call in turn are followed that far.
const DEPTH: usize = 4;

/// What is known of a start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StartedProgram {
    /// The words of the program that runs in the end, as far as they are known.
    pub words: Vec<String>,
    /// What its scripts do on the way.
    pub scripts: Vec<Script>,
}

impl StartedProgram {
    /// Follows a command up to a program that is known. `script` is asked for what stands in a file of the image.
    pub fn of(
        words: &[String],
        is_known: &dyn Fn(&str) -> bool,
        script: &dyn Fn(&str) -> Option<Script>,
    ) -> StartedProgram {
        let mut started = StartedProgram {
            words: words.to_vec(),
            scripts: Vec::new(),
        };
        for _ in 0..DEPTH {
            let Some((first, rest)) = started.words.split_first() else {
                break;
            };
            let name = base(first);
            if is_known(name) {
                break;
            }
            if wraps(name) {
                started.words = rest[before(rest)..].to_vec();
                continue;
            }
            let (read, given) = match name {
                shell if SHELLS.contains(&shell) => match of_shell(rest) {
                    Some(ShellRuns::Text(text)) => (Some(Script::read(text)), &[][..]),
                    Some(ShellRuns::File(path, given)) => (script(path), given),
                    None => (None, &[][..]),
                },
                _ => (script(first), rest),
            };
            let Some(read) = read else {
                break;
            };
            started.words = become_words(&read, given);
            started.scripts.push(read);
        }
        started
    }

    /// The name of the program that runs in the end.
    pub fn program(&self) -> Option<&str> {
        self.words.first().map(|word| base(word))
    }

    /// Whether all of it was followed, up to a program that is known.
    pub fn is_understood(&self, is_known: &dyn Fn(&str) -> bool) -> bool {
        let ends = self
            .program()
            .is_some_and(|name| is_known(name) || WAITING.contains(&name));
        ends && self.scripts.iter().all(|script| !script.is_open)
    }

    /// What follows from it: a part of a profile. `ids` knows the users of the image; `from` is the name of evidence for
    /// what was read. Who is told whom to become needs root for that, whatever is asked. Nothing where it does nothing that only root can.
    pub fn part(
        &self,
        ids: &dyn Fn(&str) -> Option<(u32, u32)>,
        from: &Value,
        is_told: bool,
    ) -> Option<Fragment> {
        let own = self.program().and_then(root_programs::find);
        let calls: Vec<&str> = self
            .scripts
            .iter()
            .flat_map(|s| &s.root_calls)
            .map(String::as_str)
            .collect();
        let step = self.scripts.iter().rev().find_map(|s| s.steps_down.as_ref());
        let user = step.and_then(|(_, user)| Some((user.as_deref()?, ids(user.as_deref()?)?)));
        // Who only calls what is the program's own asks nothing for it.
        let mut of_root = self.scripts.iter().filter(|s| !s.root_calls.is_empty());
        let asks_who = of_root.all(|s| s.asks_who) && !calls.is_empty();
        if own.is_none() && calls.is_empty() {
            return None;
        }
        let mut part = Fragment::new();
        let start = if step.is_some() { "drops" } else { "root" };
        part.insert("start".into(), json!({"value": start, "evidence": from}));
        if let Some((name, (uid, gid))) = user {
            part.insert(
                "user".into(),
                json!({"name": name, "uid": uid, "gid": gid, "others": "none", "evidence": from}),
            );
        }
        // Whoever is that user already is asked nothing.
        if own.is_none() && asks_who && !is_told {
            let class = if user.is_some() {
                "user-with-help"
            } else {
                return Some(part);
            };
            part.insert("class".into(), json!({"value": class, "evidence": from}));
            return Some(part);
        }
        let mut needs: Vec<&str> = self.scripts.iter().flat_map(Script::needs).collect();
        needs.extend(own.into_iter().flat_map(|program| program.needs));
        // Root hands signals on to whom it started, and a stop that does not reach a database loses data.
        if step.is_some() {
            needs.push("KILL");
        }
        needs.sort_unstable();
        needs.dedup();
        let told = match own {
            Some(program) => format!("it starts {}, which {}", program.name, program.does),
            None => format!("its start script calls {}", calls.join(" and ")),
        };
        part.insert("class".into(), json!({"value": "root-start", "evidence": from}));
        part.insert(
            "root_start".into(),
            json!({"capabilities": needs, "evidence": from}),
        );
        part.insert("blockers".into(), json!([{"note": told, "evidence": from}]));
        Some(part)
    }
}

/// The words that a script ends as: without those that only give up root, and with what it was given in their place.
fn become_words(script: &Script, given: &[String]) -> Vec<String> {
    let mut words: &[String] = &script.becomes;
    let is_step = |word: &String| root_programs::steps_down(base(word));
    if let (Some(true), Some((_, user))) = (words.first().map(is_step), &script.steps_down) {
        let of_user = words
            .iter()
            .position(|w| user.as_ref().is_some_and(|u| w.contains(u.as_str())));
        words = &words[of_user.map_or(2, |at| at + 1).min(words.len())..];
        words = &words[words.iter().take_while(|w| w.starts_with('-')).count()..];
    }
    let is_handed_on = |word: &&String| *word == HANDED_ON || *word == "$*";
    words
        .iter()
        .flat_map(|word| {
            if is_handed_on(&word) {
                given.to_vec()
            } else {
                vec![word.clone()]
            }
        })
        .collect()
}

/// The file that a command starts, behind wrappers and shells.
pub(crate) fn file(words: &[String]) -> Option<&str> {
    let mut words = words;
    for _ in 0..DEPTH {
        let (first, rest) = words.split_first()?;
        let name = base(first);
        if wraps(name) {
            words = &rest[before(rest)..];
        } else if SHELLS.contains(&name) {
            return match of_shell(rest)? {
                ShellRuns::File(path, _) => Some(path),
                ShellRuns::Text(_) => None,
            };
        } else {
            return Some(first);
        }
    }
    None
}

fn wraps(name: &str) -> bool {
    WRAPPERS.contains(&name) || INITS.contains(&name)
}

/// How many words are options of a wrapper, or `--`.
fn before(rest: &[String]) -> usize {
    let is_before = |word: &&String| word.starts_with('-') || word.contains('=');
    rest.iter().take_while(is_before).count()
}

enum ShellRuns<'w> {
    Text(&'w str),
    File(&'w str, &'w [String]),
}

/// What a shell runs, by its arguments.
fn of_shell(rest: &[String]) -> Option<ShellRuns<'_>> {
    let at = rest
        .iter()
        .position(|w| !w.starts_with('-') && !w.starts_with('+'))?;
    let is_text = rest[..at]
        .iter()
        .any(|w| w.starts_with('-') && !w.starts_with("--") && w.ends_with('c'));
    Some(match is_text {
        true => ShellRuns::Text(&rest[at]),
        false => ShellRuns::File(&rest[at], &rest[at + 1..]),
    })
}

#[cfg(test)]
mod tests;
