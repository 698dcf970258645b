//! `SOURCE:TARGET:OPTIONS`, the short form of a mount.

use crate::tree::{Map, Node, Origin, Value};

/// The parts of a short form.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ShortVolume {
    /// Whether it mounts a path of the host.
    pub bind: bool,
    /// The path or the volume's name; empty for an anonymous volume.
    pub source: String,
    /// Where in the container; as written.
    pub target: String,
    read_only: bool,
    nocopy: bool,
    propagation: Option<String>,
    selinux: Option<String>,
    /// One or two characters: nothing but a target.
    bare: bool,
}

/// Splits the text; the error is what is wrong with it.
pub(super) fn parse(text: &str) -> Result<ShortVolume, String> {
    let mut volume = ShortVolume::default();
    match text.len() {
        0 => return Err("is an empty mount".to_owned()),
        1 | 2 => {
            volume.target = text.to_owned();
            volume.bare = true;
            return Ok(volume);
        }
        _ => {}
    }
    let mut field = String::new();
    let mut braces = 0usize;
    for (at, c) in text.char_indices() {
        let in_drive = c == ':' && is_drive(&field);
        match c {
            '$' if text[at + 1..].starts_with('{') => braces += 1,
            '}' if braces > 0 => braces -= 1,
            ':' if braces == 0 && !in_drive => {
                volume
                    .take(&field, false)
                    .map_err(|why| format!("is not a mount: {why} in {text:?}"))?;
                field.clear();
                continue;
            }
            _ => {}
        }
        field.push(c);
    }
    if braces == 0 {
        volume
            .take(&field, true)
            .map_err(|why| format!("is not a mount: {why} in {text:?}"))?;
    }
    volume.bind = is_path(&volume.source);
    Ok(volume)
}

impl ShortVolume {
    fn take(&mut self, field: &str, last: bool) -> Result<(), &'static str> {
        if field.is_empty() {
            return Err("nothing between two colons");
        }
        if self.source.is_empty() && last {
            self.target = field.to_owned();
        } else if self.source.is_empty() {
            self.source = field.to_owned();
        } else if self.target.is_empty() {
            self.target = field.to_owned();
        } else if !last {
            return Err("too many colons");
        } else {
            field.split(',').for_each(|option| self.option(option));
        }
        Ok(())
    }

    /// Unknown options are dropped in silence, as in the reference.
    fn option(&mut self, option: &str) {
        match option {
            "ro" => self.read_only = true,
            "rw" => self.read_only = false,
            "nocopy" => self.nocopy = true,
            "rprivate" | "private" | "rshared" | "shared" | "rslave" | "slave" => {
                self.propagation = Some(option.to_owned());
            }
            "z" | "Z" => self.selinux = Some(option.to_owned()),
            _ => {}
        }
    }

    /// The long form.
    pub(super) fn into_value(self, origin: Origin) -> Value {
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| _ = map.insert(key.to_owned(), Node::new(value, origin));
        put("type", Value::from(if self.bind { "bind" } else { "volume" }));
        if !self.source.is_empty() {
            put("source", Value::from(self.source));
        }
        let target = if self.target.is_empty() {
            self.target
        } else {
            clean(&self.target)
        };
        if !target.is_empty() {
            put("target", Value::from(target));
        }
        if self.read_only {
            put("read_only", Value::from(true));
        }
        let mut bind = Map::new();
        if self.bind {
            bind.insert("create_host_path".to_owned(), Node::new(true, origin));
        }
        for (key, option) in [("propagation", self.propagation), ("selinux", self.selinux)] {
            if let Some(option) = option {
                bind.insert(key.to_owned(), Node::new(option, origin));
            }
        }
        if !bind.is_empty() {
            put("bind", Value::from(bind));
        }
        if self.nocopy || !(self.bind || self.bare) {
            let mut volume = Map::new();
            if self.nocopy {
                volume.insert("nocopy".to_owned(), Node::new(true, origin));
            }
            put("volume", Value::from(volume));
        }
        Value::from(map)
    }
}

fn is_drive(field: &str) -> bool {
    let mut chars = field.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
}

fn is_path(source: &str) -> bool {
    if source.starts_with(['.', '/', '~']) || source.starts_with("\\\\") {
        return true;
    }
    let mut chars = source.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next() == Some(':')
}

/// A path without `.`, `..` and doubled slashes, as Go's `path.Clean`.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => _ = parts.pop(),
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (path, wanted) in [
            ("/a/", "/a"),
            ("/../a//b/.", "/a/b"),
            ("a/..", "."),
            ("../../a", "../../a"),
        ] {
            assert_eq!(clean(path), wanted);
        }
    }

    #[test]
    fn the_parts_of_a_mount() {
        let of = |text| parse(text).map(|v| (v.bind, v.source, v.target, v.read_only));
        let is = |bind, source: &str, target: &str, ro| Ok((bind, source.to_owned(), target.to_owned(), ro));
        assert_eq!(of("data:/x"), is(false, "data", "/x", false));
        assert_eq!(of("./a:/x:ro,z"), is(true, "./a", "/x", true));
        assert_eq!(of("v:/data"), is(false, "", "v:/data", false));
        assert_eq!(of("C:\\a:/x"), is(true, "C:\\a", "/x", false));
        assert_eq!(of("${A:-b}:/x"), is(false, "${A:-b}", "/x", false));
        assert!(of("aa::/x").is_err() && of("aa:bb:cc:dd").is_err() && of("").is_err());
    }
}
