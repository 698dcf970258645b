//! One bounded run of a client program.
//!
//! Standard output is read by a thread and handed over in pieces, so that a program that hangs, or that left
//! a child behind which keeps the pipe open, is given up at the deadline whatever it does.

use super::error::{Error, ErrorKind};
use super::{EngineResult, Output};
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// A client program that is running: reading gives its standard output, dropping it ends it.
pub(super) struct Call {
    child: Child,
    stdout: Receiver<io::Result<Vec<u8>>>,
    stderr: Receiver<io::Result<Vec<u8>>>,
    limit: Duration,
    deadline: Instant,
    /// Whether the limit is on its silence.
    speaks: bool,
    rest: Vec<u8>,
    /// How much of `rest` has been handed out.
    at: usize,
}

/// One bounded call of `docker compose`, or of what else was made ready.
///
/// # Errors
/// It cannot be started, or does not end in time: then it is ended.
pub fn run_within(command: Command, doing: &str, limit: Duration) -> EngineResult<Output> {
    let call = Call::start(command, None, limit);
    call.map_err(|e| Error::new(ErrorKind::NoClient, doing, e.to_string()))?
        .finish(doing)
}

impl Call {
    /// Starts a program. `input` is written to its standard input, which is empty otherwise.
    pub(super) fn start(
        mut command: Command,
        input: Option<Box<dyn Read + Send>>,
        limit: Duration,
    ) -> io::Result<Call> {
        let mut child = command
            .stdin(if input.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let (Some(mut input), Some(mut stdin)) = (input, child.stdin.take()) {
            // A program that closes its input early says why on standard error.
            thread::spawn(move || io::copy(&mut input, &mut stdin));
        }
        let stdout = pump(child.stdout.take(), 4);
        // Nobody reads standard error until standard output has ended, so it must never fill up.
        let stderr = pump(child.stderr.take(), 4096);
        Ok(Call {
            child,
            stdout,
            stderr,
            limit,
            deadline: Instant::now() + limit,
            speaks: false,
            rest: Vec::new(),
            at: 0,
        })
    }

    /// The same with the limit on its silence, and none on all of it.
    pub(super) fn while_it_speaks(mut self) -> Call {
        self.speaks = true;
        self
    }

    /// Reads everything and waits for the end.
    pub(super) fn finish(mut self, doing: &str) -> EngineResult<Output> {
        let detail = self.too_long();
        let timeout = |_| Error::new(ErrorKind::Timeout, doing, detail.clone());
        let mut stdout = Vec::new();
        self.read_to_end(&mut stdout).map_err(timeout)?;
        let code = self.wait().map_err(timeout)?;
        Ok(Output {
            code,
            stdout,
            stderr: self.stderr_text(),
        })
    }

    /// What standard error holds by now; never waits past the deadline.
    pub(super) fn stderr_text(&mut self) -> String {
        let mut text = Vec::new();
        while let Ok(Ok(piece)) = self.stderr.recv_timeout(left(self.deadline)) {
            text.extend(piece);
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Waits for the end; the standard output has been read, so this is short.
    pub(super) fn wait(&mut self) -> io::Result<i32> {
        use std::os::unix::process::ExitStatusExt;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status
                    .code()
                    .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)));
            }
            if left(self.deadline).is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            thread::sleep(Duration::from_micros(500));
        }
    }
}

impl Call {
    /// Waits for the first bytes, so that a program that says nothing but an error is known to have failed.
    /// What comes later is read from the stream this gives; a late failure is an error of the last read.
    pub(super) fn stream(mut self, doing: &str) -> EngineResult<impl Read + Send + use<>> {
        let detail = self.too_long();
        let timeout = |_| Error::new(ErrorKind::Timeout, doing, detail.clone());
        self.fill().map_err(timeout)?;
        if self.rest.is_empty() {
            let code = self.wait().map_err(timeout)?;
            if code != 0 {
                return Err(Error::from_stderr(doing, code, &self.stderr_text()));
            }
        }
        Ok(Stream(self))
    }

    fn too_long(&self) -> String {
        format!("no answer within {} s", self.limit.as_secs_f32())
    }

    fn fill(&mut self) -> io::Result<()> {
        self.at = 0;
        self.rest = match self.stdout.recv_timeout(left(self.deadline)) {
            Ok(piece) => piece?,
            Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::TimedOut.into()),
            Err(RecvTimeoutError::Disconnected) => Vec::new(),
        };
        if self.speaks {
            self.deadline = Instant::now() + self.limit;
        }
        Ok(())
    }
}

/// A call whose failure is an error of reading.
struct Stream(Call);

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        if count == 0 && !buffer.is_empty() && self.0.wait()? != 0 {
            return Err(io::Error::other(self.0.stderr_text().trim().to_owned()));
        }
        Ok(count)
    }
}

impl Read for Call {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.rest.len() {
            self.fill()?;
        }
        let piece = &self.rest[self.at..];
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        self.at += count;
        Ok(count)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

fn pump(source: Option<impl Read + Send + 'static>, pieces: usize) -> Receiver<io::Result<Vec<u8>>> {
    let (send, receive) = sync_channel(pieces);
    if let Some(source) = source {
        thread::spawn(move || copy(source, &send));
    }
    receive
}

fn copy(mut source: impl Read, to: &SyncSender<io::Result<Vec<u8>>>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let piece = match source.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let failed = piece.is_err();
        if to.send(piece).is_err() || failed {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, input: Option<&str>, limit: Duration) -> EngineResult<Output> {
        let input = input.map(|i| Box::new(io::Cursor::new(i.to_owned())) as Box<dyn Read + Send>);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        Call::start(command, input, limit).unwrap().finish("asking")
    }

    #[test]
    fn output_error_and_code_come_back() {
        let output = sh("cat; echo oh >&2; exit 3", Some("in"), Duration::from_secs(10)).unwrap();
        assert_eq!(
            (output.code, output.stdout.as_slice(), output.stderr.as_str()),
            (3, &b"in"[..], "oh\n")
        );
    }

    #[test]
    fn much_on_standard_error_does_not_stop_it() {
        let script = "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo done";
        let output = sh(script, None, Duration::from_secs(30)).unwrap();
        assert_eq!(
            (output.stdout.as_slice(), output.stderr.len()),
            (&b"done\n"[..], 3_000_000)
        );
    }

    #[test]
    fn a_program_that_hangs_is_given_up() {
        let before = Instant::now();
        let error = sh("echo x; sleep 60", None, Duration::from_millis(100)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Timeout);
        assert!(before.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_grandchild_that_keeps_the_pipe_open_does_not_hold_us() {
        let before = Instant::now();
        let error = sh("sleep 60 & exit 0", None, Duration::from_millis(200)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Timeout);
        assert!(before.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_reader_that_has_enough_ends_the_program() {
        let mut call = Call::start(Command::new("yes"), None, Duration::from_secs(60)).unwrap();
        let mut four = [0; 4];
        call.read_exact(&mut four).unwrap();
        assert_eq!(&four, b"y\ny\n");
    }
}
