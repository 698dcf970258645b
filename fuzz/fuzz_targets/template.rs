//! Any text as a template.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nrcompose::template::{Variables, has_variables, substitute};

struct Fixed;

impl Variables for Fixed {
    fn get(&self, name: &str) -> Option<&str> {
        match name {
            "A" => Some("a"),
            "E" => Some(""),
            _ => None,
        }
    }
}

fuzz_target!(|text: &str| {
    let filled = substitute(text, &mut Fixed);
    if !has_variables(text) {
        assert_eq!(filled.ok().as_deref(), Some(text.replace("$$", "$").as_str()));
    }
});
