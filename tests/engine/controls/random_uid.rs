//! An arbitrary uid, as OpenShift gives out, on a database that keeps its data through it.

use super::{app, failure, without};
use crate::container::owners;
use crate::probe;
use crate::run::docker;
use crate::stack::{Stack, Tool};

fn database(more: &str) -> Stack {
    let text = app(&[
        "image: nrcompose-test/postgres",
        &format!("x-nrcompose: {{profile: postgres, {more}}}"),
        "environment: {POSTGRES_USER: app, POSTGRES_PASSWORD: tulip-postgres}",
        "volumes: ['data:/var/lib/postgresql/data']",
    ]);
    let text = text.replace("  app:\n", "  db:\n");
    Stack::of("random", &format!("{text}volumes: {{data: }}\n"))
}

#[test]
fn postgres_keeps_its_data_under_a_random_uid() {
    let stack = database("");
    let up = ["--nr-random-uid", "up", "-d"];
    stack.ok(Tool::Trusting, &up);
    probe::postgres(&stack, 1);
    let user = || docker(&["inspect", "-f", "{{.Config.User}}", &stack.container("db")]).ok();
    let given = user();
    let uid: u32 = given.strip_suffix(":0").unwrap().parse().unwrap();
    assert!(uid >= 1_000_000_000, "{given}");
    super::runs_as(&stack, "db", uid, 0, &[]);
    stack.ok(Tool::Trusting, &["restart", "-t", "5", "db"]);
    probe::postgres(&stack, 2);
    stack.ok(Tool::Trusting, &["down", "-t", "5"]);
    stack.ok(Tool::Trusting, &up);
    probe::postgres(&stack, 3);
    super::runs_as(&stack, "db", uid, 0, &[]);
    assert_eq!(user(), given, "the same project gets the same uid");
    assert_eq!(owners(&stack.volume("data")), [given]);
}

#[test]
fn postgres_does_not_start_under_a_random_uid_without_its_volume() {
    let stack = database(&without("volumes"));
    stack.run(Tool::Trusting, &["--nr-random-uid", "up", "-d"]);
    let said = failure(&stack, "db");
    assert!(
        said.contains("could not change permissions of directory"),
        "{said}"
    );
}
