//! The path that a log line is about.

/// What may stand before a path.
const BEFORE: &[char] = &[' ', '"', '\'', '‘', '`', '(', '[', '=', ':', '«', '“'];
/// What ends it.
const AFTER: &[char] = &[' ', '"', '\'', '’', '`', ')', ']', ',', ';', '»', '”'];

/// The absolute path that the words of the denial are about: the last one before them, as in
/// `SCRIPT: line 3: PATH: denied`, else the first one after.
pub(super) fn named(line: &str, lower: &str, denied_at: Option<usize>) -> Option<String> {
    // Lowering a letter can change its length; then positions in one are not those in the other.
    let at = denied_at
        .filter(|_| line.len() == lower.len())
        .unwrap_or(line.len());
    let paths = paths(line);
    let before = paths.iter().rev().find(|(start, _)| *start < at);
    before.or_else(|| paths.first()).map(|(_, path)| path.clone())
}

fn paths(line: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut last = ' ';
    let mut end = 0;
    for (start, c) in line.char_indices() {
        if c == '/' && start >= end && BEFORE.contains(&last) {
            let rest = &line[start..];
            let length = rest.find(AFTER).unwrap_or(rest.len());
            let path = rest[..length].trim_end_matches(['.', ':', '/']);
            end = start + length;
            // A lone slash is a division, two begin the rest of an address.
            if path.len() > 1 && !path.starts_with("//") {
                found.push((start, path.to_owned()));
            }
        }
        last = c;
    }
    found
}

/// The directory that a path is in.
pub(super) fn directory(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) => path,
        Some((directory, _)) => directory,
        None => path,
    }
}
