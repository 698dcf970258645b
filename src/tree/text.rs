//! Values as Go's `%v` prints them: what Compose puts into an environment or a label.

use super::{Node, Value};
use std::fmt::Write;
use std::ops::Range;

/// Any value as text; null is `<nil>`.
pub(crate) fn of(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::Bool(b) => _ = write!(out, "{b}"),
        Value::Int(i) => _ = write!(out, "{i}"),
        Value::Uint(u) => _ = write!(out, "{u}"),
        Value::Float(f) => out.push_str(&float(*f, -4..6)),
        Value::Str(s) | Value::Time(s) => out.push_str(s),
        Value::Seq(items) => {
            out.push('[');
            separated(out, items.iter(), |out, item: &Node| write(out, &item.value));
            out.push(']');
        }
        Value::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push_str("map[");
            separated(out, entries.into_iter(), |out, (key, node): (&String, &Node)| {
                out.push_str(key);
                out.push(':');
                write(out, &node.value);
            });
            out.push(']');
        }
    }
}

fn separated<T>(out: &mut String, items: impl Iterator<Item = T>, mut each: impl FnMut(&mut String, T)) {
    for (position, item) in items.enumerate() {
        if position > 0 {
            out.push(' ');
        }
        each(out, item);
    }
}

/// The powers of ten that JSON prints without an exponent.
pub(crate) const JSON: Range<i32> = -6..21;

/// The shortest digits that read back as the same number, without an exponent for these powers of ten.
pub(crate) fn float(number: f64, plain: Range<i32>) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    exponent(&format!("{number:e}"), number.to_string(), plain)
}

/// The same for a number of single precision.
pub(crate) fn float32(number: f32, plain: Range<i32>) -> String {
    if !number.is_finite() {
        return float(f64::from(number), plain);
    }
    exponent(&format!("{number:e}"), number.to_string(), plain)
}

fn exponent(scientific: &str, digits_only: String, plain: Range<i32>) -> String {
    let Some((digits, power)) = scientific.split_once('e') else {
        return digits_only;
    };
    let power: i32 = power.parse().unwrap_or(0);
    if digits.trim_start_matches('-') == "0" || plain.contains(&power) {
        return digits_only;
    }
    let sign = if power < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", power.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_go_prints_them() {
        for (number, text) in [
            (1.0, "1"),
            (1.1, "1.1"),
            (100_000.0, "100000"),
            (1e20, "1e+20"),
            (123_456_789.0, "1.23456789e+08"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-0.5, "-0.5"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(of(&Value::Float(number)), text);
        }
    }
}
