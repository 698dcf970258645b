//! Reads files that a person names, within limits: whatever the name leads to (a device without an end, a pipe that
//! nobody writes to, a folder, a gigabyte), the answer comes soon.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

/// The most that is read of one file, in bytes. The largest Compose file of the corpus has 200 KiB.
pub(crate) const MAX: u64 = 16 * 1024 * 1024;

/// How long a named pipe or a device may say nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long the program behind a shell's `<(…)` may think: one that decrypts secrets asks a server first.
const PATIENCE_WITH_PROGRAMS: Duration = Duration::from_secs(30);
/// What `statfs` says of a pipe without a name (`PIPEFS_MAGIC` in the kernel's `magic.h`).
const PIPEFS: u64 = 0x5049_5045;

/// Why a file cannot be read.
#[derive(Debug)]
pub enum Unreadable {
    /// What the system says.
    System(io::Error),
    /// It is a directory.
    Directory,
    /// It has more than [`MAX`] bytes.
    Large,
    /// It is a pipe or a device, and nothing comes out of it.
    Silent,
    /// It is not text in UTF-8.
    NoText,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::System(error) => match error.kind() {
                io::ErrorKind::NotFound => f.write_str("it does not exist"),
                io::ErrorKind::PermissionDenied => f.write_str("permission denied"),
                _ => write!(f, "{error}"),
            },
            Unreadable::Directory => f.write_str("it is a directory"),
            Unreadable::Large => f.write_str("it is larger than 16 MiB"),
            Unreadable::Silent => f.write_str("it is a pipe or a device, and nothing comes out of it"),
            Unreadable::NoText => f.write_str("it is not text in UTF-8"),
        }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Unreadable::System(error)
    }
}

impl Unreadable {
    /// Whether there is no such file.
    pub fn is_missing(&self) -> bool {
        matches!(self, Unreadable::System(error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// The message about it; `what` was to be read.
    pub fn told(&self, topic: Topic, what: impl fmt::Display) -> Diagnostic {
        Diagnostic::new(topic, format!("reading {what}: {self}")).help(self.help())
    }

    /// What the person can do.
    fn help(&self) -> &'static str {
        match self {
            Unreadable::System(error) if error.kind() == io::ErrorKind::NotFound => {
                "check the path; it is taken from the directory the command runs in"
            }
            Unreadable::System(_) => "check that the file can be read by this user",
            Unreadable::Directory => "name a file in it",
            Unreadable::Large => "a file of this size is most likely something else",
            Unreadable::Silent => "name a regular file, or start what writes to it first",
            Unreadable::NoText => "save it as UTF-8",
        }
    }
}

/// All bytes of a file.
///
/// # Errors
/// See [`Unreadable`].
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Unreadable> {
    // Without NONBLOCK, to open a pipe would wait for somebody to write.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let opened = rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from)?;
    let stat = rustix::fs::fstat(&opened).map_err(io::Error::from)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Err(Unreadable::Directory),
        FileType::RegularFile => regular(opened, u64::try_from(stat.st_size).unwrap_or(0)),
        _ => stream(opened),
    }
}

/// All of a file that is text.
///
/// # Errors
/// See [`Unreadable`].
pub(crate) fn text(path: &Path) -> Result<String, Unreadable> {
    String::from_utf8(bytes(path)?).map_err(|_| Unreadable::NoText)
}

fn regular(opened: OwnedFd, size: u64) -> Result<Vec<u8>, Unreadable> {
    if size > MAX {
        return Err(Unreadable::Large);
    }
    // One byte more, or the end would only be seen after room for as much again.
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    File::from(opened).take(MAX + 1).read_to_end(&mut bytes)?;
    // Files of /proc have no size before they are read.
    within_limit(bytes)
}

/// A pipe or a device: read as long as something comes, and given up when it says nothing for too long.
fn stream(opened: OwnedFd) -> Result<Vec<u8>, Unreadable> {
    let is_nameless = rustix::fs::fstatfs(&opened).is_ok_and(|s| u64::try_from(s.f_type) == Ok(PIPEFS));
    let patience = if is_nameless {
        PATIENCE_WITH_PROGRAMS
    } else {
        PATIENCE
    };
    let mut file = File::from(opened);
    let is_pipe =
        rustix::fs::fstat(&file).is_ok_and(|s| FileType::from_raw_mode(s.st_mode) == FileType::Fifo);
    let mut bytes = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    let mut deadline = Instant::now() + patience;
    loop {
        match file.read(&mut piece) {
            // A named pipe that nobody has opened to write is at its end, too, until somebody does.
            Ok(0) if is_pipe && !is_nameless && bytes.is_empty() => {}
            Ok(0) => return within_limit(bytes),
            Ok(count) => {
                bytes.extend_from_slice(&piece[..count]);
                bytes = within_limit(bytes)?;
                deadline = Instant::now() + patience;
                continue;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Unreadable::Silent);
        }
        wait(&file, left)?;
    }
}

/// Waits until there is something to read, a writer has gone, or a tenth of a second has passed: a pipe without a
/// writer cannot be waited for otherwise.
fn wait(file: &File, most: Duration) -> io::Result<()> {
    let most = Timespec::try_from(most.min(Duration::from_millis(100))).ok();
    match poll(&mut [PollFd::new(file, PollFlags::IN)], most.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn within_limit(bytes: Vec<u8>) -> Result<Vec<u8>, Unreadable> {
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= MAX => Ok(bytes),
        _ => Err(Unreadable::Large),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::thread;

    fn pipe(directory: &Path) -> std::path::PathBuf {
        let path = directory.join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            FileType::Fifo,
            Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        path
    }

    fn soon<T>(what: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let said = what();
        assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
        said
    }

    #[test]
    fn a_regular_file_comes_whole_and_a_large_one_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "text").unwrap();
        assert_eq!(bytes(&path).unwrap(), b"text");
        let file = File::create(&path).unwrap();
        file.set_len(MAX).unwrap();
        assert_eq!(bytes(&path).unwrap().len() as u64, MAX);
        file.set_len(MAX + 1).unwrap();
        assert!(matches!(soon(|| bytes(&path)), Err(Unreadable::Large)));
        std::fs::write(&path, [0xff]).unwrap();
        assert!(matches!(text(&path), Err(Unreadable::NoText)));
    }

    #[test]
    fn devices_end_where_the_limit_is() {
        assert!(matches!(
            soon(|| bytes(Path::new("/dev/zero"))),
            Err(Unreadable::Large)
        ));
        assert_eq!(bytes(Path::new("/dev/null")).unwrap(), b"");
        assert!(matches!(bytes(Path::new("/dev")), Err(Unreadable::Directory)));
        assert!(!bytes(Path::new("/proc/self/status")).unwrap().is_empty());
    }

    #[test]
    fn a_pipe_that_nobody_writes_to_is_given_up() {
        let directory = tempfile::tempdir().unwrap();
        let path = pipe(directory.path());
        assert!(matches!(soon(|| bytes(&path)), Err(Unreadable::Silent)));
        // Nor one whose writer says nothing.
        let writer = File::options().read(true).write(true).open(&path).unwrap();
        assert!(matches!(soon(|| bytes(&path)), Err(Unreadable::Silent)));
        drop(writer);
    }

    #[test]
    fn a_pipe_comes_whole_however_slowly_it_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = pipe(directory.path());
        let writes = path.clone();
        let writer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            let mut file = File::options().write(true).open(writes).unwrap();
            for _ in 0..3 {
                file.write_all(&[b'x'; 50_000]).unwrap();
                thread::sleep(Duration::from_millis(50));
            }
        });
        assert_eq!(bytes(&path).unwrap().len(), 150_000);
        writer.join().unwrap();
    }

    #[test]
    fn a_pipe_without_a_name_may_be_empty() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(writer);
        use std::os::fd::AsRawFd;
        let path = format!("/dev/fd/{}", reader.as_raw_fd());
        assert_eq!(bytes(Path::new(&path)).unwrap(), b"");
    }
}
