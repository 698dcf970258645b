//! Help, completions and the manual page come from the definition by which the command line is read.

use crate::scene::{Scene, output};
use nrcompose::cli::definition;
use std::process::Command;

/// `--nr-X`, all of them.
fn own_flags() -> Vec<String> {
    let definition = definition();
    let longs = definition.get_arguments().filter_map(|arg| arg.get_long());
    let own = longs.filter(|long| long.starts_with("nr-"));
    own.map(|long| format!("--{long}")).collect()
}

fn completions(shell: &str) -> String {
    let out = Scene::new().run(&["completions", shell]);
    assert_eq!((out.code, out.stderr.as_str()), (Some(0), ""));
    out.stdout
}

#[test]
fn every_own_flag_and_command_is_shown_everywhere() {
    let mut page = Vec::new();
    clap_mangen::Man::new(definition()).render(&mut page).unwrap();
    let page = String::from_utf8(page).unwrap().replace("\\-", "-");
    let help = Scene::new().run(&["--help"]).stdout;
    let flags = own_flags();
    assert_eq!(flags.len(), 11, "{flags:?}");
    let definition = definition();
    let names = definition.get_subcommands().map(|c| c.get_name().to_owned());
    for name in flags.into_iter().chain(names) {
        for (where_, text) in [("help", &help), ("the manual page", &page)] {
            assert!(text.contains(&name), "{name} is not in {where_}:\n{text}");
        }
        for shell in ["bash", "zsh", "fish"] {
            let name = name.trim_start_matches('-');
            assert!(
                completions(shell).contains(name),
                "{name} is not completed by {shell}"
            );
        }
    }
}

/// What is shown is read, and what is read by one name before a command is read by the other after it.
#[test]
fn every_flag_of_a_plan_can_stand_before_and_after() {
    let scene =
        Scene::compose("services:\n  web: {image: \"nginx:1.27\"}\n").file("policy.yaml", "ports: keep\n");
    let definition = definition();
    let diff = definition.find_subcommand("diff").unwrap();
    let mut both = 0;
    for arg in diff.get_arguments() {
        let Some(long) = arg.get_long().filter(|long| *long != "format") else {
            continue;
        };
        let value = match long {
            "user" => vec!["1000:1000"],
            "engine-timeout" => vec!["5s"],
            "policy-file" => vec!["policy.yaml"],
            _ => {
                let values = arg.get_possible_values();
                let takes_value = arg.get_action().takes_values();
                assert_eq!(
                    takes_value,
                    !values.is_empty() && values[0].get_name() != "true",
                    "{long}"
                );
                let first = values.first().filter(|_| takes_value);
                first
                    .map(|v| v.get_name().to_owned().leak() as &str)
                    .into_iter()
                    .collect()
            }
        };
        let (before, after) = (format!("--nr-{long}"), format!("--{long}"));
        let before: Vec<&str> = [&[before.as_str()], value.as_slice(), &["diff"]].concat();
        let after: Vec<&str> = [&["diff", after.as_str()], value.as_slice()].concat();
        let (before, after) = (scene.run(&before), scene.run(&after));
        assert_eq!((after.code, after.stderr.as_str()), (Some(0), ""), "{long}");
        assert_eq!(
            (before.code, before.stdout),
            (after.code, after.stdout),
            "{long}: {}",
            before.stderr
        );
        both += 1;
    }
    assert_eq!(both, 7);
}

#[test]
fn bash_completes_commands_of_ours_and_of_compose() {
    let script = completions("bash");
    for (line, wanted) in [
        ("--nr-pol", "--nr-policy --nr-policy-file"),
        ("har", "harden"),
        ("unp", "unpause"),
        ("up --nr-v", "--nr-verify"),
        ("harden --che", "--check"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let last = words[words.len() - 1];
        let call = format!(
            "COMP_WORDS=(nrcompose {line}); COMP_CWORD={}; _nrcompose nrcompose {last} x; echo ${{COMPREPLY[@]}}",
            words.len()
        );
        let out = output(
            Command::new("/bin/bash")
                .arg("-c")
                .arg(format!("{script}\n{call}")),
        );
        assert_eq!(out.stdout.trim(), wanted, "{line}: {}", out.stderr);
    }
}
