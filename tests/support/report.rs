//! Figures worth seeing when nothing failed: `tests/run` prints them, whoever runs a test alone sees them too.

use std::io::Write;

/// One line of the report.
pub(crate) fn line(text: &str) {
    println!("{text}");
    if let Some(path) = std::env::var_os("NRCOMPOSE_TEST_REPORT") {
        let mut file = std::fs::File::options()
            .append(true)
            .create(true)
            .open(path)
            .unwrap();
        writeln!(file, "{text}").unwrap();
    }
}
