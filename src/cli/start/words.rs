//! One command line of `up`'s as two: what makes the containers, and what starts them.

use std::ffi::OsString;

/// A flag of `up`, of which `create`, `scale` and `watch` have some.
struct UpFlag {
    name: &'static str,
    short: Option<char>,
    takes_value: bool,
    /// Whether it says how containers are made.
    makes: bool,
    /// Whether it says how they are started.
    starts: bool,
}

const fn flag(name: &'static str, short: Option<char>, takes_value: bool, when: (bool, bool)) -> UpFlag {
    UpFlag {
        name,
        short,
        takes_value,
        makes: when.0,
        starts: when.1,
    }
}

const MAKES: (bool, bool) = (true, false);
const STARTS: (bool, bool) = (false, true);
const BOTH: (bool, bool) = (true, true);

/// All of them; a test compares the list with what `docker compose up --help` says.
const FLAGS: &[UpFlag] = &[
    flag("abort-on-container-exit", None, false, STARTS),
    flag("abort-on-container-failure", None, false, STARTS),
    flag("always-recreate-deps", None, false, MAKES),
    flag("attach", None, true, STARTS),
    flag("attach-dependencies", None, false, STARTS),
    flag("build", None, false, MAKES),
    flag("detach", Some('d'), false, STARTS),
    flag("dry-run", None, false, BOTH),
    flag("exit-code-from", None, true, STARTS),
    flag("force-recreate", None, false, MAKES),
    flag("menu", None, false, STARTS),
    flag("no-attach", None, true, STARTS),
    flag("no-build", None, false, BOTH),
    flag("no-color", None, false, STARTS),
    flag("no-deps", None, false, BOTH),
    flag("no-log-prefix", None, false, STARTS),
    flag("no-recreate", None, false, BOTH),
    flag("no-start", None, false, STARTS),
    flag("no-up", None, false, STARTS),
    flag("prune", None, false, STARTS),
    flag("pull", None, true, MAKES),
    flag("quiet", None, false, STARTS),
    flag("quiet-build", None, false, BOTH),
    flag("quiet-pull", None, false, BOTH),
    flag("remove-orphans", None, false, BOTH),
    flag("renew-anon-volumes", Some('V'), false, MAKES),
    flag("scale", None, true, BOTH),
    flag("timeout", Some('t'), true, BOTH),
    flag("timestamps", None, false, STARTS),
    flag("wait", None, false, STARTS),
    flag("wait-timeout", None, true, STARTS),
    flag("watch", Some('w'), false, STARTS),
    flag("yes", Some('y'), false, BOTH),
];

/// The words after `up`, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// Those that say how containers are made.
    pub makes: Vec<OsString>,
    /// Those that say how they are started.
    pub starts: Vec<OsString>,
    /// The names of those that only say how containers are made, or how many.
    pub remakes: Vec<&'static str>,
    /// What is no flag: services.
    pub services: Vec<OsString>,
}

/// Takes them apart. None where one is not known: then nobody knows what it means for either part.
pub(super) fn apart(words: &[OsString]) -> Option<Words> {
    let mut apart = Words::default();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let Some(text) = word.to_str() else {
            apart.services.push(word.clone());
            continue;
        };
        if text == "--" {
            apart.services.extend(rest.by_ref().cloned());
        } else if let Some(long) = text.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (long, None),
            };
            let flag = FLAGS.iter().find(|f| f.name == name)?;
            let mut said = vec![word.clone()];
            if flag.takes_value && value.is_none() {
                said.push(rest.next()?.clone());
            }
            apart.put(flag, &said);
        } else if let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            for (at, letter) in letters.char_indices() {
                let flag = FLAGS.iter().find(|f| f.short == Some(letter))?;
                let mut said = vec![OsString::from(format!("-{letter}"))];
                if flag.takes_value {
                    let value = letters[at + letter.len_utf8()..].trim_start_matches('=');
                    said.push(match value {
                        "" => rest.next()?.clone(),
                        value => value.into(),
                    });
                }
                apart.put(flag, &said);
                if flag.takes_value {
                    break;
                }
            }
        } else {
            apart.services.push(word.clone());
        }
    }
    Some(apart)
}

impl Words {
    fn put(&mut self, flag: &UpFlag, said: &[OsString]) {
        if flag.makes {
            self.makes.extend_from_slice(said);
        }
        if flag.starts {
            self.starts.extend_from_slice(said);
        }
        if flag.makes && !flag.starts || flag.name == "scale" {
            self.remakes.push(flag.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<(String, String, String)> {
        let words: Vec<OsString> = text.split_whitespace().map(Into::into).collect();
        let join = |words: Vec<OsString>| {
            let words: Vec<String> = words.into_iter().map(|w| w.into_string().unwrap()).collect();
            words.join(" ")
        };
        apart(&words).map(|w| (join(w.makes), join(w.starts), join(w.services)))
    }

    #[test]
    fn what_makes_and_what_starts() {
        for (words, makes, starts, services) in [
            ("-d web db", "", "-d", "web db"),
            ("-dV web", "-V", "-d", "web"),
            (
                "--build --wait --wait-timeout 5 web",
                "--build",
                "--wait --wait-timeout 5",
                "web",
            ),
            (
                "--pull always -t5 --scale web=2",
                "--pull always -t 5 --scale web=2",
                "-t 5 --scale web=2",
                "",
            ),
            ("--pull=always -t=5", "--pull=always -t 5", "-t 5", ""),
            (
                "--exit-code-from web --attach db",
                "",
                "--exit-code-from web --attach db",
                "",
            ),
            (
                "--force-recreate --no-deps -- web",
                "--force-recreate --no-deps",
                "--no-deps",
                "web",
            ),
        ] {
            assert_eq!(
                of(words),
                Some((makes.into(), starts.into(), services.into())),
                "{words}"
            );
        }
        assert_eq!((of("--new-flag"), of("-x"), of("--timeout")), (None, None, None));
    }
}
