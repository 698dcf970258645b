//! Any text as an env file, in both dialects.
#![no_main]

#[path = "../judges/dotenv.rs"]
mod judge;

libfuzzer_sys::fuzz_target!(|text: &str| judge::judge(text));
