//! Image references: which names mean the same image, and which tags a pattern covers.
//!
//! Also compiled into the build script; so it uses nothing of the crate.

use std::fmt;

/// `[registry[:port]/]path[:tag][@digest]`, its name reduced to one spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageRef {
    /// The shortest of the names that mean the same image: `postgres`, `linuxserver/sonarr`, `quay.io/minio/minio`.
    pub name: String,
    /// The tag as written.
    pub tag: Option<String>,
    /// The digest as written, with its algorithm.
    pub digest: Option<String>,
}

/// Registries that serve Docker Hub's images under the same paths.
const HUB: [&str; 5] = [
    "docker.io/",
    "index.docker.io/",
    "registry-1.docker.io/",
    "public.ecr.aws/docker/",
    "mirror.gcr.io/",
];

/// Prefixes under which one publisher pushes the same images.
const SAME: [(&str, &str); 2] = [
    ("lscr.io/linuxserver/", "linuxserver/"),
    ("ghcr.io/linuxserver/", "linuxserver/"),
];

impl ImageRef {
    /// Reads a reference; `None` when it is none, for one because a variable in it is unresolved.
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        // A colon before the last slash belongs to the registry's port.
        let after_slash = rest.rfind('/').map_or(0, |i| i + 1);
        let (name, tag) = match rest[after_slash..].find(':') {
            Some(i) => (&rest[..after_slash + i], Some(&rest[after_slash + i + 1..])),
            None => (rest, None),
        };
        let valid = is_name(name)
            && tag.is_none_or(is_tag)
            && digest.is_none_or(|d| d.split_once(':').is_some_and(is_digest));
        valid.then(|| ImageRef {
            name: canonical(name),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// The tag that decides on variants: `latest` when nothing is said; `None` when a digest alone is given,
    /// since nobody can know what it was tagged.
    pub fn effective_tag(&self) -> Option<&str> {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => Some(tag),
            (None, None) => Some("latest"),
            (None, Some(_)) => None,
        }
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// One spelling for all names of an image, without tag and digest.
pub(crate) fn canonical(name: &str) -> String {
    let name = HUB
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    SAME.iter()
        .find_map(|(alias, to)| name.strip_prefix(alias).map(|rest| format!("{to}{rest}")))
        .unwrap_or_else(|| name.to_owned())
}

/// Whether `pattern`, in which `*` stands for any text, covers `text`.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len())
                .filter(|&i| rest.is_char_boundary(i))
                .any(|i| matches(tail, &rest[i..]))
        }),
    }
}

/// Whether this is a name: an optional registry and lowercase path components.
pub(crate) fn is_name(name: &str) -> bool {
    let (registry, path) = match name.split_once('/') {
        Some((first, rest)) if first == "localhost" || first.contains(['.', ':']) => (Some(first), rest),
        _ => (None, name),
    };
    let host = |h: &str| {
        let (host, port) = h.split_once(':').unwrap_or((h, "0"));
        !host.is_empty()
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            && port.parse::<u16>().is_ok()
    };
    registry.is_none_or(host) && path.split('/').all(is_component)
}

fn is_component(part: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    ends(part.chars().next())
        && ends(part.chars().last())
        && part
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
}

fn is_tag(tag: &str) -> bool {
    (1..=128).contains(&tag.len())
        && !tag.starts_with(['.', '-'])
        && tag
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

fn is_digest((algorithm, hex): (&str, &str)) -> bool {
    !algorithm.is_empty() && hex.len() >= 32 && hex.chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, Option<String>)> {
        ImageRef::parse(text).map(|r| (r.name, r.tag))
    }

    #[test]
    fn all_names_of_an_image_are_one() {
        for name in [
            "postgres",
            "library/postgres",
            "docker.io/postgres",
            "docker.io/library/postgres",
            "public.ecr.aws/docker/library/postgres",
        ] {
            assert_eq!(canonical(name), "postgres", "{name}");
        }
        for name in [
            "lscr.io/linuxserver/sonarr",
            "ghcr.io/linuxserver/sonarr",
            "docker.io/linuxserver/sonarr",
        ] {
            assert_eq!(canonical(name), "linuxserver/sonarr", "{name}");
        }
        assert_eq!(canonical("quay.io/minio/minio"), "quay.io/minio/minio");
    }

    #[test]
    fn a_port_is_no_tag() {
        let name = Some("localhost:5000/a/b".to_owned());
        assert_eq!(parts("localhost:5000/a/b"), name.clone().map(|n| (n, None)));
        assert_eq!(
            parts("localhost:5000/a/b:1.2"),
            name.map(|n| (n, Some("1.2".to_owned())))
        );
    }

    #[test]
    fn a_digest_alone_says_nothing_of_the_tag() {
        let digest = format!("redis@sha256:{}", "0".repeat(64));
        let image = ImageRef::parse(&digest).expect("a reference");
        assert_eq!(image.effective_tag(), None);
        assert_eq!(image.to_string(), digest);
        assert_eq!(
            ImageRef::parse("redis").expect("one").effective_tag(),
            Some("latest")
        );
    }

    #[test]
    fn what_is_no_reference() {
        for text in [
            "",
            "${IMAGE}",
            "Redis",
            "a:b:c",
            "a//b",
            "a:",
            "-a",
            "a@sha256:1",
            "a b",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("*alpine*", "16-alpine3.20"));
        assert!(matches("*", ""));
        assert!(matches("16*", "16"));
        assert!(!matches("16*", "116"));
        assert!(!matches("*-fpm", "8-fpm-alpine"));
        assert!(matches("*-fpm*", "8-fpm-alpine"));
    }
}
