//! `!!binary`, which Compose reads as the text it encodes.

/// The decoded text, bytes that are no UTF-8 replaced; none if it is not base64.
pub fn decode(text: &str) -> Option<String> {
    let digits: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let padding = digits.iter().rev().take_while(|b| **b == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() / 4 * 3);
    let (mut bits, mut held) = (0u32, 0u32);
    for digit in &digits[..digits.len() - padding] {
        bits = (bits << 6 | value(*digit)?) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

fn value(digit: u8) -> Option<u32> {
    Some(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_comes_back() {
        assert_eq!(super::decode("aGVsbG8=").as_deref(), Some("hello"));
        assert_eq!(super::decode("aGVsbG8").as_deref(), None);
    }
}
