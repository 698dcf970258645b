//! What of a mounted directory the user of a service cannot read. Of what is in it nobody knows what the service reads: it is
//! known to need it where the directory is closed as a whole, or is there for keys and none of them can be read.

use super::{ID, groups};
use crate::controls::cure;
use crate::controls::reach::{Right, known};
use crate::facts::host::{Found, FoundKind};
use crate::facts::settings::Ids;
use crate::model::Mount;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// How far a mounted directory is looked through: levels, and entries in all.
const LEVELS: usize = 3;
const ENTRIES: usize = 400;

/// How words begin in the names of directories that hold keys and certificates, sorted.
const OF_KEYS: &[&str] = &["cert", "keys", "letsencrypt", "pki", "secret", "ssl", "tls"];

/// What was found in one.
#[derive(Default)]
struct LookedThrough {
    /// What is out of reach, the nearest first.
    closed: Vec<(PathBuf, Found)>,
    /// Whether a key in it can be read.
    has_open_key: bool,
}

/// What is to be said of one.
pub(super) fn decide(cx: &Context, source: &str, mount: &Mount, ids: Ids) -> Option<Decision> {
    let is_of_keys = is_of_keys(&mount.target);
    // What is mounted to be written may well be closed in part.
    let levels = match mount.read_only || is_of_keys {
        true => LEVELS,
        false => 0,
    };
    let LookedThrough { closed, has_open_key } = look(cx, source, levels, is_of_keys, ids);
    let (first, found) = closed.first()?;
    let is_needed = first.as_path() == Path::new(source) || is_of_keys && !has_open_key;
    if !is_needed && !mount.read_only {
        return None;
    }
    let path = first.display().to_string();
    let (because, help) = match closed.len() - 1 {
        0 => (
            format!("{ids} cannot read {path} ({} {:04o})", found.owner(), found.mode),
            cure::read(cx, source.as_ref(), first, found, ids),
        ),
        more => (
            format!("{ids} cannot read {path} and {more} more below {source}"),
            cure::read_below(cx, source.as_ref(), &closed, ids),
        ),
    };
    let evidence = vec![Evidence::File(mount.node.origin)];
    Some(match is_needed {
        true => known(cx, ID, (found, Right::Read), because, evidence, help),
        false => {
            let help = format!("if the service reads that: {help}");
            cx.hindrance(ID, because, evidence, help)
        }
    })
}

/// Looks through a directory; through a part of a large one.
fn look(cx: &Context, source: &str, levels: usize, is_of_keys: bool, ids: Ids) -> LookedThrough {
    let groups = groups(cx);
    let mut waiting = VecDeque::from([(PathBuf::from(source), 0)]);
    let mut seen = LookedThrough::default();
    for _ in 0..ENTRIES {
        let Some((path, level)) = waiting.pop_front() else {
            break;
        };
        let Some(found) = cx.host.look(&path).filter(|f| f.kind != FoundKind::Special) else {
            continue;
        };
        let is_directory = found.kind == FoundKind::Directory;
        let is_within_reach =
            found.is_readable(ids, &groups) && (!is_directory || found.is_searchable(ids, &groups));
        if !is_within_reach {
            seen.closed.push((path, found));
        } else if !is_directory {
            seen.has_open_key |= is_of_keys && cx.host.holds_a_key(&path);
        } else if level < levels {
            waiting.extend(cx.host.entries(&path).into_iter().map(|entry| (entry, level + 1)));
        }
    }
    seen
}

/// Whether a directory of the container is there for keys and certificates, by a name on the way to it.
fn is_of_keys(target: &str) -> bool {
    let target = target.to_lowercase();
    let mut words = target.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| OF_KEYS.iter().any(|begin| word.starts_with(begin)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_keys_are_known_by_a_name_on_the_way() {
        for (target, is) in [
            ("/etc/nginx/certs", true),
            ("/etc/letsencrypt/live", true),
            ("/TLS", true),
            ("/srv/my-certificates", true),
            ("/media/concerts", false),
            ("/srv/monkeys", false),
            ("/usr/share/nginx/html", false),
        ] {
            assert_eq!(is_of_keys(target), is, "{target}");
        }
    }
}
