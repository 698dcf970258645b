//! The command line as a person meets it, without any engine: what is typed, what is said, what is left behind.
//!
//! - [`scene`]: a folder, a home and a PATH of its own for each test
//! - [`engine`]: what is made of each kind of engine, and of none that can be understood
//! - [`audience`]: who is told what, at which command
//! - [`taking_part`]: and of which services
//! - [`asked`]: what the configuration asks to be given, and cannot be
//! - [`bad_input`]: one clear error, its exit code, and nothing written
//! - [`compose_line`]: our list of Compose's commands and flags, against the Compose that is installed
//! - [`definition`]: help, completions and manual page have what is read
//! - [`fallback`]: what is known to fail, and whoever wants no fallback
//! - [`flags`]: those that stand where nobody reads them
//! - [`give`]: what `ownership give` refuses
//! - [`handing_on`]: what `docker compose` is called with, seen by a `docker` that only takes notes
//! - [`output`]: formats, and what happens when nobody reads on
//! - [`outputs`]: what `-o` may name
//! - [`own_output`]: what it wrote, found among the files of a project
//! - [`provenance`]: where profiles come from, counted and read again
//! - [`readme`]: what the README and the help say is true
//! - [`secrets`]: values that must not be seen anywhere
//! - [`state`]: where things are kept, and whose they are
//! - [`sudo`]: root for somebody else, with links in the way
//! - [`visible`]: nothing of others is obeyed by a terminal
// clippy sees helpers outside of #[test] as no test code.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod asked;
mod audience;
mod bad_input;
mod compose_line;
mod definition;
#[path = "../support/docker.rs"]
mod docker;
mod engine;
mod fallback;
mod flags;
mod give;
mod handing_on;
mod limits;
mod output;
mod outputs;
mod own_output;
mod provenance;
mod readme;
mod scene;
mod secrets;
mod state;
mod sudo;
mod taking_part;
mod visible;
