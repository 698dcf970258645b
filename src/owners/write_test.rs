//! Whether whoever this program runs as can write in a directory: tried, since on a file system of another machine the
//! owners that are shown decide nothing.

use rustix::fs::{Mode, OFlags, open};
use std::fs::remove_file;
use std::io;
use std::path::Path;

/// The hidden verb by which the program knows that it is to try.
pub const VERB: &str = "__write-test";
/// Where the directory is in its container.
pub const PLACE: &str = "/tree";

/// Makes a file and takes it away again.
///
/// # Errors
/// It cannot be made.
pub fn write_test(directory: &Path) -> io::Result<()> {
    let name = format!(".nrcompose-write-test-{}", nanoseconds());
    let path = directory.join(name);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    open(&path, flags, Mode::RUSR | Mode::WUSR)?;
    remove_file(&path)
}

/// In a container the process has always the same number.
fn nanoseconds() -> u128 {
    let since = std::time::UNIX_EPOCH.elapsed();
    since.map_or(0, |elapsed| elapsed.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_a_try() {
        let directory = tempfile::tempdir().unwrap();
        write_test(directory.path()).unwrap();
        assert_eq!(directory.path().read_dir().unwrap().count(), 0);
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(write_test(&file).is_err());
        assert!(write_test(Path::new("/proc")).is_err());
    }
}
