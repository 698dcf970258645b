//! `!!binary`, which Compose reads as the text it encodes.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

/// As Go decodes: padding is wanted, and what the last digit has too many bits is dropped.
const LIKE_GO: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The decoded text, bytes that are no UTF-8 replaced; none if it is not base64.
pub(super) fn decode(text: &str) -> Option<String> {
    let bytes = LIKE_GO.decode(text.replace(['\r', '\n'], "")).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn text_comes_back() {
        for (text, wanted) in [
            ("aGVsbG8=", Some("hello")),
            ("aGVs\r\nbG8=\n", Some("hello")),
            ("aGVsbG9=", Some("hello")), // a bit too many
            ("/w==", Some("\u{fffd}")),
            ("", Some("")),
            ("aGVsbG8", None), // no padding
            ("aGVs bG8=", None),
            ("aGVsbG8=aGVs", None),
            ("a===", None),
            ("====", None),
        ] {
            assert_eq!(decode(text).as_deref(), wanted, "{text:?}");
        }
    }
}
