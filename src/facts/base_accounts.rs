//! Users that every image of a distribution has under the same number: the distribution gives these numbers out for all
//! times (Debian: base-passwd; Alpine: alpine-baselayout).

use super::image_ref::ImageRef;

/// Debian's, and Ubuntu's.
const DEBIAN: &[(&str, u32, u32)] = &[
    ("daemon", 1, 1),
    ("bin", 2, 2),
    ("sys", 3, 3),
    ("games", 5, 60),
    ("man", 6, 12),
    ("lp", 7, 7),
    ("mail", 8, 8),
    ("news", 9, 9),
    ("uucp", 10, 10),
    ("proxy", 13, 13),
    ("www-data", 33, 33),
    ("backup", 34, 34),
    ("list", 38, 38),
    ("irc", 39, 39),
    ("nobody", 65534, 65534),
];

/// Alpine's.
const ALPINE: &[(&str, u32, u32)] = &[
    ("bin", 1, 1),
    ("daemon", 2, 2),
    ("lp", 4, 7),
    ("mail", 8, 12),
    ("news", 9, 13),
    ("uucp", 10, 14),
    ("cron", 16, 16),
    ("ftp", 21, 21),
    ("sshd", 22, 22),
    ("games", 35, 35),
    ("ntp", 123, 123),
    ("guest", 405, 100),
    ("nobody", 65534, 65534),
];

/// Groups of Debian that are no user's own.
const DEBIAN_GROUPS: &[(&str, u32)] = &[
    ("root", 0),
    ("adm", 4),
    ("tty", 5),
    ("disk", 6),
    ("dialout", 20),
    ("audio", 29),
    ("video", 44),
    ("staff", 50),
    ("users", 100),
    ("nogroup", 65534),
];

/// Alpine's.
const ALPINE_GROUPS: &[(&str, u32)] = &[
    ("root", 0),
    ("adm", 4),
    ("tty", 5),
    ("disk", 6),
    ("audio", 18),
    ("dialout", 20),
    ("video", 27),
    ("users", 100),
    ("nogroup", 65533),
];

/// The number of a group of an image, likewise.
pub(crate) fn gid(image: &ImageRef, group: &str) -> Option<u32> {
    let table = match distribution(image)? {
        Distribution::Debian => DEBIAN_GROUPS,
        Distribution::Alpine => ALPINE_GROUPS,
    };
    let own = table.iter().find(|(name, _)| *name == group).map(|(_, gid)| *gid);
    own.or_else(|| ids(image, group).map(|(_, gid)| gid))
}

/// A distribution whose numbers are known.
enum Distribution {
    Debian,
    Alpine,
}

/// The distribution that the name or the tag of an image tells.
fn distribution(image: &ImageRef) -> Option<Distribution> {
    let tag = image.tag.as_deref().unwrap_or_default();
    let says = |words: &[&str]| words.iter().any(|w| image.name.contains(w) || tag.contains(w));
    let debian = [
        "debian", "ubuntu", "buster", "bullseye", "bookworm", "trixie", "jammy", "noble", "slim",
    ];
    match (says(&["alpine"]), says(&debian)) {
        (true, _) => Some(Distribution::Alpine),
        (false, true) => Some(Distribution::Debian),
        (false, false) => None,
    }
}

/// The ids of a user of an image by the distribution that its name or tag tells; none where neither does.
pub(crate) fn ids(image: &ImageRef, user: &str) -> Option<(u32, u32)> {
    let table = match distribution(image)? {
        Distribution::Debian => DEBIAN,
        Distribution::Alpine => ALPINE,
    };
    table
        .iter()
        .find(|(name, ..)| *name == user)
        .map(|(_, uid, gid)| (*uid, *gid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distribution_is_known_by_name_or_tag() {
        for (image, user, known) in [
            ("debian:bookworm-slim", "www-data", Some((33, 33))),
            ("python:3.12-bookworm", "www-data", Some((33, 33))),
            ("python:3.12-slim", "www-data", Some((33, 33))),
            ("python:3.12-alpine", "www-data", None),
            ("alpine:3.20", "nobody", Some((65534, 65534))),
            ("some/app:1", "www-data", None),
        ] {
            let image = ImageRef::parse(image).expect("an image");
            assert_eq!(ids(&image, user), known, "{image} {user}");
        }
        for (image, group, known) in [
            ("debian:12", "nogroup", Some(65534)),
            ("alpine:3", "nogroup", Some(65533)),
            ("alpine:3", "video", Some(27)),
            ("ubuntu:24.04", "www-data", Some(33)),
            ("some/app", "nogroup", None),
        ] {
            let image = ImageRef::parse(image).expect("an image");
            assert_eq!(gid(&image, group), known, "{image} {group}");
        }
    }
}
