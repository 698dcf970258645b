//! In the host's process namespace a service sees what others run, and one of the same user may stop it.

use crate::container::{Container, once};
use crate::run::docker;

#[test]
fn pid_host_shows_processes_of_others_and_lets_their_user_stop_them() {
    let sleeper = ["sleep", "613"];
    let other = Container::start(&["--user", "4242:4242"], "base", &sleeper);
    let pid = docker(&["inspect", "-f", "{{.State.Pid}}", &other.0]).ok();
    let look = format!("tr '\\0' ' ' < /proc/{pid}/cmdline");
    let host = ["--user", "4242:4242", "--pid", "host", "--cap-drop", "ALL"];
    assert_eq!(once(&host, "base", &["sh", "-c", &look]).ok(), "sleep 613");
    assert_ne!(
        once(&host[..2], "base", &["sh", "-c", &look]).stdout.trim(),
        "sleep 613"
    );
    let kill = format!("kill -KILL {pid}");
    let stranger = ["--user", "4243:4243", "--pid", "host", "--cap-drop", "ALL"];
    once(&stranger, "base", &["sh", "-c", &kill]).failed();
    assert!(other.running());
    once(&host, "base", &["sh", "-c", &kill]).ok();
    assert_eq!(other.exit_code(), 137);
}
