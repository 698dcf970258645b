//! The redis of a stack, whose service is called `cache`.

use crate::run::{docker, eventually};
use crate::stack::Stack;

/// What redis says.
#[track_caller]
pub(crate) fn says(stack: &Stack, words: &[&str], answer: &str) {
    eventually(30, || {
        let container = stack.container("cache");
        let out = docker(&[&["exec", &container, "redis-cli"], words].concat());
        if out.stdout.trim() == answer {
            Ok(())
        } else {
            Err(format!("{}{}", out.all, docker(&["logs", &container]).all))
        }
    });
}

/// It answers, and keeps what it is told.
#[track_caller]
pub(crate) fn store(stack: &Stack) {
    says(stack, &["set", "kept", "here"], "OK");
    says(stack, &["save"], "OK");
}
