//! What a start script does that only root can, and who it becomes. It is read, not run: words count where a command can
//! start, and no value is followed.

use super::root_programs;
use serde::{Deserialize, Serialize};

/// What was read of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Whether it asks who it runs as, so that what follows is perhaps for root alone.
    pub asks_who: bool,
    /// The programs it calls that need root, each once.
    pub root_calls: Vec<String>,
    /// With which program it gives up root, and whose name or number that is given, where it is plain.
    pub steps_down: Option<(String, Option<String>)>,
    /// The words of the last command that it becomes; `"$@"` for what it is given.
    pub becomes: Vec<String>,
}

/// What a script is given when it hands on its own arguments.
pub(crate) const HANDED_ON: &str = "$@";

/// Words before a command.
const BEFORE: [&str; 15] = [
    "!", "{", "builtin", "command", "do", "elif", "else", "env", "exec", "if", "nohup", "then", "time",
    "until", "while",
];

/// Shells whose scripts are read.
const SHELLS: [&str; 5] = ["ash", "bash", "dash", "sh", "zsh"];

impl Script {
    /// Reads a file that is started; nothing where it is for something else than a shell.
    pub fn of_file(text: &str) -> Option<Script> {
        let first = text.strip_prefix("#!")?.lines().next()?;
        let mut words = first
            .split_whitespace()
            .filter_map(|word| word.rsplit('/').next());
        words
            .any(|word| SHELLS.contains(&word))
            .then(|| Script::read(text))
    }

    /// Reads a shell script.
    pub fn read(text: &str) -> Script {
        let mut script = Script {
            asks_who: ["id -u", "EUID", "$UID", "${UID", "whoami"]
                .iter()
                .any(|w| text.contains(w)),
            ..Script::default()
        };
        let text = text.replace("\\\n", " ");
        for line in text.lines() {
            let line = line.trim();
            if line.starts_with('#') {
                continue;
            }
            for command in line.split([';', '&', '|', '(', '`']) {
                script.take(command);
            }
        }
        script
    }

    fn take(&mut self, command: &str) {
        let words: Vec<&str> = command.split_whitespace().map(unquoted).collect();
        let is_before = |word: &&str| BEFORE.contains(word) || is_assignment(word);
        let start = words
            .iter()
            .take_while(|w| is_before(w) || w.starts_with('-'))
            .count();
        let has_exec = words[..start].contains(&"exec");
        let Some((first, rest)) = words[start..].split_first() else {
            return;
        };
        let name = first.rsplit('/').next().unwrap_or(first);
        if root_programs::find(name).is_some_and(|p| p.name == name)
            && !self.root_calls.iter().any(|c| c == name)
        {
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
        if has_exec {
            self.becomes = words[start..].iter().map(|w| (*w).to_owned()).collect();
        }
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
mod tests {
    use super::*;

    fn steps(text: &str) -> Option<(String, Option<String>)> {
        Script::read(text).steps_down
    }

    #[test]
    fn who_it_becomes_is_read_where_it_is_plain() {
        for (text, program, user) in [
            ("exec gosu app \"$@\"", "gosu", Some("app")),
            ("exec /usr/sbin/gosu 1000:1000 \"$@\"", "gosu", Some("1000")),
            (
                "[ x ] && exec su-exec isms node index.js",
                "su-exec",
                Some("isms"),
            ),
            (
                "exec setpriv --reuid=app --regid=app --clear-groups x",
                "setpriv",
                Some("app"),
            ),
            ("exec setpriv --reuid 1000 x", "setpriv", Some("1000")),
            ("exec su -s /bin/sh app -c 'x'", "su", Some("app")),
            ("exec runuser -u app -- x", "runuser", Some("app")),
            ("exec chpst -u app:grp x", "chpst", Some("app")),
            ("exec s6-setuidgid abc x", "s6-setuidgid", Some("abc")),
            ("exec gosu \"$USER\" x", "gosu", None),
        ] {
            assert_eq!(
                steps(text),
                Some((program.to_owned(), user.map(str::to_owned))),
                "{text}"
            );
        }
        assert_eq!(steps("echo gosu app"), None);
        assert_eq!(steps("# exec gosu app"), None);
    }

    #[test]
    fn what_only_root_can_do_counts_where_a_command_starts() {
        let script = Script::read(
            "#!/bin/sh\nset -e\nif [ \"$(id -u)\" = 0 ]; then\n  chown -R app:app /data\n  usermod -o -u \"$PUID\" app\nfi\n\
             echo mount\nFOO=1 exec \\\n  node server.js\n",
        );
        assert_eq!(script.root_calls, ["chown", "usermod"]);
        assert!(script.asks_who);
        assert_eq!(script.becomes, ["node", "server.js"]);
        assert_eq!(script.needs(), ["CHOWN", "DAC_OVERRIDE", "FOWNER"]);
        let plain = Script::read("#!/bin/sh\nexec \"$@\"\n");
        assert_eq!(
            (plain.becomes, plain.root_calls.len()),
            (vec![HANDED_ON.to_owned()], 0)
        );
    }
}
