//! Paths into the tree (`services.web.ports.0`) and patterns over them (`services.*.ports`).

use std::fmt;

/// The way from the root to a node: mapping keys and list positions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Path(Vec<String>);

impl Path {
    /// The root.
    pub fn root() -> Self {
        Path(Vec::new())
    }

    /// A path of these segments; a segment may contain dots (service names do).
    pub fn of<S: Into<String>>(segments: impl IntoIterator<Item = S>) -> Self {
        Path(segments.into_iter().map(Into::into).collect())
    }

    /// This path and one more segment.
    #[must_use]
    pub fn join(&self, segment: impl ToString) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment.to_string());
        Path(segments)
    }

    /// Goes one level down; for walks that would not copy a path at every node.
    pub fn push(&mut self, segment: impl ToString) {
        self.0.push(segment.to_string());
    }

    /// Goes one level up.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// The segments, outermost first.
    pub fn segments(&self) -> &[String] {
        &self.0
    }

    /// The path of the parent; the root's parent is the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        Path(
            self.0
                .split_last()
                .map_or_else(Vec::new, |(_, rest)| rest.to_vec()),
        )
    }

    /// The innermost segment.
    pub fn last(&self) -> Option<&str> {
        self.0.last().map(String::as_str)
    }

    /// Whether `other` is this path or below it.
    pub fn contains(&self, other: &Path) -> bool {
        other.0.starts_with(&self.0)
    }
}

/// Dotted, as Compose prints paths in its messages.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// A dotted pattern, `*` standing for any one segment: the key of the loader's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern(pub &'static str);

impl Pattern {
    /// Whether the pattern stands for `path`, segment by segment.
    pub fn matches(&self, path: &Path) -> bool {
        let mut wanted = self.0.split('.');
        path.segments()
            .iter()
            .all(|s| wanted.next().is_some_and(|w| w == "*" || w == s))
            && wanted.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_segment_by_segment() {
        let p = Pattern("services.*.ports");
        assert!(p.matches(&Path::of(["services", "a.b", "ports"])));
        assert!(!p.matches(&Path::of(["services", "a"])));
        assert!(!p.matches(&Path::of(["services", "a", "ports", "0"])));
    }

    #[test]
    fn a_path_contains_what_is_below_it() {
        let p = Path::of(["services", "a"]);
        assert!(p.contains(&p.join("user")));
        assert!(!p.join("user").contains(&p));
        assert_eq!(p.join("user").parent(), p);
    }
}
