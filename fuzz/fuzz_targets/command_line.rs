//! Any words as a command line: nothing gets lost on the way to Compose.
#![no_main]

#[path = "../judges/command_line.rs"]
mod judge;

libfuzzer_sys::fuzz_target!(|text: &str| judge::judge(text));
