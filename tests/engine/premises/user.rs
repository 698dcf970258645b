//! What the engine makes of the forms of `user:`.

use crate::container::once;

fn ids(user: &str) -> String {
    once(&["--user", user], "node", &["sh", "-c", "echo $(id -u):$(id -g)"]).ok()
}

#[test]
fn user_without_group_takes_root_as_group_when_unknown() {
    assert_eq!(ids("4242"), "4242:0");
    assert_eq!(ids("1000"), "1000:1000", "known to the image");
}

#[test]
fn user_with_group_is_taken_as_it_is() {
    assert_eq!(ids("4242:4242"), "4242:4242");
    assert_eq!(ids(":1000"), "0:1000", "no user at all is root");
}

#[test]
fn user_unknown_to_the_image_has_no_home() {
    let home = |user| once(&["--user", user], "node", &["sh", "-c", "echo $HOME"]).ok();
    assert_eq!(home("4242:4242"), "/");
    assert_eq!(home("1000:1000"), "/home/node");
}

#[test]
fn user_numeric_drops_the_groups_of_the_image() {
    let groups = |user| once(&["--user", user], "php-apache", &["id", "-G"]).ok();
    assert_eq!(groups("33:33"), "33");
    let added = once(
        &["--user", "33:33", "--group-add", "4"],
        "php-apache",
        &["id", "-G"],
    )
    .ok();
    assert_eq!(added, "33 4");
}
