//! What carrying all profiles costs at the start: looking up and resolving those of six services, which is all
//! that is ever parsed. Fails above one millisecond.

use nrcompose::facts::{Catalog, ImageRef};
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

const STACK: [&str; 6] = [
    "postgres:17-alpine",
    "redis:7",
    "nginx",
    "mariadb:11",
    "php:8-apache",
    "lscr.io/linuxserver/sonarr",
];

fn main() -> std::io::Result<()> {
    let mut best = Duration::MAX;
    for _ in 0..200 {
        let start = Instant::now();
        let catalog = Catalog::default();
        for image in STACK {
            black_box(catalog.for_image(ImageRef::parse(image).as_ref(), None));
        }
        best = best.min(start.elapsed());
    }
    let count = nrcompose::facts::builtin::names().count();
    writeln!(
        std::io::stdout(),
        "{count} profiles carried, those of {} services resolved: {best:?}",
        STACK.len()
    )?;
    if best > Duration::from_millis(1) {
        return Err(std::io::Error::other("more than a millisecond"));
    }
    Ok(())
}
