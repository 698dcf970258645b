//! The `nrcompose` command.

use nrcompose::cli;
use nrcompose::engine::{cleanup_guard, keeping};
use nrcompose::image_files;
use nrcompose::owners::{self, write_test};
use nrcompose::verify::answer;
use nrcompose::verify::observe::helper;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|w| w.to_string_lossy().into_owned())
        .collect();
    if words.first().map(String::as_str) == Some(helper::VERB) {
        return observe(words.get(1).map_or("", String::as_str));
    }
    if words.first().map(String::as_str) == Some(answer::VERB) {
        return ask(words.get(1).map_or("", String::as_str));
    }
    if words == [owners::VERB] {
        return own();
    }
    if words == [image_files::VERB] {
        return tell_files();
    }
    if words == [write_test::VERB] {
        let is_written = write_test::write_test(Path::new(write_test::PLACE)).is_ok();
        return ExitCode::from(u8::from(!is_written));
    }
    if let Some((cleanup_guard::VERB, rest)) = words.split_first().map(|(verb, rest)| (verb.as_str(), rest)) {
        return match keeping::keep(rest) {
            Some(true) => ExitCode::SUCCESS,
            Some(false) => ExitCode::FAILURE,
            None => {
                let why = "it removes what nrcompose itself made, and only nrcompose can start it";
                _ = writeln!(std::io::stderr(), "error: running {}: {why}", cleanup_guard::VERB);
                ExitCode::from(2)
            }
        };
    }
    ExitCode::from(cli::run(words))
}

/// This program as its own helper beside an image without tools.
fn observe(window: &str) -> ExitCode {
    match cli::verify::observe(window, &mut std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// This program as its own helper that asks the ports of others on their network.
fn ask(doors: &str) -> ExitCode {
    match cli::verify::ask(doors, &mut std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// This program as its own helper that works on the owners of trees.
fn own() -> ExitCode {
    match owners::serve::serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            _ = writeln!(std::io::stderr(), "error: working on owners: {error}");
            ExitCode::from(2)
        }
    }
}

/// This program as its own helper that tells the files of an image.
fn tell_files() -> ExitCode {
    match image_files::serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            _ = writeln!(std::io::stderr(), "error: telling the files of an image: {error}");
            ExitCode::from(2)
        }
    }
}
