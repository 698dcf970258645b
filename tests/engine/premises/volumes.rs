//! An empty named volume takes owner and mode of the image's directory whenever a container is created.

use crate::container::{Container, Volume, once};
use crate::run::{docker, unique};

const OWNER: [&str; 3] = ["stat", "-c", "%u:%g"];

/// Who owns /data in a container of the redis stand-in (999:999 in the image).
fn owner_of_data(mount: &[&str]) -> String {
    once(mount, "redis", &[&OWNER[..], &["/data"]].concat()).ok()
}

#[test]
fn volume_empty_is_re_owned_at_create() {
    let volume = Volume::new();
    assert_eq!(volume.with("chown 1000:1000 /v && stat -c %u:%g /v"), "1000:1000");
    assert_eq!(
        owner_of_data(&["--user", "1000:1000", "-v", &volume.at("/data")]),
        "999:999"
    );
}

#[test]
fn volume_with_content_keeps_its_owner() {
    let volume = Volume::new();
    volume.with("touch /v/x && chown -R 1000:1000 /v");
    assert_eq!(
        owner_of_data(&["--user", "1000:1000", "-v", &volume.at("/data")]),
        "1000:1000"
    );
}

#[test]
fn volume_nocopy_keeps_its_owner() {
    let volume = Volume::new();
    let mount = format!("type=volume,src={},dst=/data,volume-nocopy", volume.0);
    assert_eq!(
        owner_of_data(&["--user", "1000:1000", "--mount", &mount]),
        "0:0",
        "fresh: root's"
    );
    volume.with("chown 1000:1000 /v");
    assert_eq!(
        owner_of_data(&["--user", "1000:1000", "--mount", &mount]),
        "1000:1000"
    );
}

#[test]
fn volume_chowned_between_create_and_start_stays() {
    let volume = Volume::new();
    let options = ["--user", "1000:1000", "-v", &volume.at("/data")];
    let app = Container::create(
        &options,
        "redis",
        &["sh", "-c", "touch /data/x && stat -c %u:%g /data"],
    );
    volume.with("chown 1000:1000 /v");
    app.start_it().ok();
    assert_eq!((app.exit_code(), app.logs().trim()), (0, "1000:1000"));
}

#[test]
fn volume_on_a_path_that_the_image_lacks_is_roots() {
    let volume = Volume::new();
    let stat = ["stat", "-c", "%u:%g %a", "/srv/new"];
    assert_eq!(
        once(&["-v", &volume.at("/srv/new")], "redis", &stat).ok(),
        "0:0 755"
    );
}

/// The engine gives it nothing of the image's directory: its options alone say whose it is, and without any it is everybody's.
#[test]
fn memory_volume_is_as_its_options_say() {
    for (options, wanted) in [
        (&[][..], "0:0 1777"),
        (&["-o", "o=uid=1000,gid=1001,mode=0750"], "1000:1001 750"),
    ] {
        let name = unique("memory");
        let make = [
            "volume",
            "create",
            "--label",
            "nrcompose-test=1",
            "-o",
            "type=tmpfs",
            "-o",
            "device=tmpfs",
        ];
        docker(&[&make[..], options, &[&name]].concat()).ok();
        let mount = format!("{name}:/data");
        let seen = once(
            &["-v", &mount, "--entrypoint", "stat"],
            "redis",
            &["-c", "%u:%g %a", "/data"],
        );
        docker(&["volume", "rm", "-f", &name]);
        assert_eq!(seen.ok(), wanted);
    }
}
