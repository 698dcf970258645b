//! One command line of `up`'s as two: what makes the containers, and what starts them.

use crate::cli::compose_line::{UP_FLAGS, UpFlag};
use std::ffi::OsString;

/// The words after `up`, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
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
pub(crate) fn apart(words: &[OsString]) -> Option<Words> {
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
            let flag = UP_FLAGS.iter().find(|f| f.name == name)?;
            let mut said = vec![word.clone()];
            if flag.takes_value && value.is_none() {
                said.push(rest.next()?.clone());
            }
            apart.put(flag, &said);
        } else if let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            for (at, letter) in letters.char_indices() {
                let flag = UP_FLAGS.iter().find(|f| f.short == Some(letter))?;
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
