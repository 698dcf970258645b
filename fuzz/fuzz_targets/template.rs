//! Any text as a template.
#![no_main]

#[path = "../judges/template.rs"]
mod judge;

libfuzzer_sys::fuzz_target!(|text: &str| judge::judge(text));
