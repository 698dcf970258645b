//! What a plain scalar means to Compose's YAML library (go-yaml 3): YAML 1.2 with the octals of 1.1.

use crate::tree::Value;

/// Resolves a plain scalar without a tag.
pub(super) fn resolve(text: &str) -> Value {
    match text.as_bytes().first() {
        None => Value::Null,
        Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F') => word(text),
        Some(b'.') => special_float(text)
            .or_else(|| go_float(text))
            .unwrap_or_else(|| Value::from(text)),
        Some(b'0'..=b'9' | b'+' | b'-') => number(text),
        _ => Value::from(text),
    }
}

fn word(text: &str) -> Value {
    match text {
        "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => Value::from(text),
    }
}

fn number(text: &str) -> Value {
    if let Some(float) = special_float(text) {
        return float;
    }
    if is_timestamp(text) {
        return Value::Time(text.to_owned());
    }
    let plain = text.replace('_', "");
    integer(&plain)
        .or_else(|| {
            if is_float(&plain) {
                plain
                    .parse()
                    .ok()
                    .filter(|f: &f64| f.is_finite())
                    .map(Value::Float)
            } else {
                None
            }
        })
        .unwrap_or_else(|| Value::from(text))
}

fn special_float(text: &str) -> Option<Value> {
    Some(Value::Float(match text {
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        _ => return None,
    }))
}

/// `.5`, which is read by Go's own rules: an underscore or a second dot make it text.
fn go_float(text: &str) -> Option<Value> {
    if is_float(text) {
        text.parse().ok().map(Value::Float)
    } else {
        None
    }
}

/// An integer in Go's notation: decimal, `0x`, `0b`, `0o`, and a leading zero for octal.
pub(super) fn integer(plain: &str) -> Option<Value> {
    let (negative, digits) = match plain.as_bytes().first()? {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, plain),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.bytes().next().is_some_and(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match (negative, i64::try_from(magnitude)) {
        (false, Ok(i)) => Some(Value::Int(i)),
        (true, Ok(i)) => Some(Value::Int(-i)),
        (true, Err(_)) => (magnitude == 1 << 63).then_some(Value::Int(i64::MIN)),
        // the reference parses what does not fit as unsigned, but not with a plus sign
        (false, Err(_)) => (!plain.starts_with('+')).then_some(Value::Uint(magnitude)),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
pub(super) fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = |t: &str| t.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let mut rest = &text[whole..];
    if let Some(after) = rest.strip_prefix('.') {
        let fraction = digits(after);
        if whole == 0 && fraction == 0 {
            return false;
        }
        rest = &after[fraction..];
    } else if whole == 0 {
        return false;
    }
    if let Some(after) = rest.strip_prefix(['e', 'E']) {
        let after = after.strip_prefix(['-', '+']).unwrap_or(after);
        let power = digits(after);
        return power > 0 && power == after.len();
    }
    rest.is_empty()
}

/// `2024-01-02`, `2024-1-2 3:4:5.6`, `2024-01-02T03:04:05Z`: what go-yaml turns into a time.
fn is_timestamp(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-') else {
        return false;
    };
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let Some((month, rest)) = rest.split_once('-') else {
        return false;
    };
    let end = rest.find(['T', 't', ' ']).unwrap_or(rest.len());
    let (Some(year), Some(month), Some(day)) = (field(year, 4), field(month, 2), field(&rest[..end], 2))
    else {
        return false;
    };
    if !(1..=12).contains(&month) || !(1..=days(year, month)).contains(&day) {
        return false;
    }
    if end == rest.len() {
        return true;
    }
    let zoned = !rest[end..].starts_with(' ');
    let clock = &rest[end + 1..];
    let zone = clock.find(['Z', '+', '-']).unwrap_or(clock.len());
    is_clock(&clock[..zone])
        && if zoned {
            is_zone(&clock[zone..])
        } else {
            zone == clock.len()
        }
}

fn field(text: &str, longest: usize) -> Option<u32> {
    let fits = (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_clock(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let parts: Vec<Option<u32>> = whole.split(':').map(|p| field(p, 2)).collect();
    let fits = matches!(parts[..], [Some(h), Some(m), Some(s)] if h < 24 && m < 60 && s < 60);
    fits && fraction.is_none_or(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()))
}

fn is_zone(text: &str) -> bool {
    let Some(offset) = text.strip_prefix(['+', '-']) else {
        return text == "Z";
    };
    matches!(offset.split_once(':'), Some((h, m)) if h.len() == 2 && m.len() == 2
        && field(h, 2).is_some_and(|h| h <= 24) && field(m, 2).is_some_and(|m| m < 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_as_compose_reads_them() {
        use Value::{Bool, Float, Int, Null, Str, Time, Uint};
        let text = |t: &str| Str(t.to_owned());
        for (plain, wanted) in [
            ("yes", text("yes")),
            ("on", text("on")),
            ("True", Bool(true)),
            ("tRUE", text("tRUE")),
            ("~", Null),
            ("", Null),
            ("0755", Int(493)),
            ("0o755", Int(493)),
            ("0x1F", Int(31)),
            ("0b11", Int(3)),
            ("1_000", Int(1000)),
            ("+12", Int(12)),
            ("-010", Int(-8)),
            ("08", Float(8.0)),
            ("09.5", Float(9.5)),
            ("1e3", Float(1000.0)),
            (".5", Float(0.5)),
            ("18446744073709551615", Uint(u64::MAX)),
            ("22:22", text("22:22")),
            ("1000:1000", text("1000:1000")),
            ("2024-01-02", Time("2024-01-02".to_owned())),
            ("2024-02-30", text("2024-02-30")),
            ("2024-01-02T03:04:05Z", Time("2024-01-02T03:04:05Z".to_owned())),
            ("-", text("-")),
            ("+", text("+")),
            ("0x", text("0x")),
            ("1.2.3", text("1.2.3")),
        ] {
            assert_eq!(resolve(plain), wanted, "{plain}");
        }
    }
}
