//! Whatever the bytes, the loader answers: with a model or with an error, soon, and without a panic.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its own files has failed"
)]

mod support;

use nrcompose::load::Options;
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};
use support::{model, settings};

/// A file that uses much of what there is; mutations of it reach further than random bytes.
const SEED: &str = "x-a: &a {image: 'x:${T:-1}', environment: [A=1, B]}\nservices:\n  a:\n    <<: *a\n    ports: ['80:80', '1-3:1-3']\n    \
    volumes: [v:/v, ./b:/b:ro]\n    tmpfs: !override [/t]\n    user: !reset null\n  b:\n    extends: {service: a}\n    command: a 'b c'\n    \
    deploy: {resources: {limits: {memory: 5m}}}\n    depends_on: [a]\nvolumes: {v: }\n---\nservices: {a: {labels: {l: 1}}}\n";

fn answer(bytes: &[u8]) -> Result<serde_json::Value, String> {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("compose.yaml"), bytes).unwrap();
    let started = Instant::now();
    let answer = model(
        &settings(directory.path(), &["compose.yaml"], &[]),
        &Options::default(),
    );
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "it took {:?}",
        started.elapsed()
    );
    answer
}

fn refused(bytes: &[u8]) {
    let error = answer(bytes).unwrap_err();
    assert!(error.contains("help:"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        _ = answer(&bytes);
    }

    #[test]
    fn any_yaml_like_text(text in "[a-z:\\-\\[\\]{}&*!|>'\"#%@`$?, \n\t0-9.]{0,300}") {
        _ = answer(text.as_bytes());
    }

    #[test]
    fn a_damaged_file(cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..4, "[ -~\n\t]{0,3}"), 1..4)) {
        let mut bytes = SEED.as_bytes().to_vec();
        for (index, length, insert) in cuts {
            let at = index.index(bytes.len());
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, insert.bytes());
        }
        _ = answer(&bytes);
    }

    #[test]
    fn any_template(text in "[$\\{\\}:?+\\-A-C a]{0,60}") {
        _ = answer(format!("services: {{a: {{image: x, labels: {{l: {text:?}}}}}}}").as_bytes());
    }
}

#[test]
fn the_seed_itself_is_a_project() {
    assert_eq!(
        answer(SEED.as_bytes()).map(|m| m["services"]["a"]["labels"]["l"].clone()),
        Ok("1".into())
    );
}

#[test]
fn aliases_that_multiply() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let list = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("x-{level}: &a{level} [{list}]\n");
    }
    refused(text.as_bytes());
    // a thousand uses of one anchor are nothing special
    let many: String = (0..1000).map(|i| format!("  s{i}: *s\n")).collect();
    assert!(answer(format!("x-s: &s {{image: x}}\nservices:\n{many}").as_bytes()).is_ok());
}

#[test]
fn deep_nesting() {
    refused("[".repeat(100_000).as_bytes());
    refused(("x-a: ".to_owned() + &"[".repeat(10_000) + &"]".repeat(10_000)).as_bytes());
    refused(
        (0..10_000)
            .map(|i| " ".repeat(i) + "a:\n")
            .collect::<String>()
            .get(..1 << 20)
            .unwrap()
            .as_bytes(),
    );
    refused(
        format!(
            "services: {{a: {{image: '{}x{}'}}}}",
            "${A:-".repeat(5000),
            "}".repeat(5000)
        )
        .as_bytes(),
    );
    let chain: String = (0..5000)
        .map(|i| format!("  s{i}: {{extends: s{}}}\n", i + 1))
        .collect();
    refused(format!("services:\n{chain}  s5000: {{image: x}}\n").as_bytes());
}

#[test]
fn one_long_line_of_variables() {
    let text = "${A:-x}${B:-{".repeat(50_000);
    _ = answer(format!("services: {{a: {{image: x, labels: {{l: \"{text}\"}}}}}}").as_bytes());
}

#[test]
fn files_that_are_none() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let of = |file: &str| model(&settings(here, &[file], &[]), &Options::default()).unwrap_err();
    fs::create_dir(here.join("folder")).unwrap();
    assert!(of("folder").contains("is a directory"));
    assert!(of("missing.yaml").contains("does not exist"));
    fs::write(here.join("utf8.yaml"), b"services:\n  a: {image: \xff}\n").unwrap();
    assert!(of("utf8.yaml").contains("utf8.yaml:2:14"), "{}", of("utf8.yaml"));
    let large = fs::File::create(here.join("large.yaml")).unwrap();
    large.set_len(17 << 20).unwrap();
    assert!(of("large.yaml").contains("16 MiB"));
    fs::write(here.join("secret.yaml"), "a").unwrap();
    fs::set_permissions(here.join("secret.yaml"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(here.join("secret.yaml")).is_err() {
        assert!(of("secret.yaml").contains("permission denied"));
    }
    fs::write(
        here.join("one.yaml"),
        "include: [two.yaml]\nservices: {a: {image: x}}\n",
    )
    .unwrap();
    fs::write(
        here.join("two.yaml"),
        "include: [{path: [x.yaml, one.yaml]}]\nservices: {b: {image: x}}\n",
    )
    .unwrap();
    fs::write(here.join("x.yaml"), "services: {c: {image: x}}\n").unwrap();
    assert!(of("one.yaml").contains("circle"));
    fs::write(
        here.join("env.yaml"),
        "services: {a: {image: x, env_file: folder}}\n",
    )
    .unwrap();
    assert!(of("env.yaml").contains("is a directory"));
}
