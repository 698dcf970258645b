//! Any text as an env file, in both dialects.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nrcompose::dotenv::{Values, parse, parse_raw};

fuzz_target!(|text: &str| {
    let lookup = |name: &str| (name == "A").then(|| "a".to_owned());
    _ = parse(text, &mut Values::new(), &lookup);
    _ = parse_raw(text, &mut Values::new(), &lookup);
});
