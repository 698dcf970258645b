//! The process that a [`super::cleanup_guard`] starts: waits until nobody is left who makes things, and removes them.

use super::cleanup_guard::{LESS, MORE, ORDERLY, READY};
use super::docker::Docker;
use super::holders::end_holders;
use super::leftovers;
use super::run::Run;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::{Errno, read};
use rustix::process::{Signal, getppid, setsid};
use std::fs;
use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

/// How often it looks whether its parent is gone, and what is left.
const PAUSE: Duration = Duration::from_millis(300);
/// How long a program that outlived its parent has before it is killed.
const GRACE: Duration = Duration::from_secs(1);
/// How long an engine may take to finish what a client asked for that is gone.
const LATE: Duration = Duration::from_secs(3);
/// When removing is given up: an engine lets go of a network some time after its last container.
const LIMIT: Duration = Duration::from_secs(60);

/// What that process does: waits, removes, and tells by its exit code whether all is gone. Unless this program itself
/// started it for what it makes, nothing happens.
/// `None` is for whoever else gave the word.
pub fn keep(words: &[String]) -> Option<bool> {
    let [word] = words else { return None };
    let run = word.parse::<Run>().ok().filter(is_ours)?;
    if setsid().is_err() {
        return Some(false);
    }
    let mut out = std::io::stdout();
    if out.write_all(READY).and_then(|()| out.flush()).is_err() {
        return Some(false);
    }
    let Some(orderly) = wait(std::io::stdin().as_fd(), &run) else {
        return Some(true);
    };
    let gone = remove(&run, orderly);
    let removed = match fs::remove_dir_all(run.folder()) {
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        Ok(()) => true,
    };
    Some(gone && removed)
}

/// Whether the process that started this one is the run's own, and this very program: nobody else can give the word.
fn is_ours(run: &Run) -> bool {
    let parent = getppid().map_or(0, |pid| pid.as_raw_nonzero().get());
    let program = |process: &str| {
        let file = fs::metadata(format!("/proc/{process}/exe")).ok()?;
        Some((file.dev(), file.ino()))
    };
    let is_pipe = fstat(std::io::stdin()).is_ok_and(|s| FileType::from_raw_mode(s.st_mode) == FileType::Fifo);
    let is_parent = u32::try_from(parent) == Ok(run.pid()) && run.is_mine() && run.is_here();
    let own = program("self");
    is_pipe && is_parent && own.is_some() && own == program(&parent.to_string())
}

/// Waits until the pipe is closed. None when nothing is left to be removed, else whether everything that made things
/// was waited for.
fn wait(end: BorrowedFd, run: &Run) -> Option<bool> {
    let (mut open, mut orderly) = (0_u32, false);
    let mut alone = None;
    let mut buffer = [0; 1024];
    let pause = Timespec {
        tv_sec: 0,
        tv_nsec: PAUSE.subsec_nanos().into(),
    };
    loop {
        match poll(&mut [PollFd::new(&end, PollFlags::IN)], Some(&pause)) {
            Ok(0) | Err(Errno::INTR) => {}
            Err(_) => break,
            Ok(_) => match read(end, &mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    for word in &buffer[..count] {
                        match *word {
                            MORE => open += 1,
                            LESS => open = open.saturating_sub(1),
                            ORDERLY => orderly = true,
                            _ => {}
                        }
                    }
                }
                Err(Errno::INTR) => {}
                Err(_) => break,
            },
        }
        let parent = getppid().map_or(0, |pid| pid.as_raw_nonzero().get());
        if u32::try_from(parent) != Ok(run.pid()) {
            let since: &mut Instant = alone.get_or_insert_with(Instant::now);
            end_holders(
                end,
                if since.elapsed() > GRACE {
                    Signal::KILL
                } else {
                    Signal::TERM
                },
            );
        }
    }
    (open > 0).then_some(orderly)
}

/// Removes until nothing is left; whether that came about.
fn remove(run: &Run, orderly: bool) -> bool {
    let end = Instant::now() + LIMIT;
    let mut quiet: Option<Instant> = None;
    let mut is_first = true;
    loop {
        match Docker::find().and_then(|docker| leftovers::take(&docker, run)) {
            Ok(0) => {
                let since = quiet.get_or_insert_with(Instant::now);
                if orderly || since.elapsed() > LATE {
                    return true;
                }
            }
            Ok(_) | Err(_) => quiet = None,
        }
        if Instant::now() > end {
            return false;
        }
        if !(is_first && orderly) {
            std::thread::sleep(PAUSE);
        }
        is_first = false;
    }
}
