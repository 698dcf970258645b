//! *passwd*: git and ssh look up who they are.

use super::app;
use crate::container::image;
use crate::run::{Out, docker, unique};
use crate::stack::{Stack, Tool};

/// A commit by whoever this is, a key's fingerprint, and a user that the image brought.
const SCRIPT: &str = "set -e; d=$(mktemp -d); cd $d; ssh-keygen -q -t ed25519 -N '' -f key; ssh-keygen -l -f key >&2; \
                      git init -q .; git commit -q --allow-empty -m x; git log --format='%an <%ae>'; getent passwd www-data";

fn commit(more: &str) -> Out {
    let stack = Stack::of(
        "git",
        &app(&[
            "image: nrcompose-test/git",
            "hostname: git.example.org",
            "init: true",
            "command: [sleep, '600']",
            more,
        ]),
    );
    stack.ok(Tool::Trusting, &["--nr-user", "4242:4242", "up", "-d"]);
    super::runs_as(&stack, "app", 4242, 4242, &[]);
    docker(&["exec", &stack.container("app"), "sh", "-c", SCRIPT])
}

#[test]
fn git_and_ssh_know_who_they_are() {
    let said = commit("").ok();
    assert!(
        said.starts_with("app <app@git.example.org>\nwww-data:x:33:"),
        "{said}"
    );
    let said = commit("x-nrcompose: {passwd: false}").failed();
    assert!(said.contains("No user exists for uid 4242"), "{said}");
}

/// An image as `nrcompose-test/git`, changed by a script; gone when the test is.
struct Changed(String);

impl Changed {
    fn by(script: &str) -> Self {
        let name = unique("passwd");
        let tag = image(&name);
        let base = image("git");
        let label = ["--label", "nrcompose-test=1"];
        let run = [
            &["run", "--name", &name],
            &label[..],
            &[&base, "sh", "-ec", script],
        ]
        .concat();
        docker(&run).ok();
        docker(&["commit", "--change", "CMD [\"sleep\", \"600\"]", &name, &tag]).ok();
        docker(&["rm", &name]).ok();
        Self(tag)
    }

    fn up(&self) -> (Stack, Out) {
        let stack = Stack::of("passwd", &app(&[&format!("image: {}", self.0), "init: true"]));
        let out = stack.run(Tool::Trusting, &["--nr-user", "4242:4242", "up", "-d"]);
        (stack, out)
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        _ = docker(&["rmi", "--force", &self.0]);
    }
}

/// Shapes of `/etc/passwd`, all of which the image's own programs read.
const WHOLE: [&str; 6] = [
    "mkdir /usr/share/x; mv /etc/passwd /etc/group /usr/share/x; cd /etc; ln -s ../usr/share/x/passwd passwd; ln -s /usr/share/x/group group",
    "mv /etc/passwd /bin/pw; ln -s /usr/pw /etc/passwd; ln -s bin/pw /usr/pw",
    "ln /etc/passwd /etc/aaa; ln /etc/group /etc/aab",
    "seq 30000 | sed 's|.*|u&:x:50000:50000::/:/x|' >> /etc/passwd; seq 30000 | sed 's|.*|g&:x:50000:|' >> /etc/group",
    r"printf 'odd:x:77:77:$HOME ${A} $$:/:/x\r\n\nlast:x:78:78:\303\251:/:/x' >> /etc/passwd; printf 'g$A:x:77:' >> /etc/group",
    ": > /etc/group",
];

#[test]
fn every_account_of_the_image_stays() {
    for script in WHOLE {
        let changed = Changed::by(script);
        let read = |file: &str| {
            let words = [
                "run",
                "--rm",
                "--label",
                "nrcompose-test=1",
                "--entrypoint",
                "cat",
                &changed.0,
                file,
            ];
            docker(&words).ok()
        };
        let (passwd, group) = (read("/etc/passwd"), read("/etc/group"));
        let (stack, out) = changed.up();
        let said = out.all.clone();
        out.ok();
        assert!(!said.contains("/etc/passwd"), "{script}: {said}");
        let container = stack.container("app");
        let now = |file: &str| docker(&["exec", &container, "cat", file]).ok();
        for (file, was, line) in [
            ("/etc/passwd", passwd, "app:x:4242:4242:app:/tmp:/sbin/nologin"),
            ("/etc/group", group, "app:x:4242:"),
        ] {
            let wanted = [was.trim_end_matches('\n'), line].join("\n");
            assert!(
                now(file).trim_start_matches('\n') == wanted.trim_start_matches('\n'),
                "{script}: {file}: {}",
                now(file)
            );
        }
        assert_eq!(docker(&["exec", &container, "whoami"]).ok(), "app", "{script}");
        assert_eq!(
            docker(&["exec", &container, "id", "-u", "www-data"]).ok(),
            "33",
            "{script}"
        );
    }
}

#[test]
fn accounts_that_cannot_be_repeated_stay_alone_and_it_is_told() {
    for (script, why) in [
        (r"printf 'jos\351:x:77:77::/:/x\n' >> /etc/passwd", "not UTF-8"),
        (
            "seq 60000 | sed 's|.*|u&:x:50000:50000::/:/bin/x|' >> /etc/passwd",
            "longer than",
        ),
        (
            "mv /etc/passwd /pw; ln -s /nowhere/pw /etc/passwd",
            "which is not there",
        ),
    ] {
        let changed = Changed::by(script);
        let (stack, out) = changed.up();
        let said = out.all.clone();
        out.ok();
        assert!(
            said.contains(why) && said.contains("help: make the file yourself"),
            "{script}: {said}"
        );
        let container = stack.container("app");
        let mounted = docker(&["exec", &container, "grep", "-c", "app:x:4242", "/etc/passwd"]);
        assert_ne!(mounted.all.trim(), "1", "{script}");
        if script.contains(">>") {
            assert_eq!(
                docker(&["exec", &container, "id", "-u", "www-data"]).ok(),
                "33",
                "{script}"
            );
        }
    }
}
