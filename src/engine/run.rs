//! Which run of this program made a thing: a label on everything that is made to be removed again, so that only that
//! is removed, and a leftover can be distinguished from what a run still needs.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;
use std::str::FromStr;

/// The key of the label. Its value is a [`Run`].
pub(crate) const LABEL: &str = "nrcompose.run";
/// What the name of a temporary folder begins with; a [`Run`] follows.
const FOLDER: &str = "nrcompose-";

/// One run of this program, or a part of it that is removed on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// This machine, also after a restart.
    machine: u32,
    /// Since when the machine is up.
    boot: u32,
    /// The namespace that the process is counted in.
    space: u32,
    /// The person: under sudo who ran sudo.
    uid: u32,
    pid: u32,
    /// When the process started, in the kernel's ticks: a number of a process is given out again.
    started: u64,
    /// Nobody can guess it, and it is never the same twice.
    nonce: u64,
}

impl Run {
    /// A part of this process's run.
    ///
    /// # Errors
    /// There is no `/proc`.
    pub fn new() -> io::Result<Run> {
        let pid = std::process::id();
        let Some(started) = started(pid) else {
            let why = format!("/proc/{pid}/stat cannot be read");
            return Err(io::Error::new(io::ErrorKind::NotFound, why));
        };
        let mut nonce = [0; 8];
        fs::File::open("/dev/urandom")?.read_exact(&mut nonce)?;
        Ok(Run {
            machine: machine(),
            boot: boot(),
            space: space(),
            uid: person(),
            pid,
            started,
            nonce: u64::from_ne_bytes(nonce),
        })
    }

    /// The whole label.
    pub fn label(&self) -> String {
        format!("{LABEL}={self}")
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The one folder that it may use for what it takes down again.
    pub fn folder(&self) -> PathBuf {
        std::env::temp_dir().join(format!("{FOLDER}{self}"))
    }

    /// The run whose folder has this name.
    pub fn of_folder(name: &str) -> Option<Run> {
        name.strip_prefix(FOLDER)?.parse().ok()
    }

    /// Whether the same person had it on this machine.
    pub fn is_mine(&self) -> bool {
        (self.machine, self.uid) == (machine(), person())
    }

    /// Whether its process is here and lives.
    pub fn is_here(&self) -> bool {
        (self.machine, self.boot, self.space) == (machine(), boot(), space())
            && started(self.pid) == Some(self.started)
    }

    /// Whether it certainly has ended. Of a container's process one cannot know from outside.
    pub fn is_over(&self) -> bool {
        self.machine == machine() && (self.boot != boot() || self.space == space() && !self.is_here())
    }
}

/// As the value of a label and in the name of a folder.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:08x}-{:08x}-{}-{}-{}-{}-{:016x}",
            self.machine, self.boot, self.space, self.uid, self.pid, self.started, self.nonce
        )
    }
}

/// Reads what [`fmt::Display`] writes, and nothing else.
impl FromStr for Run {
    type Err = ();

    fn from_str(text: &str) -> Result<Run, ()> {
        fn hex(text: &str) -> Option<u64> {
            u64::from_str_radix(text, 16).ok()
        }
        let parts: Vec<&str> = text.split('-').collect();
        let [machine, boot, space, uid, pid, started, nonce] = parts.as_slice() else {
            return Err(());
        };
        let read = || {
            Some(Run {
                machine: hex(machine)?.try_into().ok()?,
                boot: hex(boot)?.try_into().ok()?,
                space: space.parse().ok()?,
                uid: uid.parse().ok()?,
                pid: pid.parse().ok()?,
                started: started.parse().ok()?,
                nonce: hex(nonce)?,
            })
        };
        read().filter(|run| run.to_string() == text).ok_or(())
    }
}

fn machine() -> u32 {
    let id = ["/etc/machine-id", "/proc/sys/kernel/hostname"].map(|f| fs::read(f).unwrap_or_default());
    hash(&id.concat())
}

fn boot() -> u32 {
    hash(&fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default())
}

/// The number in `pid:[4026531836]`.
fn space() -> u32 {
    let link = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let digits: String = link
        .to_string_lossy()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or_default()
}

fn person() -> u32 {
    let own = rustix::process::getuid().as_raw();
    let sudo = std::env::var("SUDO_UID").ok().and_then(|uid| uid.parse().ok());
    sudo.filter(|_| own == 0).unwrap_or(own)
}

/// When a process started; none when it has ended, waited for or not.
fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    match *fields.first()? {
        "Z" | "X" => None,
        _ => fields.get(19)?.parse().ok(),
    }
}

/// FNV-1a, 32 bits.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_known_by_its_label_until_its_process_has_ended() {
        let run = Run::new().unwrap();
        assert_ne!(run, Run::new().unwrap());
        assert_eq!(run.to_string().parse(), Ok(run.clone()));
        assert_eq!(
            Run::of_folder(&run.folder().file_name().unwrap().to_string_lossy()),
            Some(run.clone())
        );
        assert!(run.is_mine() && run.is_here() && !run.is_over());
        let other = |change: fn(&mut Run)| {
            let mut run = run.clone();
            change(&mut run);
            (run.is_mine(), run.is_here(), run.is_over())
        };
        assert_eq!(other(|r| r.started += 1), (true, false, true));
        assert_eq!(other(|r| r.boot ^= 1), (true, false, true));
        // In a container of this machine: it may still run.
        assert_eq!(other(|r| r.space ^= 1), (true, false, false));
        assert_eq!(other(|r| r.uid ^= 1), (false, true, false));
        assert_eq!(other(|r| r.machine ^= 1), (false, false, false));
    }

    #[test]
    fn nothing_else_is_a_run() {
        let run = Run::new().unwrap().to_string();
        for text in [
            "",
            "x",
            "../..",
            &run[1..],
            &format!("{run}-"),
            &format!(" {run}"),
        ] {
            assert_eq!(text.parse::<Run>(), Err(()), "{text:?}");
        }
    }
}
