//! Compose as a child of this process, which is then as if it had become it: signals, job control and exit codes.

use crate::act::compose::{self, Invocation, Pass};
use crate::docker;
use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
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
    /// By signal, whether it came. Ctrl-C reaches a child as well; the others are sent to this process alone, or to all that a
    /// terminal had which is gone.
    caught: Vec<(i32, Arc<AtomicBool>)>,
}

impl Stop {
    /// From now on. A signal that is ignored stays so: whoever started this process wants it to go on.
    ///
    /// # Errors
    /// The system does not let signals be caught.
    pub(super) fn caught() -> Result<Stop> {
        let ignored = ignored();
        let mut caught = Vec::new();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            if ignored & (1 << (signal - 1)) == 0 {
                let is_set = Arc::new(AtomicBool::new(false));
                flag::register(signal, Arc::clone(&is_set)).context("preparing for Ctrl-C")?;
                caught.push((signal, is_set));
            }
        }
        Ok(Stop { caught })
    }

    /// Whether the person wants no more.
    pub(super) fn is_wanted(&self) -> bool {
        self.signal().is_some()
    }

    fn signal(&self) -> Option<i32> {
        let came = |(_, is_set): &&(i32, Arc<AtomicBool>)| is_set.load(Ordering::Relaxed);
        self.caught.iter().find(came).map(|(signal, _)| *signal)
    }

    /// Ends this process by the signal that it got, as it would have ended without us.
    pub(super) fn end(&self) {
        if let Some(signal) = self.signal() {
            _ = signal_hook::low_level::emulate_default_handler(signal);
        }
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
            // What is put back is put back to its end.
            let is_meant = self.signal().is_some_and(|signal| signal != SIGINT) && !docker::is_shielded();
            if is_meant && !is_told {
                is_told = true;
                let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
                // One that has ended meanwhile is found out next.
                _ = pid.map(|pid| kill_process(pid, Signal::TERM));
            }
            thread::sleep(PAUSE);
        }
    }
}

/// The signals that this process was told to ignore, a bit each, as the kernel says it; none where that cannot be read.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}
