//! What is told has one shape: what a person can do about it is a field, and only its renderer writes `help:`.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its own files has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// The one file that may.
const RENDERER: &str = "src/diagnostic.rs";

#[test]
fn help_stands_in_no_text_but_the_renderer_s() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in sources(Path::new("src")) {
        let text = fs::read_to_string(&path).unwrap();
        count += 1;
        if path != Path::new(RENDERER) {
            let lines = lines_with_help(&text).into_iter();
            wrong.extend(lines.map(|line| format!("{}:{line}", path.display())));
        }
    }
    assert!(count > 50, "the tests run in the crate's folder");
    assert!(wrong.is_empty(), "help in a text:\n{}", wrong.join("\n"));
    assert!(!lines_with_help(&fs::read_to_string(RENDERER).unwrap()).is_empty());
}

#[test]
fn help_in_a_text_is_found_wherever_it_stands() {
    for planted in [
        r#"bail!("nothing runs\nhelp: start it")"#,
        "bail!(\n    \"nothing runs\\n\\\n     help: start it\"\n)",
        r##"let text = r#"say "no" help: none"#;"##,
        r#"write!(f, "help: {help}")"#,
        r#"tell("help:", help)"#,
        r#"let quote = '"'; let text = "help: x";"#,
    ] {
        assert_eq!(lines_with_help(planted).len(), 1, "{planted}");
    }
    for fine in [
        "struct Told { help: String }",
        "// the line \"help: x\" is the renderer's",
        "/// `help: x`",
        "Told { help: help.clone(), what: \"x\" }",
        "/* \"help: x\" */ let text = \"y\";",
        "fn of<'a>(text: &'a str, help: &'a str) {}",
        r#"let help = "ask for help"; let more: (char, char) = ('"', '\''); let x = Told { help: 1 };"#,
    ] {
        assert_eq!(lines_with_help(fine), [], "{fine}");
    }
}

/// The lines at which texts begin that have a `help:` of their own.
fn lines_with_help(source: &str) -> Vec<usize> {
    let texts = texts(source).into_iter();
    texts
        .filter(|(_, text)| {
            let is_word = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '`');
            text.match_indices("help:").any(|(at, _)| is_word(at)) || text.contains("\\nhelp:")
        })
        .map(|(line, _)| line)
        .collect()
}

/// All string literals as they are written, with the lines they begin at.
fn texts(source: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        let end = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw(rest) {
            let close = format!("\"{}", "#".repeat(hashes));
            let start = hashes + 2;
            let end = rest[start..].find(&close).unwrap() + start;
            found.push((line(source, at), &rest[start..end]));
            end + close.len()
        } else if rest.starts_with('"') {
            let end = closing(rest, '"');
            found.push((line(source, at), &rest[1..end]));
            end + 1
        } else if rest.starts_with("'\\") {
            closing(rest, '\'') + 1
        } else if rest.starts_with("'\"'") {
            3
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at += end;
    }
    found
}

/// How many `#` a raw text begins with that begins here.
fn raw(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// Where what begins with a quote ends.
fn closing(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    let found = rest.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == quote && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    found.unwrap().0
}

fn line(source: &str, at: usize) -> usize {
    source[..at].matches('\n').count() + 1
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}
