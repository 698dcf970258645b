//! Numbers with units, as Compose reads and prints them.

use std::fmt::Write;

/// A size in bytes: `64m`, `1.5GiB`, `512`; binary multiples, as `docker run -m`.
pub(super) fn bytes(text: &str) -> Option<i64> {
    let last = text.rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ')?;
    let (number, suffix) = match text.as_bytes()[last] {
        b' ' => (&text[..last], &text[last + 1..]),
        _ => text.split_at(last + 1),
    };
    let size = float(number).filter(|n| *n >= 0.0)?;
    let suffix = suffix.to_lowercase();
    let power = match suffix.as_bytes().first() {
        None => return Some(truncate(size)),
        Some(b'b') => return (suffix.len() == 1).then(|| truncate(size)),
        Some(b'k') => 1,
        Some(b'm') => 2,
        Some(b'g') => 3,
        Some(b't') => 4,
        Some(b'p') => 5,
        _ => return None,
    };
    let fits = matches!(&suffix[1..], "" | "b" | "ib");
    fits.then(|| truncate(size * 1024f64.powi(power)))
}

#[allow(clippy::cast_possible_truncation)] // saturates; the reference's conversion of larger sizes is undefined
fn truncate(size: f64) -> i64 {
    size as i64
}

/// A number in Go's notation: Rust's, and `0x1p4`, `1_0` are not needed by anybody.
pub(super) fn float(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches(['+', '-']);
    let special = matches!(digits.to_lowercase().as_str(), "inf" | "infinity" | "nan");
    if !special && !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    text.parse().ok().filter(|n: &f64| special || n.is_finite())
}

const UNITS: [(&str, i128); 9] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];
const WEEK: i128 = 604_800_000_000_000;

/// A duration in nanoseconds: `1m30s`, `1.5h`, `2d`, `1w`.
pub(super) fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let unit = match unit {
            "w" => WEEK,
            _ => UNITS.iter().find(|(name, _)| *name == unit)?.1,
        };
        total = total.checked_add(scaled(number, unit)?)?;
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // digits beyond a nanosecond do not count
    let digits: String = fraction.chars().take(18).collect();
    let part: i128 = if digits.is_empty() {
        0
    } else {
        digits.parse().ok()?
    };
    let scale = 10i128.checked_pow(u32::try_from(digits.len()).ok()?)?;
    whole.checked_mul(unit)?.checked_add(part * unit / scale)
}

/// A duration as Go prints it: `1m0s`, `1.5s`, `100ms`.
pub(super) fn print_duration(nanoseconds: i64) -> String {
    let mut out = String::new();
    let magnitude = nanoseconds.unsigned_abs();
    if nanoseconds < 0 {
        out.push('-');
    }
    if magnitude < 1_000_000_000 {
        _ = match magnitude {
            0 => write!(out, "0s"),
            1..1_000 => write!(out, "{magnitude}ns"),
            1_000..1_000_000 => write!(out, "{}µs", decimal(magnitude, 1_000)),
            _ => write!(out, "{}ms", decimal(magnitude, 1_000_000)),
        };
        return out;
    }
    let seconds = magnitude / 1_000_000_000;
    if seconds >= 3600 {
        _ = write!(out, "{}h", seconds / 3600);
    }
    if seconds >= 60 {
        _ = write!(out, "{}m", seconds / 60 % 60);
    }
    _ = write!(out, "{}s", decimal(magnitude % 60_000_000_000, 1_000_000_000));
    out
}

fn decimal(value: u64, unit: u64) -> String {
    let (whole, part) = (value / unit, value % unit);
    if part == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    format!("{whole}.{}", format!("{part:0width$}").trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, wanted) in [
            ("64m", Some(64 << 20)),
            ("1.5GiB", Some(3 << 29)),
            ("512", Some(512)),
            ("1 kb", Some(1024)),
            ("5b", Some(5)),
            ("-1", None),
            ("x", None),
            ("1x", None),
            ("1kbb", None),
        ] {
            assert_eq!(bytes(text), wanted, "{text}");
        }
    }

    #[test]
    fn durations() {
        for (text, wanted) in [
            ("1m", "1m0s"),
            ("90s", "1m30s"),
            ("1.5s", "1.5s"),
            ("100ms", "100ms"),
            ("1h", "1h0m0s"),
            ("1d", "24h0m0s"),
            ("1w", "168h0m0s"),
            ("0", "0s"),
            ("1500us", "1.5ms"),
        ] {
            assert_eq!(
                duration(text).map(print_duration).as_deref(),
                Some(wanted),
                "{text}"
            );
        }
        for text in ["", "5", "s", "1x", "1..5s", "-"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
