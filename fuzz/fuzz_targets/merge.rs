//! Two files, cut at the first zero byte: the second over the first.
#![no_main]

#[path = "../judges/merge.rs"]
mod judge;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| judge::judge(bytes));
