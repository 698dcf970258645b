//! Removes what a run made on the engine once nobody needs it any more, however that came about.
//!
//! A process of its own waits at the reading end of a pipe. The writing end is held by this process and by every
//! program that it starts to make things, so it closes when the last of them is gone: when all is done, after Ctrl-C,
//! after a kill. No signal has to be caught for that. Programs that outlive this process are ended first, and what the
//! engine still makes for them meanwhile is waited for.
//!
//! It removes what bears the label of the [`Run`] that it was started for, and the run's own folder; nothing else.

use super::run::Run;
use crate::diagnostic::Diagnostic;
use anyhow::{Context, Result, bail};
use rustix::io::{FdFlags, fcntl_setfd};
use std::io::{PipeWriter, Read, Write, pipe};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

/// The word that makes this program the process that waits.
pub const VERB: &str = "__keep";

/// What it says when it waits.
pub(super) const READY: &[u8] = b"keeping\n";
/// What is sent to it: one more thing is about to be made; one of them is gone again; everything was waited for.
pub(super) const MORE: u8 = b'+';
pub(super) const LESS: u8 = b'-';
pub(super) const ORDERLY: u8 = b'.';

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
        #[allow(clippy::disallowed_methods, reason = "it is not docker that is started")]
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
            let left = Diagnostic::error("removing what was made: something is left");
            bail!(left.help("`nrcompose doctor --clean` removes it"));
        }
        Ok(())
    }
}
