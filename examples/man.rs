//! The manual page on standard output, for who packages nrcompose: `cargo run --example man > nrcompose.1`

fn main() -> std::io::Result<()> {
    clap_mangen::Man::new(nrcompose::cli::definition()).render(&mut std::io::stdout())
}
