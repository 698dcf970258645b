//! What the README and the help promise about the command line.

use crate::scene::{Scene, output};
use nrcompose::cli::{compose_line::find, definition};

const README: &str = include_str!("../../README.md");

fn help(words: &[&str]) -> String {
    let out = Scene::new().run(words);
    assert_eq!(out.code, Some(0), "{out:?}");
    out.stdout
}

fn own_commands() -> Vec<String> {
    let definition = definition();
    let names = definition.get_subcommands().map(|c| c.get_name().to_owned());
    names.collect()
}

#[test]
fn no_command_of_ours_is_one_of_compose() {
    for own in own_commands() {
        assert!(find(&own).is_none(), "{own} is also docker compose's");
    }
}

/// Where a person looks first, no command of ours is missing.
#[test]
fn the_readme_names_every_command_of_ours() {
    let words: Vec<&str> = README
        .split(|c: char| c.is_whitespace() || "`()".contains(c))
        .collect();
    let is_named = |own: &String| {
        let follows = |pair: &[&str]| ["nrcompose", "--"].contains(&pair[0]) && pair[1] == own;
        words.windows(2).any(follows)
    };
    let missing: Vec<String> = own_commands().into_iter().filter(|own| !is_named(own)).collect();
    assert!(missing.is_empty(), "the README does not name {missing:?}");
}

#[test]
fn help_says_what_each_command_is_for() {
    let own = own_commands();
    for wanted in ["harden", "diff", "explain", "verify", "profiles"] {
        assert!(own.iter().any(|o| o == wanted), "{wanted} is not in {own:?}");
    }
    let text = help(&["--help"]);
    assert!(text.lines().count() < 90, "more than a screen or two");
    for wanted in ["docker compose", "nrcompose up -d", "--nr-policy", "Start with:"] {
        assert!(text.contains(wanted), "no {wanted} in:\n{text}");
    }
    for command in &own {
        let text = help(&[command, "--help"]);
        assert!(text.contains("Usage: nrcompose"), "{text}");
        let first = text.lines().next().unwrap();
        assert!(
            first.len() > 20 && first.chars().next().unwrap().is_uppercase(),
            "{first}"
        );
    }
}

/// Every `nrcompose …` in the README is something that exists, with its flags.
#[test]
fn commands_in_the_readme_exist() {
    let own = own_commands();
    let mut checked = 0;
    let blocks = README
        .split("```sh\n")
        .skip(1)
        .filter_map(|b| b.split("```").next());
    for line in blocks.flat_map(str::lines) {
        let Some(words) = line
            .strip_prefix("nrcompose ")
            .or_else(|| line.strip_prefix("cargo run -q -- "))
        else {
            continue;
        };
        let words: Vec<&str> = words.split('#').next().unwrap().split_whitespace().collect();
        let verb = words[0];
        if !own.iter().any(|o| o == verb) {
            assert!(find(verb).is_some(), "{line}: no such command");
            continue;
        }
        let definition = definition();
        let mut command = definition.find_subcommand(verb).unwrap();
        // `ownership give` and its like.
        if let Some(inner) = words.get(1).and_then(|word| command.find_subcommand(word)) {
            command = inner;
        }
        let flags = command.get_arguments();
        let known: Vec<String> = flags
            .flat_map(|arg| {
                let long = arg.get_long().map(|long| format!("--{long}"));
                long.into_iter()
                    .chain(arg.get_short().map(|short| format!("-{short}")))
            })
            .collect();
        for flag in words.iter().filter(|w| w.starts_with('-')) {
            assert!(
                known.iter().any(|k| k == flag),
                "{line}: {flag} is none of {known:?}"
            );
        }
        checked += 1;
    }
    assert!(checked >= 3, "the README shows {checked} commands");
    let definition = definition();
    let own: Vec<&str> = definition
        .get_arguments()
        .filter_map(|arg| arg.get_long())
        .collect();
    for flag in README.split("--nr-").skip(1) {
        let end = flag.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap();
        let name = format!("nr-{}", &flag[..end]);
        assert!(own.contains(&name.as_str()), "--{name} is none of {own:?}");
    }
}

/// The first command of the README, without an engine.
#[test]
fn the_first_command_works() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/six-services/compose.yaml");
    let out = Scene::new().run(&["diff", example]);
    assert_eq!((out.code, out.stderr.as_str()), (Some(0), ""));
    for service in ["web", "app", "db", "cache", "wikidb", "books"] {
        assert!(
            out.stdout.contains(&format!("\n{service} (")) || out.stdout.starts_with(service),
            "{service}"
        );
    }
}

/// The before and after at the top.
#[test]
fn the_first_example_is_true() {
    let scene = Scene::compose("services:\n  web:\n    image: nginx:1.27\n    ports: [\"80:80\"]\n");
    let out = scene.run(&["harden"]);
    for line in out.stdout.lines().skip(3) {
        assert!(README.contains(line.trim()), "the README lacks {line:?}");
    }
}

/// The table of exit codes, row by row.
#[test]
fn exit_codes_are_those_of_the_table() {
    for code in ["| 0 |", "| 1 |", "| 2 |", "| 3 |", "| 4 |", "| other |"] {
        assert!(README.contains(code), "no row {code}");
    }
    let scene =
        Scene::compose("services:\n  a: {image: \"redis:7\"}\n  b: {image: \"redis:7\", privileged: true}\n");
    let code = |words: &[&str]| output(&mut scene.command(words)).code;
    assert_eq!(code(&["harden"]), Some(0));
    assert_eq!(code(&["diff"]), Some(0));
    assert_eq!(code(&["harden", "--check"]), Some(1));
    assert_eq!(code(&["up"]), Some(2));
    assert_eq!(code(&["harden", "--nothing"]), Some(2));
    assert_eq!(code(&["harden", "--policy", "strict"]), Some(3));
    assert_eq!(scene.with_docker().run(&["ps"]).code, Some(7));
}

/// The configuration that the README shows is one that is read.
#[test]
fn the_configuration_in_the_readme_is_valid() {
    let block = README
        .split("```yaml\n")
        .skip(1)
        .map(|b| b.split("```").next().unwrap())
        .find(|b| b.contains("x-nrcompose:"))
        .unwrap();
    // `skip` would hide the rest.
    let text: String = block
        .replace("  web:\n", "  web:\n    image: nginx:1.27\n")
        .lines()
        .filter(|l| !l.contains("skip:"))
        .map(|l| format!("{l}\n"))
        .collect();
    let out = Scene::compose(&text).run(&["diff"]);
    assert_eq!((out.code, out.stderr.as_str()), (Some(0), ""), "{text}");
}
