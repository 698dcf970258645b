//! Links inside an image.

/// A link's target as an absolute path, its `..` resolved.
pub(super) fn absolute(from: &str, to: &str) -> String {
    let mut parts: Vec<&str> = match to.starts_with('/') {
        true => Vec::new(),
        false => from.rsplit_once('/').map_or("", |(d, _)| d).split('/').collect(),
    };
    for part in to.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!(
        "/{}",
        parts
            .into_iter()
            .filter(|p| !p.is_empty())
            .collect::<Vec<_>>()
            .join("/")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_resolved() {
        assert_eq!(absolute("/var/run", "../run"), "/run");
        assert_eq!(absolute("/bin", "usr/bin"), "/usr/bin");
        assert_eq!(absolute("/var/lock", "/run/lock"), "/run/lock");
    }
}
