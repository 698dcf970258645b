//! One entry of `tmpfs`: a directory, and mount options behind a colon, as in the short form of Compose.

use crate::model::clean_path;
use crate::tree::Origin;

/// A directory that becomes a tmpfs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tmpfs {
    /// Where, as the engine cleans it.
    pub path: String,
    /// Mount options in their order; each is said once.
    pub options: Vec<String>,
    /// Where the person says so.
    pub origin: Origin,
}

/// Options without a value that the engine takes, each beside what it contradicts.
const FLAGS: &[(&str, &str)] = &[
    ("async", "sync"),
    ("atime", "noatime"),
    ("dev", "nodev"),
    ("diratime", "nodiratime"),
    ("dirsync", ""),
    ("exec", "noexec"),
    ("noatime", "atime"),
    ("nodev", "dev"),
    ("nodiratime", "diratime"),
    ("noexec", "exec"),
    ("norelatime", "relatime"),
    ("nostrictatime", "strictatime"),
    ("nosuid", "suid"),
    ("relatime", "norelatime"),
    ("rw", ""),
    ("strictatime", "nostrictatime"),
    ("suid", "nosuid"),
    ("sync", "async"),
];

/// Options with a value, and what it is.
const VALUES: &[(&str, &str)] = &[
    ("gid", "a number"),
    ("mode", "an octal mode"),
    ("nr_blocks", "a number, with k, m or g"),
    ("nr_inodes", "a number, with k, m or g"),
    ("size", "a size: 64m, 1g, 10%"),
    ("uid", "a number"),
];

/// What the engine mounts itself.
const ENGINES: &[&str] = &["/dev", "/proc", "/sys"];

impl Tmpfs {
    /// Takes `path[:option,…]` apart.
    ///
    /// # Errors
    /// What is wrong, and what to do.
    pub(super) fn parse(text: &str, origin: Origin) -> Result<Tmpfs, (String, String)> {
        let (path, options) = text.split_once(':').unwrap_or((text, ""));
        let refuse = |why: String, help: &str| Err((why, help.to_owned()));
        if !path.starts_with('/') {
            return refuse(
                format!("`{path}` is not an absolute path"),
                "write it from the root on: /run/app",
            );
        }
        let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
        if parts.contains(&"..") {
            return refuse(format!("`{path}` goes up again"), "write the path without `..`");
        }
        let clean = clean_path(path);
        if parts.is_empty() {
            let help = "name the directories that it writes; `read_only: true` is for all others";
            return refuse(
                "a tmpfs over the whole image would leave nothing of it".to_owned(),
                help,
            );
        }
        let is_engines = ENGINES.contains(&clean.as_str()) || ["proc", "sys"].contains(&parts[0]);
        if is_engines {
            return refuse(
                format!("{clean} is the engine's own mount"),
                "name a directory of the image",
            );
        }
        let mut said: Vec<String> = Vec::new();
        for option in options.split(',').map(str::trim).filter(|o| !o.is_empty()) {
            check(option).map_err(|why| (format!("`{option}` of {clean}: {why}"), help()))?;
            let name = option.split('=').next().unwrap_or(option);
            let against = FLAGS.iter().find(|(flag, _)| *flag == name).map(|(_, a)| *a);
            let clash = said.iter().find(|other| {
                let other = other.split('=').next().unwrap_or(other);
                other == name || Some(other) == against
            });
            if let Some(other) = clash {
                return refuse(
                    format!("`{option}` of {clean}: `{other}` says so already, or says otherwise"),
                    "keep one of them",
                );
            }
            said.push(option.to_owned());
        }
        Ok(Tmpfs {
            path: clean,
            options: said,
            origin,
        })
    }

    /// The value of an option (`uid=1000`).
    pub fn option(&self, name: &str) -> Option<&str> {
        let mut values = self.options.iter();
        values.find_map(|o| o.strip_prefix(name)?.strip_prefix('='))
    }

    /// Whether an option without a value is said.
    pub fn has(&self, flag: &str) -> bool {
        self.options.iter().any(|o| o == flag)
    }
}

/// What is wrong with an option.
fn check(option: &str) -> Result<(), String> {
    let Some((name, value)) = option.split_once('=') else {
        return match FLAGS.iter().any(|(flag, _)| *flag == option) {
            true => Ok(()),
            false if VALUES.iter().any(|(name, _)| *name == option) => Err("it needs a value".to_owned()),
            false => Err("there is no such option".to_owned()),
        };
    };
    let Some((_, wanted)) = VALUES.iter().find(|(known, _)| *known == name) else {
        return Err("there is no such option".to_owned());
    };
    let is_good = match name {
        "uid" | "gid" => value.parse::<u32>().is_ok_and(|id| id <= i32::MAX as u32) && is_number(value),
        "mode" => (3..=4).contains(&value.len()) && value.bytes().all(|b| (b'0'..=b'7').contains(&b)),
        "size" => value
            .strip_suffix('%')
            .map_or_else(|| is_amount(value), is_number),
        _ => is_amount(value),
    };
    is_good
        .then_some(())
        .ok_or_else(|| format!("its value is {wanted}"))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() < 20 && text.bytes().all(|b| b.is_ascii_digit())
}

/// A number, perhaps with a unit as the kernel takes it.
fn is_amount(text: &str) -> bool {
    is_number(text.strip_suffix(['k', 'K', 'm', 'M', 'g', 'G']).unwrap_or(text))
}

/// All that there is.
fn help() -> String {
    let values = VALUES.iter().map(|(name, _)| format!("{name}="));
    let flags = FLAGS.iter().map(|(flag, _)| (*flag).to_owned());
    let all: Vec<String> = values.chain(flags).collect();
    format!("there are: {}", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(String, Vec<String>), String> {
        let parsed = Tmpfs::parse(text, Origin::NONE);
        parsed.map(|t| (t.path, t.options)).map_err(|(why, _)| why)
    }

    #[test]
    fn options_are_taken_apart() {
        let options = |list: &[&str]| list.iter().map(|o| (*o).to_owned()).collect::<Vec<_>>();
        assert_eq!(parse("/opt/y"), Ok(("/opt/y".into(), options(&[]))));
        assert_eq!(parse("//opt//y/:"), Ok(("/opt/y".into(), options(&[]))));
        assert_eq!(
            parse("/opt/y:exec,size=10m,mode=1777,uid=0,gid=5"),
            Ok((
                "/opt/y".into(),
                options(&["exec", "size=10m", "mode=1777", "uid=0", "gid=5"])
            ))
        );
        assert!(parse("/a:size=50%").is_ok() && parse("/a:noexec,rw,nr_inodes=4k").is_ok());
    }

    #[test]
    fn what_the_engine_would_refuse_is_an_error() {
        for text in [
            "run", "", ":exec", "/", "//", "/.", "/a/../b", "/..", "/proc", "/proc/x", "/sys/fs", "/dev",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        for option in [
            "exce",
            "size",
            "size=",
            "size=lots",
            "size=10%%",
            "mode=rwx",
            "mode=8",
            "mode=99",
            "uid=app",
            "uid=-1",
            "uid=4294967295",
            "gid=+1",
            "ro",
            "mpol=x",
            "exec=1",
            "exec,noexec",
            "noexec,exec",
            "exec,exec",
            "size=1m,size=2m",
        ] {
            assert!(parse(&format!("/a:{option}")).is_err(), "{option}");
        }
    }
}
