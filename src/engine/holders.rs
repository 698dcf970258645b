//! Programs that hold a pipe.

use rustix::fs::fstat;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::os::fd::BorrowedFd;

/// Ends the programs that hold the pipe after the one that started them is gone: `docker compose run` would wait for
/// its container.
pub(super) fn end_holders(end: BorrowedFd, signal: Signal) {
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
