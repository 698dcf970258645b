//! Removes what a run made on the engine once nobody needs it any more, however that came about.
//!
//! A process of its own waits at the reading end of a pipe. The writing end is held by this process and by every
//! program that it starts to make things, so it closes when the last of them is gone: when all is done, after Ctrl-C,
//! after a kill. No signal has to be caught for that. Programs that outlive this process are ended first, and what the
//! engine still makes for them meanwhile is waited for.
//!
//! It removes what bears the label of the [`Run`] that it was started for, and the run's own folder; nothing else.

use super::docker::Docker;
use super::leftovers;
use super::run::Run;
use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::{Errno, FdFlags, fcntl_setfd, read};
use rustix::process::{Pid, Signal, getppid, kill_process, setsid};
use std::fs;
use std::io::{PipeWriter, Read, Write, pipe};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The word that makes this program the process that waits.
pub const VERB: &str = "__keep";

/// What it says when it waits.
const READY: &[u8] = b"keeping\n";
/// What it is told: one more thing is about to be made; one of them is gone again; everything was waited for.
const MORE: u8 = b'+';
const LESS: u8 = b'-';
const ORDERLY: u8 = b'.';

/// How often it looks whether its parent is gone, and what is left.
const PAUSE: Duration = Duration::from_millis(300);
/// How long a program that outlived its parent has before it is killed.
const GRACE: Duration = Duration::from_secs(1);
/// How long an engine may take to finish what a client asked for that is gone.
const LATE: Duration = Duration::from_secs(3);
/// When removing is given up: an engine lets go of a network some time after its last container.
const LIMIT: Duration = Duration::from_secs(60);

/// What a run makes is as good as gone.
#[derive(Debug)]
pub struct Keeper {
    run: Run,
    child: Child,
    held: Option<PipeWriter>,
    /// How many things are there that somebody has to remove.
    open: Mutex<u32>,
}

impl Keeper {
    /// From now on whatever bears the label of the run is as good as gone.
    ///
    /// # Errors
    /// This program cannot be started once more.
    pub fn start() -> Result<Keeper> {
        let doing = || "starting what removes everything in the end";
        let run = Run::new().with_context(doing)?;
        let (end, held) = pipe().with_context(doing)?;
        let (mut answer, said) = pipe().with_context(doing)?;
        // This very program, also when its file was replaced meanwhile.
        let mut command = Command::new("/proc/self/exe");
        command.arg(VERB).arg(run.to_string());
        let child = command
            .stdin(Stdio::from(end))
            .stdout(Stdio::from(said))
            .stderr(Stdio::null())
            .spawn()
            .with_context(doing)?;
        drop(command);
        let keeper = Keeper {
            run,
            child,
            held: Some(held),
            open: Mutex::default(),
        };
        // Only then nothing that is sent to this process reaches it any more.
        let mut ready = vec![0; READY.len()];
        answer.read_exact(&mut ready).with_context(doing)?;
        if ready != READY {
            bail!("{}: it does not answer", doing());
        }
        Ok(keeper)
    }

    /// Whose label what is made must bear.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The same for what `docker compose` makes of a file that bears the label, and for the run's folder: it is removed
    /// as a whole.
    ///
    /// # Errors
    /// It has ended.
    pub fn of_project(self) -> Result<Keeper> {
        self.making().map(drop)?;
        Ok(self)
    }

    /// Something is about to be made. While what this gives lives, every program that is started holds the pipe.
    ///
    /// # Errors
    /// No more file descriptors.
    pub fn making(&self) -> Result<OwnedFd> {
        self.count(MORE);
        self.lend()
    }

    /// While what this gives lives, every program that is started holds the pipe.
    ///
    /// # Errors
    /// No more file descriptors.
    pub fn lend(&self) -> Result<OwnedFd> {
        let doing = || "handing a pipe on";
        let held = self.held.as_ref().with_context(doing)?;
        let lent = OwnedFd::from(held.try_clone().with_context(doing)?);
        fcntl_setfd(&lent, FdFlags::empty()).with_context(doing)?;
        Ok(lent)
    }

    /// One of the things is gone.
    pub fn unmade(&self) {
        self.count(LESS);
    }

    fn count(&self, word: u8) {
        if let (Ok(mut open), Some(mut held)) = (self.open.lock(), self.held.as_ref()) {
            *open = match word {
                MORE => *open + 1,
                _ => open.saturating_sub(1),
            };
            // It waits at the other end; were it gone, the label would let `doctor` find what is left.
            let _ = held.write_all(&[word]);
        }
    }

    /// Lets go, after every program was waited for; the removing goes on by itself.
    pub fn let_go(mut self) -> Leaving {
        if let Some(mut held) = self.held.take() {
            let _ = held.write_all(&[ORDERLY]);
        }
        Leaving(self)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.held.take());
        if self.open.lock().is_ok_and(|open| *open == 0) {
            // It has nothing to do, and must not stay behind as a zombie of what this process may become.
            let _ = self.child.wait();
        }
    }
}

/// What a run made is being removed.
#[derive(Debug)]
pub struct Leaving(Keeper);

impl Leaving {
    /// Waits until everything is gone.
    ///
    /// # Errors
    /// Something could not be removed.
    pub fn gone(mut self) -> Result<()> {
        let status = self.0.child.wait().context("removing what was made")?;
        if !status.success() {
            bail!("removing what was made: something is left\nhelp: `nrcompose doctor --clean` removes it");
        }
        Ok(())
    }
}

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

/// Ends the programs that hold the pipe after the one that started them is gone: `docker compose run` would wait for
/// its container.
fn end_holders(end: BorrowedFd, signal: Signal) {
    let Ok(pipe) = fstat(end).map(|s| format!("pipe:[{}]", s.st_ino)) else {
        return;
    };
    let own = std::process::id();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = process.file_name();
        let Some(pid) = name.to_str().and_then(|n| n.parse::<i32>().ok()) else {
            continue;
        };
        let open = fs::read_dir(process.path().join("fd")).into_iter().flatten();
        let holds = |fd: fs::DirEntry| fs::read_link(fd.path()).is_ok_and(|l| l.as_os_str() == pipe.as_str());
        if u32::try_from(pid) != Ok(own)
            && open.flatten().any(holds)
            && let Some(pid) = Pid::from_raw(pid)
        {
            // It may have ended by itself.
            let _ = kill_process(pid, signal);
        }
    }
}

/// Removes until nothing is left; whether that came about.
fn remove(run: &Run, orderly: bool) -> bool {
    let end = Instant::now() + LIMIT;
    let mut quiet: Option<Instant> = None;
    let mut is_first = true;
    loop {
        match Docker::find().and_then(|docker| leftovers::take(&docker, &run.label())) {
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
