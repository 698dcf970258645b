//! `/proc/PID/mountinfo`.

use crate::verify::observation::KernelMount;

/// Reads it, in the kernel's order: a later mount on the same place hides an earlier one.
pub(crate) fn parse(text: &str) -> Vec<KernelMount> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<KernelMount> {
    let (place, filesystem) = line.split_once(" - ")?;
    let mut place = place.split(' ').skip(4);
    let target = place.next()?;
    let own = place.next()?;
    let mut filesystem = filesystem.split(' ');
    let kind = filesystem.next()?;
    let shared = filesystem.nth(1).unwrap_or_default();
    let mut options: Vec<String> = own.split(',').map(String::from).collect();
    // `rw` and `ro` of the filesystem itself would contradict those of the mount, which are in force.
    let extra = shared.split(',').filter(|o| !o.is_empty() && *o != "rw");
    options.extend(extra.map(String::from));
    Some(KernelMount {
        target: unescape(target),
        kind: kind.to_owned(),
        options,
    })
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
}
