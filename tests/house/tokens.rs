//! Paths in the tokens of a file, whatever stands around them: expressions, types, attributes and what is given to macros.
//! What only tests compile is passed over.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    /// Its words: `crate`, `plan`, `Plan`.
    pub path: Vec<String>,
    /// The inline modules that it stands in.
    pub inside: Vec<String>,
    /// The line.
    pub line: usize,
}

/// All paths of two words or more; `use` declarations are judged as what they are, elsewhere.
pub(crate) fn mentions(tokens: TokenStream) -> Vec<Mention> {
    let mut found = Vec::new();
    scan(tokens, &mut Vec::new(), &mut found);
    found
}

fn scan(tokens: TokenStream, inside: &mut Vec<String>, found: &mut Vec<Mention>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            TokenTree::Punct(p) if p.as_char() == '#' && is_for_tests(tokens.get(at)) => {
                at = end(&tokens, at + 1);
            }
            TokenTree::Punct(_) => {}
            TokenTree::Ident(word) if word == "use" && !tokens.get(at).is_some_and(|t| is(t, '<')) => {
                at = end(&tokens, at);
            }
            TokenTree::Ident(word) if word == "mod" => {
                if let (Some(name), Some(TokenTree::Group(body))) = (tokens.get(at), tokens.get(at + 1)) {
                    inside.push(name.to_string());
                    scan(body.stream(), inside, found);
                    inside.pop();
                    at += 2;
                }
            }
            TokenTree::Ident(first) => {
                // What follows `::` goes on with a path that began before.
                let goes_on = at > 2 && is(&tokens[at - 2], ':') && is(&tokens[at - 3], ':');
                let mut path = vec![plain(&first.to_string())];
                while let [colon, second, TokenTree::Ident(word), ..] = &tokens[at..]
                    && is(colon, ':')
                    && is(second, ':')
                {
                    path.push(plain(&word.to_string()));
                    at += 3;
                }
                if !goes_on && path.len() > 1 {
                    let (inside, line) = (inside.clone(), first.span().start().line);
                    found.push(Mention { path, inside, line });
                }
            }
            TokenTree::Group(group) => scan(group.stream(), inside, found),
            TokenTree::Literal(text) => {
                // `#[serde(deserialize_with = "super::container::or_default")]`
                let line = text.span().start().line;
                let text = text.to_string();
                let path: Vec<String> = text.trim_matches('"').split("::").map(str::to_owned).collect();
                let is_word =
                    |w: &String| !w.is_empty() && w.chars().all(|c| c.is_alphanumeric() || c == '_');
                let is_ours = ["crate", "self", "super"].contains(&path[0].as_str());
                if path.len() > 1 && is_ours && path.iter().all(is_word) {
                    let inside = inside.clone();
                    found.push(Mention { path, inside, line });
                }
            }
        }
    }
}

/// Whether an attribute leaves what follows to tests alone.
fn is_for_tests(attribute: Option<&TokenTree>) -> bool {
    attribute.is_some_and(|t| t.to_string().replace(' ', "") == "[cfg(test)]")
}

/// Behind the item or the statement that goes on at `at`.
fn end(tokens: &[TokenTree], mut at: usize) -> usize {
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                // What is imported in braces ends with a semicolon.
                return at + usize::from(tokens.get(at).is_some_and(|t| is(t, ';')));
            }
            TokenTree::Punct(p) if p.as_char() == ';' => return at,
            _ => {}
        }
    }
    at
}

fn is(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == wanted)
}

/// A word without the mark of a raw one.
pub(crate) fn plain(word: &str) -> String {
    word.trim_start_matches("r#").to_owned()
}
