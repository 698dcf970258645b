//! Compose as a child of this process, which is then as if it had become it: signals, job control and exit codes.

use crate::act::compose::{self, Invocation, Pass};
use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How often it is looked whether the child has ended, or somebody wants it to.
const PAUSE: Duration = Duration::from_millis(10);

/// What the person sends to this process from here on: it no longer ends it, since something has to be said or put back first.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    /// Ctrl-C, which reaches the child as well.
    pub interrupted: Arc<AtomicBool>,
    /// Sent to this process alone.
    terminated: Arc<AtomicBool>,
}

impl Stop {
    /// From now on.
    ///
    /// # Errors
    /// The system does not let signals be caught.
    pub(super) fn caught() -> Result<Stop> {
        let caught = |signal| {
            let is_set = Arc::new(AtomicBool::new(false));
            flag::register(signal, Arc::clone(&is_set)).context("preparing for Ctrl-C")?;
            anyhow::Ok(is_set)
        };
        Ok(Stop {
            interrupted: caught(SIGINT)?,
            terminated: caught(SIGTERM)?,
        })
    }

    /// Whether the person wants no more.
    pub(super) fn is_wanted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed) || self.terminated.load(Ordering::Relaxed)
    }

    /// Ends this process by the signal that it got, as it would have ended without us.
    pub(super) fn end(&self) {
        let signal = match self.interrupted.load(Ordering::Relaxed) {
            true => SIGINT,
            false => SIGTERM,
        };
        _ = signal_hook::low_level::emulate_default_handler(signal);
    }

    /// Runs Compose to its end, and gives its code.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) fn run(&self, invocation: &Invocation, pass: &Pass, stdin: Option<&[u8]>) -> Result<u8> {
        let mut child = compose::command(invocation, pass, stdin)?
            .spawn()
            .context("starting docker compose")?;
        let status = self.wait(&mut child).context("waiting for docker compose")?;
        if let Some(signal) = status.signal() {
            _ = signal_hook::low_level::emulate_default_handler(signal);
        }
        Ok(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1))
    }

    fn wait(&self, child: &mut Child) -> std::io::Result<ExitStatus> {
        let mut is_told = false;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if self.terminated.load(Ordering::Relaxed) && !is_told {
                is_told = true;
                let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
                // One that has ended meanwhile is found out next.
                _ = pid.map(|pid| kill_process(pid, Signal::TERM));
            }
            thread::sleep(PAUSE);
        }
    }
}
