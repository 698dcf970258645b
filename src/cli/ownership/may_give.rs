//! Which directories of this machine `ownership give` gives: those that the person names, and none that other programs
//! of the machine rely on.

use crate::diagnostic::Diagnostic;
use crate::facts::giving::Giving;
use crate::locate::absolute;
use std::fs::FileType;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// The path that a word names, links above it followed, if it may be given.
///
/// # Errors
/// Nothing there, a link or what else is no directory, one beyond the project that is not named in full, one that is nobody's.
pub(super) fn path(place: Giving, cwd: &Path, word: &Path) -> Result<PathBuf, Diagnostic> {
    let path = absolute(cwd, word);
    let refuse = |why: &str, help: &str| {
        let text = format!("giving {}: {why}", path.display());
        Err(Diagnostic::error(text).help(help))
    };
    let meta = match path.symlink_metadata() {
        Ok(meta) => meta,
        Err(error) => {
            let help = "name what is there; `nrcompose up` makes missing directories of the project itself";
            return refuse(&error.to_string(), help);
        }
    };
    if let Some(what) = unfit(meta.file_type()) {
        let help = "name a directory; links are not followed";
        return refuse(&format!("it is {what}, not a directory"), help);
    }
    let real = place.host.real(&path);
    if let Some(why) = place.why_not(&real) {
        let help = "name only the directory in it that the service writes, or mount a volume instead";
        return refuse(why, help);
    }
    if !word.is_absolute() && !place.is_in_project(&real) {
        let help = format!("name it in full: {}", real.display());
        return refuse("it is not below the project", &help);
    }
    Ok(real)
}

/// What something is that is no directory.
fn unfit(kind: FileType) -> Option<&'static str> {
    if kind.is_dir() {
        None
    } else if kind.is_file() {
        Some("a file")
    } else if kind.is_symlink() {
        Some("a link")
    } else if kind.is_socket() {
        Some("a socket")
    } else if kind.is_fifo() {
        Some("a pipe")
    } else {
        Some("a device")
    }
}

/// A file system whose owners are decided on elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether another owner can be asked for; the server may refuse.
    pub(super) takes_owners: bool,
}

/// By the numbers of statfs(2).
const FOREIGN: &[(u64, &str, bool)] = &[
    (0x6969, "NFS", true),
    (0x6573_5546, "FUSE", true),
    (0xff53_4d42, "CIFS", false),
    (0xfe53_4d42, "SMB", false),
    (0x517b, "SMB", false),
    (0x0102_1997, "9p", false),
    (0x786f_4256, "a shared folder of VirtualBox", false),
    (0x4d44, "FAT", false),
    (0x2011_bab0, "exFAT", false),
];

/// The file system that a path is on, if it has its owners from elsewhere.
pub(super) fn foreign(path: &Path) -> Option<Foreign> {
    let found = rustix::fs::statfs(path).ok()?;
    // The kernel's numbers have 32 bits, whichever type a platform has for them.
    of_number((found.f_type as u64) & 0xffff_ffff)
}

fn of_number(number: u64) -> Option<Foreign> {
    let row = FOREIGN.iter().find(|(known, ..)| *known == number)?;
    let (_, name, takes_owners) = *row;
    Some(Foreign { name, takes_owners })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::host::ThisHost;

    #[test]
    fn what_is_named_is_given_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        for directory in ["srv/project/data", "srv/other"] {
            std::fs::create_dir_all(root.join(directory)).unwrap();
        }
        let project = root.join("srv/project");
        std::fs::write(project.join("file"), "").unwrap();
        let links = [("link", "data"), ("out", "../other"), ("above", "..")];
        for (link, target) in links {
            std::os::unix::fs::symlink(target, project.join(link)).unwrap();
        }
        let _socket = std::os::unix::net::UnixListener::bind(project.join("app.sock")).unwrap();
        let host = ThisHost::default();
        let place = Giving {
            host: &host,
            project: &project,
        };
        let said = |word: &str| match path(place, &project, Path::new(word)) {
            Ok(path) => format!("ok {}", path.strip_prefix(&root).unwrap().display()),
            Err(error) => format!("{} {}", error.message, error.help.unwrap_or_default()),
        };
        let full = |path: &str| root.join(path).display().to_string();
        for (word, wanted) in [
            (".".to_owned(), "ok srv/project"),
            ("data".to_owned(), "ok srv/project/data"),
            ("./data/../data".to_owned(), "ok srv/project/data"),
            ("file".to_owned(), "it is a file"),
            ("above/other".to_owned(), "it is not below the project"),
            (full("srv/other"), "ok srv/other"),
            (full("srv/project/above/other"), "ok srv/other"),
            ("../other".to_owned(), "name it in full: "),
            ("..".to_owned(), "it holds more than the data of a service"),
            ("link".to_owned(), "it is a link"),
            ("out".to_owned(), "it is a link"),
            ("app.sock".to_owned(), "it is a socket"),
            ("none".to_owned(), "No such file"),
            ("/".to_owned(), "it holds more"),
            ("/etc".to_owned(), "it is the system's"),
            ("/home".to_owned(), "it holds more"),
            ("/root".to_owned(), "it holds more"),
            ("/usr/lib".to_owned(), "it is the system's"),
            ("/dev/null".to_owned(), "it is a device"),
        ] {
            assert!(said(&word).contains(wanted), "{word}: {}", said(&word));
        }
    }

    #[test]
    fn a_file_system_of_this_machine_has_its_own_owners() {
        assert_eq!(foreign(Path::new("/proc")), None);
        assert_eq!(foreign(Path::new("/nowhere")), None);
        let takes = |number| of_number(number).map(|f| f.takes_owners);
        let (nfs, cifs, ext4) = (0x6969, 0xff53_4d42, 0xef53);
        assert_eq!(
            (takes(nfs), takes(cifs), takes(ext4)),
            (Some(true), Some(false), None)
        );
    }
}
