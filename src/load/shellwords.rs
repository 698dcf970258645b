//! A command in one text as a list of words, as Compose splits it: quotes and backslashes, no shell.

/// The words; none if a quote is not closed. Everything from an unquoted `;`, `&`, `|`, `<` or `>` on is
/// dropped, as the reference does.
pub(super) fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut escaped, mut double, mut single, mut backtick, mut dollar) = (false, false, false, false, false);
    let mut started = false;
    for c in line.chars() {
        if escaped {
            word.push(match c {
                't' => '\t',
                'n' => '\n',
                _ => c,
            });
            escaped = false;
            started = true;
            continue;
        }
        match c {
            '\\' if !single => {
                escaped = true;
                continue;
            }
            ' ' | '\t' | '\r' | '\n' if !(single || double || backtick || dollar) => {
                if started {
                    words.push(std::mem::take(&mut word));
                    started = false;
                }
                continue;
            }
            '`' if !(single || double || dollar) => backtick = !backtick,
            ')' if !(single || double || backtick) => dollar = !dollar,
            '(' if !(single || double || backtick) => {
                if dollar || !word.ends_with('$') {
                    return None;
                }
                dollar = true;
                word.push('(');
                continue;
            }
            '"' if !(single || dollar) => {
                started |= double;
                double = !double;
                continue;
            }
            '\'' if !(double || dollar) => {
                started |= single;
                single = !single;
                continue;
            }
            ';' | '&' | '|' | '<' | '>' if !(single || double || backtick || dollar) => {
                // `2>file`: the number belongs to the redirection
                if c == '>' && word.starts_with(|c: char| c.is_ascii_digit()) {
                    started = false;
                }
                break;
            }
            _ => {}
        }
        started = true;
        word.push(c);
    }
    if started {
        words.push(word);
    }
    (!(escaped || double || single || backtick || dollar)).then_some(words)
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_as_compose_splits_them() {
        for (line, wanted) in [
            ("a b", Some(vec!["a", "b"])),
            ("sh -c 'echo \"x y\"'", Some(vec!["sh", "-c", "echo \"x y\""])),
            ("a\\ b \"c d\"e ''", Some(vec!["a b", "c de", ""])),
            ("a && b", Some(vec!["a"])),
            ("a 2>x", Some(vec!["a"])),
            ("", Some(vec![])),
            ("a 'b", None),
            ("a (b)", None),
            ("$(a b)", Some(vec!["$(a b)"])),
        ] {
            let wanted = wanted.map(|w| w.into_iter().map(str::to_owned).collect());
            assert_eq!(super::split(line), wanted, "{line}");
        }
    }
}
