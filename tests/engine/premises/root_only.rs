//! What no other user can do, whatever it is given; and where a home of root's leads another user.

use crate::container::once;

const CAPABLE: [&str; 6] = [
    "--user",
    "1000:1000",
    "--cap-add",
    "CHOWN",
    "--cap-add",
    "DAC_OVERRIDE",
];

#[test]
fn root_alone_changes_owners_and_enters_its_home() {
    for script in ["touch /tmp/x && chown 1:1 /tmp/x", "ls /root"] {
        once(&[], "base", &["sh", "-c", script]).ok();
        let said = once(&CAPABLE, "base", &["sh", "-c", script]).failed();
        assert!(
            said.contains("Operation not permitted") || said.contains("Permission denied"),
            "{said}"
        );
    }
}

#[test]
fn root_alone_writes_a_home_of_roots_and_a_variable_helps() {
    let write = |home: &str| {
        let home = format!("HOME={home}");
        once(
            &["--user", "1000:1000", "-e", &home],
            "base",
            &["sh", "-c", "touch ~/x"],
        )
    };
    assert!(write("/root").failed().contains("Permission denied"));
    write("/tmp").ok();
}
