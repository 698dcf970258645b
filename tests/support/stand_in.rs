//! Whether there is something to measure with.

use std::process::{Command, Stdio};

/// Whether there is an engine with a stand-in image; where there is none, that is said, and in CI it is a failure.
pub(crate) fn is_here(image: &str) -> bool {
    let mut looked = Command::new("docker");
    looked
        .args(["image", "inspect", image])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let is_here = looked.status().is_ok_and(|s| s.success());
    if !is_here {
        assert!(
            std::env::var_os("CI").is_none(),
            "there is no engine with stand-in images"
        );
        println!("there is no engine with the image {image}; nothing was measured");
    }
    is_here
}
