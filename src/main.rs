//! The `nrcompose` command.

use clap::Parser;
use nrcompose::cli::verify;
use nrcompose::verify::observe::helper;
use std::process::ExitCode;

#[derive(Parser)]
struct Cli {
    #[arg(short)]
    project: String,
    #[command(flatten)]
    args: verify::Args,
}

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    let args: Vec<String> = std::env::args().collect();
    let result = if args.get(1).map(String::as_str) == Some(helper::VERB) {
        verify::observe(args.get(2).map_or("", String::as_str), &mut out).map(|()| 0)
    } else {
        let cli = Cli::parse_from(&args[1..]);
        nrcompose::engine::docker::Docker::find()
            .map_err(anyhow::Error::from)
            .and_then(|e| {
                verify::verify(
                    &e,
                    &cli.project,
                    &Default::default(),
                    &Default::default(),
                    &cli.args,
                    &mut out,
                )
            })
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}
