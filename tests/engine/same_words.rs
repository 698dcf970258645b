//! Compose's own flags and variables mean to nrcompose what they mean to Compose: both show the same project.

use crate::run::{Out, output, output_of};
use crate::stack::{Stack, Tool};
use serde_json::Value;

const COMPOSE: &str = "\
services:
  app:
    image: nrcompose-test/base
    environment: {FROM: \"${FROM:-nowhere}\"}
    volumes: [\"./data:/data\"]
  extra:
    image: nrcompose-test/base
    profiles: [more]
";

fn stack() -> Stack {
    let stack = Stack::of("same-words", COMPOSE);
    stack.write(
        "compose.override.yaml",
        "services: {app: {labels: {pair: \"yes\"}}}\n",
    );
    stack.write(
        "other.yaml",
        "name: called\nservices: {app: {image: nrcompose-test/base, labels: {other: \"yes\"}}}\n",
    );
    stack.write(".env", "FROM=dotenv\n");
    stack.write("second.env", "FROM=second\n");
    stack.write("below/here", "");
    stack.write("below/.env", "FROM=below\n");
    stack
}

/// The project as it is shown, without what nrcompose is for.
fn shown(out: Out) -> Value {
    let mut project: Value = serde_json::from_str(&out.ok()).unwrap();
    for (_, service) in project["services"].as_object_mut().unwrap() {
        let service = service.as_object_mut().unwrap();
        for ours in ["user", "cap_drop", "security_opt"] {
            service.remove(ours);
        }
        // The image does not know the user that it gets.
        if let Some(environment) = service.get_mut("environment").and_then(Value::as_object_mut) {
            environment.remove("HOME");
            if environment.is_empty() {
                service.remove("environment");
            }
        }
    }
    project
}

#[test]
fn flags_and_variables_mean_the_same() {
    let stack = stack();
    let directory = stack.path("");
    let directory = directory.to_str().unwrap();
    let show = ["config", "--format", "json"];
    type Case<'c> = (&'c [&'c str], &'c [(&'c str, &'c str)], &'c str);
    let cases: [Case; 14] = [
        (&[], &[], ""),
        (&[], &[], "below"),
        (&["-f", "other.yaml"], &[], ""),
        (&["-f", "compose.yaml", "-f", "other.yaml"], &[], ""),
        (&["-fcompose.yaml", "-p=named"], &[], ""),
        (
            &["--file=../other.yaml", "--project-directory", "."],
            &[],
            "below",
        ),
        (&["--project-directory", directory], &[], "below"),
        (&["--env-file", "second.env"], &[], ""),
        (&["--env-file", ".env", "--env-file", "second.env"], &[], ""),
        (&["--profile", "more"], &[], ""),
        (&[], &[("COMPOSE_FILE", "other.yaml:compose.yaml")], ""),
        (
            &[],
            &[
                ("COMPOSE_FILE", "other.yaml,compose.yaml"),
                ("COMPOSE_PATH_SEPARATOR", ","),
            ],
            "",
        ),
        (
            &[],
            &[("COMPOSE_PROJECT_NAME", "by-variable"), ("FROM", "process")],
            "",
        ),
        (&[], &[("COMPOSE_PROFILES", "more,none")], ""),
    ];
    for (globals, variables, below) in cases {
        let [plain, ours] = [Tool::Plain, Tool::Nrcompose].map(|tool| {
            let mut command = stack.words(tool, &[globals, &show].concat());
            command.envs(variables.iter().copied());
            command.current_dir(stack.path(below));
            shown(output(&mut command))
        });
        assert_eq!(ours, plain, "{globals:?} {variables:?} in {below:?}");
    }
}

/// Compose gets the same standard input again, after nrcompose has planned with it.
#[test]
fn a_project_on_standard_input() {
    let stack = stack();
    let words = ["-f", "-", "config", "--format", "json"];
    let [plain, ours] =
        [Tool::Plain, Tool::Nrcompose].map(|tool| shown(output_of(&mut stack.words(tool, &words), COMPOSE)));
    assert_eq!(ours, plain);
    let sleeping = "services: {app: {image: nrcompose-test/base, init: true, command: [sleep, \"600\"]}}\n";
    let up = ["-p", &stack.project, "-f", "-", "up", "-d"];
    output_of(&mut stack.words(Tool::Nrcompose, &up), sleeping).ok();
    assert!(
        crate::procs::of(&stack.container("app"))
            .iter()
            .all(|p| !p.is_root() && p.bounding == 0)
    );
    let down = ["-p", &stack.project, "-f", "-", "down", "-v", "-t", "1"];
    output_of(&mut stack.words(Tool::Nrcompose, &down), sleeping).ok();
    assert_eq!(stack.left(), Vec::<String>::new());
}
