//! Where the comments of a profile stand.

use super::parse;
use serde_json::{Map, Value};

/// Lines with a comment: those before the first key, and those right above another, with its name.
pub(super) type Comments = (String, Vec<(String, String)>);

/// # Errors
/// One that stands elsewhere.
pub(super) fn comments(text: &str, profile: &Map<String, Value>) -> Result<Comments, (usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let is_key = |line: &&str| line.starts_with(|c: char| c.is_ascii_alphabetic());
    let first = lines.iter().position(is_key).unwrap_or(lines.len());
    let mut head = String::new();
    let mut above = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if !line.contains('#') {
            continue;
        }
        let next = lines[at..]
            .iter()
            .find(|l| !l.starts_with('#'))
            .filter(|l| is_key(l));
        match (line.starts_with('#'), next.and_then(|l| l.split(':').next())) {
            (true, _) if at < first => {
                head.push_str(line);
                head.push('\n');
            }
            (true, Some(key)) => above.push((key.to_owned(), (*line).to_owned())),
            _ if is_comment(&lines, at, profile) => {
                return Err((
                    at + 1,
                    "a comment here would be lost: put it above a key of the profile".to_owned(),
                ));
            }
            _ => {}
        }
    }
    Ok((head, above))
}

/// Whether a line says the same without what stands behind its `#`.
fn is_comment(lines: &[&str], at: usize, profile: &Map<String, Value>) -> bool {
    let line = lines[at];
    line.match_indices('#').any(|(hash, _)| {
        let mut without: Vec<&str> = lines.to_vec();
        without[at] = &line[..hash];
        parse(&without.join("\n")).as_ref() == Some(profile)
    })
}
