//! The text of a Dockerfile as instructions: comments, continued lines and here-documents resolved.

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instruction {
    /// Where it starts, from 1.
    pub line: usize,
    /// In capitals: `FROM`, `RUN` …
    pub keyword: String,
    /// The rest, continued lines joined with a space.
    pub rest: String,
    /// The bodies of its here-documents.
    pub documents: Vec<String>,
}

/// Reads all instructions. Nothing is refused: what Docker would reject, Docker rejects.
pub(super) fn instructions(text: &str) -> Vec<Instruction> {
    let escape = escape_character(text);
    let mut found: Vec<Instruction> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut whole = String::new();
        let mut piece = line.to_owned();
        while let Some(head) = piece.strip_suffix(escape) {
            whole.push_str(head);
            whole.push(' ');
            // Comments and empty lines inside a continued instruction do not end it.
            match lines.find(|(_, l)| !l.trim().is_empty() && !l.trim_start().starts_with('#')) {
                Some((_, next)) => piece = next.trim().to_owned(),
                None => piece = String::new(),
            }
        }
        whole.push_str(&piece);
        let (keyword, rest) = whole.split_once(char::is_whitespace).unwrap_or((&whole, ""));
        let keyword = keyword.to_ascii_uppercase();
        let mut documents = Vec::new();
        if matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
            for end in document_ends(rest) {
                let body: Vec<&str> = lines
                    .by_ref()
                    .map(|(_, l)| l)
                    .take_while(|l| l.trim() != end)
                    .collect();
                documents.push(body.join("\n"));
            }
        }
        found.push(Instruction {
            line: number + 1,
            keyword,
            rest: rest.trim().to_owned(),
            documents,
        });
    }
    found
}

/// `# escape=`` among the directives at the top; a backslash otherwise.
fn escape_character(text: &str) -> char {
    text.lines()
        .map_while(|l| l.trim().strip_prefix('#'))
        .find_map(|l| l.trim().strip_prefix("escape="))
        .and_then(|value| value.trim().chars().next())
        .filter(|c| matches!(c, '`' | '\\'))
        .unwrap_or('\\')
}

/// The words that end the here-documents of an instruction (`<<EOF`, `<<-"EOF"`).
fn document_ends(rest: &str) -> Vec<String> {
    rest.split_whitespace()
        .filter_map(|word| word.strip_prefix("<<"))
        .map(|word| word.trim_start_matches('-').trim_matches(['"', '\'']).to_owned())
        .filter(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        .collect()
}

/// What is longer than this nobody means: variables of variables may grow without end.
const LONGEST: usize = 64 * 1024;

/// `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+other}`; `None` when a variable has no value.
pub fn expand(text: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        if out.len() > LONGEST {
            return None;
        }
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(inner) = after.strip_prefix('{') {
            let end = inner.find('}')?;
            let (name, default) = match inner[..end].split_once(':') {
                Some((name, default)) => (name, Some(default)),
                None => (&inner[..end], None),
            };
            let known = value(name).filter(|v| default.is_none() || !v.is_empty());
            match default.map(|d| d.split_at(d.len().min(1))) {
                Some(("+", other)) => out.push_str(if known.is_some() { other } else { "" }),
                Some(("-", other)) => out.push_str(known.as_deref().unwrap_or(other)),
                _ => out.push_str(&known?),
            }
            rest = &inner[end + 1..];
        } else {
            let end = after
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(after.len());
            if end == 0 {
                return None;
            }
            out.push_str(&value(&after[..end])?);
            rest = &after[end..];
        }
    }
    out.push_str(rest);
    Some(out)
}

/// The words of a line as a shell would see them, quotes resolved; a JSON array is read as such.
pub(super) fn words(text: &str) -> Vec<String> {
    if text.starts_with('[')
        && let Ok(words) = serde_json::from_str(text)
    {
        return words;
    }
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_continued_and_documents_skipped() {
        let text = "# syntax=x\nFROM a \\\n  # why\n\n  AS b\nRUN <<EOF cat\nUSER fake\nEOF\nuser 1\n";
        let found: Vec<(usize, String, String)> = instructions(text)
            .into_iter()
            .map(|i| (i.line, i.keyword, i.rest))
            .collect();
        assert_eq!(
            found,
            [
                (2, "FROM".into(), "a  AS b".into()),
                (6, "RUN".into(), "<<EOF cat".into()),
                (9, "USER".into(), "1".into()),
            ]
        );
    }

    #[test]
    fn variables_have_defaults() {
        let value = |name: &str| (name == "A").then(|| "1".to_owned());
        let of = |text| expand(text, &value);
        assert_eq!(of("x$A-${A}"), Some("x1-1".into()));
        assert_eq!(of("${B:-2}${A:+3}${B:+4}"), Some("23".into()));
        assert_eq!(of("${B}"), None);
    }

    #[test]
    fn words_are_those_of_a_shell_or_of_json() {
        assert_eq!(words(r#"a "b c" 'd'e"#), ["a", "b c", "de"]);
        assert_eq!(words(r#"["/data", "/x"]"#), ["/data", "/x"]);
    }
}
