//! One file of any bytes: a model or an error, with variables and without, and what is shown can be read again.
#![no_main]

#[path = "../judges/load.rs"]
mod judge;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| judge::judge(bytes));
