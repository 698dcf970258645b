//! Only no-new-privileges stops a set-user-ID program; dropping capabilities does not.

use crate::container::Container;

/// The effective uid that uid 1000 gets from a set-user-ID copy of `id`.
fn through_setuid(options: &[&str]) -> String {
    let container = Container::start(options, "base", &["sleep", "60"]);
    container
        .exec(&[
            "sh",
            "-c",
            "cp /usr/bin/id /usr/local/bin/sid && chmod 4755 /usr/local/bin/sid",
        ])
        .ok();
    crate::run::docker(&["exec", "--user", "1000:1000", &container.0, "sid", "-u"]).ok()
}

#[test]
fn setuid_is_stopped_by_no_new_privileges_alone() {
    assert_eq!(through_setuid(&[]), "0");
    assert_eq!(through_setuid(&["--cap-drop", "ALL"]), "0");
    assert_eq!(
        through_setuid(&["--security-opt", "no-new-privileges:true"]),
        "1000"
    );
}
