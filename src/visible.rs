//! Text of others on its way to a terminal. Names, paths, labels and log lines come from files and images that somebody
//! else made: what a terminal would obey, or what would make a line look like another, is written out (`\x1b`).

use std::borrow::Cow;

/// Text of several lines: line breaks stay.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    written_out(text, |c| c == '\n')
}

/// Text that is to stand on one line.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    written_out(text, |_| false)
}

/// Lines of a file, to be shown as they stand there.
pub(crate) fn source(text: &str) -> Cow<'_, str> {
    written_out(text, |c| matches!(c, '\n' | '\r' | '\t'))
}

/// A JSON text: the same characters, said as JSON says them. Outside of its strings it has none but line breaks.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    let is_said = |c: char| c != '\n' && is_obeyed(c);
    if !text.contains(is_said) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_said(c) {
            let mut units = [0u16; 2];
            c.encode_utf16(&mut units)
                .iter()
                .for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out.into()
}

/// Whether a terminal does something at this character, other than showing it: control characters, and those that
/// change the direction of what follows or cannot be seen.
pub(crate) fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn written_out(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_written_out = |c: char| is_obeyed(c) && !stays(c);
    if !text.contains(is_written_out) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !is_written_out(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x100 => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        let hostile = "a\x1b[31m\x07\u{9b}2J\x7f\u{202e}\u{2066}\r\n\tb é 日本";
        assert_eq!(
            text(hostile),
            "a\\x1b[31m\\x07\\x9b2J\\x7f\\u{202e}\\u{2066}\\r\n\\tb é 日本"
        );
        assert_eq!(line("a\nb"), "a\\nb");
        assert_eq!(source("a\r\n\t\x1bb"), "a\r\n\t\\x1bb");
        assert!(matches!(text("plain\ntext"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_stays_json() {
        let value = serde_json::json!({"a": "\u{1b}\u{7f}\u{9b}\u{202e}\u{e0041}é"});
        let said = format!("{value:#}\n");
        let safe = json(&said);
        assert!(!safe.contains(|c| c != '\n' && is_obeyed(c)), "{safe:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
