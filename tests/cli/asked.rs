//! What `volumes: {./data: own}` of nrcompose's configuration comes to where it cannot be, or is already.

use super::scene::Scene;

/// What a start says of a redis with these volumes, of which this is asked for.
fn told(asked: &str, volumes: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let compose = format!(
        "services:\n  one: {{image: 'redis:7', volumes: [{volumes}], x-nrcompose: {{volumes: {{{asked}: own}}}}}}\n"
    );
    let scene = Scene::compose(&compose).file("file", "").with_docker();
    for directory in ["out", "nested/sub", "beside"] {
        std::fs::create_dir_all(scene.path(directory)).unwrap();
    }
    // Nothing else is in its way.
    std::fs::set_permissions(scene.path("out"), std::fs::Permissions::from_mode(0o777)).unwrap();
    scene.run(&["up", "-d"]).stderr
}

#[test]
fn a_file_is_told_before_anything_is_made() {
    let said = told("./file", "'./file:/data/file'");
    assert!(said.contains("it is a file, not a directory"), "{said}");
    assert!(
        said.contains("compose.yaml:2:") && said.contains("help: "),
        "{said}"
    );
}

#[test]
fn what_is_mounted_read_only_is_told_as_that() {
    let said = told("./out", "'./out:/data:ro'");
    assert!(
        said.contains("./out is to be given to it, and it mounts that read-only"),
        "{said}"
    );
    let said = told("./other", "'./out:/data'");
    assert!(said.contains("it mounts nothing of that name"), "{said}");
}

/// What is in a directory is given with it.
#[test]
fn nothing_is_said_of_what_is_given_with_what_it_is_in() {
    let said = told("./nested", "'./nested:/data', './nested/sub:/data/sub'");
    assert!(!said.contains("cannot write"), "{said}");
    let said = told("./nested", "'./nested:/data', './beside:/data/sub'");
    assert!(said.contains("beside belongs to"), "{said}");
}
