//! A tmpfs belongs to root unless told, cannot be executed from unless told, and hides what was there.

use super::STRANGER;
use crate::container::once;

fn on(tmpfs: &str, script: &str) -> crate::run::Out {
    once(
        &[STRANGER, &["--entrypoint", "sh", "--tmpfs", tmpfs]].concat(),
        "nginx",
        &["-c", script],
    )
}

#[test]
fn tmpfs_with_ids_belongs_to_them() {
    assert_eq!(
        on("/run:uid=1000,gid=1000", "touch /run/x && stat -c %u:%g /run").ok(),
        "1000:1000"
    );
}

/// In an image that has the directory and in one that lacks it, whatever the runtime makes of `mode=`.
#[test]
fn tmpfs_of_everybodys_stays_open_with_ids() {
    for path in ["/tmp", "/nowhere-yet"] {
        for options in ["uid=1000,gid=1000", "uid=1000,gid=1000,mode=1777"] {
            let mode = on(&format!("{path}:{options}"), &format!("stat -c %a {path}"));
            assert_eq!(mode.ok(), "1777", "{path}:{options}");
        }
    }
}

#[test]
fn tmpfs_without_ids_is_roots() {
    assert_eq!(on("/run", "stat -c %u:%g /run").ok(), "0:0");
    assert!(on("/run", "touch /run/x").failed().contains("Permission denied"));
    // Not even the image's own owner is kept.
    let data = once(
        &["--tmpfs", "/data", "--entrypoint", "stat"],
        "redis",
        &["-c", "%u:%g", "/data"],
    );
    assert_eq!(data.ok(), "0:0");
}

#[test]
fn tmpfs_executes_only_when_told() {
    let script = "cp /bin/true /run/x && /run/x";
    assert!(
        on("/run:uid=1000,gid=1000", script)
            .failed()
            .contains("Permission denied")
    );
    on("/run:uid=1000,gid=1000,exec", script).ok();
}

#[test]
fn tmpfs_hides_the_images_content() {
    assert_eq!(
        on("/var/log/nginx:uid=1000,gid=1000", "ls /var/log/nginx | wc -l").ok(),
        "0"
    );
    assert_eq!(
        on("/srv:uid=1000,gid=1000", "readlink /var/log/nginx/access.log").ok(),
        "/dev/stdout"
    );
}

#[test]
fn tmpfs_is_all_that_can_be_written_on_a_read_only_root() {
    let options = [STRANGER, &["--read-only", "--tmpfs", "/run:uid=1000,gid=1000"]].concat();
    let touch = |path: &str| once(&options, "base", &["touch", path]);
    touch("/run/x").ok();
    assert!(touch("/tmp/x").failed().contains("Read-only file system"));
}
