//! The least intrusive way: the engine is on this machine, so its containers are in `/proc`.

use super::proc::{Members, ProcView};
use crate::engine::IdMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How to watch a container from here. `None` when its first process is not in this machine's `/proc`: a
/// remote engine, one in a virtual machine, or a `/proc` that hides other people's processes.
pub(crate) fn view(id: &str, pid: u32) -> Option<ProcView> {
    if pid == 0 {
        return None;
    }
    let process = Path::new("/proc").join(pid.to_string());
    let read = |name: &str| fs::read_to_string(process.join(name)).ok();
    // That a process has this pid proves nothing; that its control group bears the container's id does.
    let directory = cgroup(&read("cgroup")?, id)?;
    Some(ProcView {
        proc: "/proc".into(),
        members: Members::Cgroup(directory),
        uids: IdMap::parse(&read("uid_map")?),
        gids: IdMap::parse(&read("gid_map")?),
    })
}

/// The directory of the control group that bears the container's id, whatever hierarchy it is in.
fn cgroup(text: &str, id: &str) -> Option<PathBuf> {
    text.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (number, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let at = path.find(id)?;
        // From the id on, the group may have been divided further by an init inside.
        let end = path[at..].find('/').map_or(path.len(), |slash| at + slash);
        let hierarchies: Vec<&str> = if number == "0" {
            vec!["", "unified"]
        } else {
            vec![controllers.strip_prefix("name=").unwrap_or(controllers)]
        };
        let group = path[..end].trim_start_matches('/');
        let places = hierarchies
            .iter()
            .map(|h| Path::new("/sys/fs/cgroup").join(h).join(group));
        places.into_iter().find(|d| d.join("cgroup.procs").exists())
    })
}

/// The gids that own an engine's socket on this machine; people put them into `group_add`.
pub(crate) fn socket_gids() -> Vec<u32> {
    use std::os::unix::fs::MetadataExt;
    let sockets = [
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/run/podman/podman.sock",
    ];
    let mut gids: Vec<u32> = sockets
        .iter()
        .filter_map(|s| fs::metadata(s).ok())
        .map(|m| m.gid())
        .collect();
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    gids.extend(
        groups
            .lines()
            .filter_map(|l| l.strip_prefix("docker:")?.split(':').nth(1)?.parse::<u32>().ok()),
    );
    gids.sort_unstable();
    gids.dedup();
    gids
}
