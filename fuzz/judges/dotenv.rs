//! Any text as an env file, in both dialects.

use nrcompose::dotenv::{Values, parse, parse_raw};

/// Panics where something is wrong.
pub(crate) fn judge(text: &str) {
    let lookup = |name: &str| (name == "A").then(|| "a".to_owned());
    _ = parse(text, &mut Values::new(), &lookup);
    _ = parse_raw(text, &mut Values::new(), &lookup);
}
