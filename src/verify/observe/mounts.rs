//! `/proc/PID/mountinfo`.

use crate::verify::observation::KernelMount;

/// A mount and its place in the tree of mounts.
struct MountRow<'t> {
    id: &'t str,
    /// What it is mounted on.
    parent: &'t str,
    mount: KernelMount,
}

/// Reads it, in the kernel's order, without what is hidden by another mount on the same place. The order does not tell
/// which is hidden: while an engine copies files out of a container (`docker cp`, Docker 20.10), its own mounts of the
/// volumes come into the container's table for that moment, last in it, and *under* those that were there.
pub(crate) fn parse(text: &str) -> Vec<KernelMount> {
    let rows: Vec<MountRow> = text.lines().filter_map(line).collect();
    let hides = |over: &MountRow, under: &MountRow| {
        over.parent == under.id && over.mount.target == under.mount.target
    };
    let is_seen = |row: &&MountRow| !rows.iter().any(|over| hides(over, row));
    rows.iter().filter(is_seen).map(|row| row.mount.clone()).collect()
}

fn line(line: &str) -> Option<MountRow<'_>> {
    let (place, filesystem) = line.split_once(" - ")?;
    let mut place = place.split(' ');
    let (id, parent) = (place.next()?, place.next()?);
    let mut place = place.skip(2);
    let target = place.next()?;
    let own = place.next()?;
    let mut filesystem = filesystem.split(' ');
    let kind = filesystem.next()?;
    let shared = filesystem.nth(1).unwrap_or_default();
    let mut options: Vec<String> = own.split(',').map(String::from).collect();
    // `rw` and `ro` of the filesystem itself would contradict those of the mount, which are in force.
    let extra = shared.split(',').filter(|o| !o.is_empty() && *o != "rw");
    options.extend(extra.map(String::from));
    let mount = KernelMount {
        target: unescape(target),
        kind: kind.to_owned(),
        options,
    };
    Some(MountRow { id, parent, mount })
}

/// Spaces and the like are written as three octal digits.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let octal = match rest {
            [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] => {
                Some((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'))
            }
            _ => None,
        };
        bytes.push(octal.unwrap_or(*first));
        rest = if octal.is_some() { &rest[4..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_read() {
        let text = "126 100 0:40 / / ro,relatime master:3 - overlay overlay rw,lowerdir=/a\n\
                    130 126 0:60 / /run/my\\040dir rw,nosuid,nodev,noexec - tmpfs tmpfs rw,size=64k,uid=1000\n";
        let mounts = parse(text);
        assert_eq!(
            (
                mounts[0].target.as_str(),
                mounts[0].has("ro"),
                mounts[0].has("rw")
            ),
            ("/", true, false)
        );
        assert_eq!(
            (mounts[1].target.as_str(), mounts[1].kind.as_str()),
            ("/run/my dir", "tmpfs")
        );
        assert!(mounts[1].has("noexec") && mounts[1].has("uid=1000"));
    }

    /// As Docker 20.10 shows it while files are copied out: the volume once more, under the one that the container sees.
    #[test]
    fn what_is_hidden_is_left_out_whatever_its_place_in_the_table() {
        let still = "154 100 0:40 / / rw master:3 - overlay overlay rw\n\
                     174 154 254:0 /v /data rw,relatime - ext4 /dev/vda rw\n";
        let copied = "154 100 0:40 / / rw master:3 - overlay overlay rw\n\
                      174 91 254:0 /v /data rw,relatime - ext4 /dev/vda rw\n\
                      91 154 254:0 /v /data ro,relatime master:1 - ext4 /dev/vda rw\n";
        assert_eq!(parse(copied), parse(still));
        let over = format!("{still}175 174 0:70 / /data rw - tmpfs tmpfs rw\n");
        assert_eq!(
            parse(&over).iter().map(|m| m.kind.as_str()).collect::<Vec<_>>(),
            ["overlay", "tmpfs"]
        );
    }
}
