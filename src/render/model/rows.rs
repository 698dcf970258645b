//! A test that each row of the loader's tables has a case in `tests/loader`: without the row, what is printed of some
//! case is not what Compose prints of it (`tests/loader.rs`).

use super::{Format, render};
use crate::load::{self, Options};
use crate::locate::{ProcessSettings, Stdin, locate};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/loader");
    let mut cases: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    cases.sort();
    cases
}

/// What is printed of a case, each answer that `tests/loader.rs` compares; the text of an error does not count.
fn answers(case: &Path) -> Vec<Option<Value>> {
    let all = [
        ("expected.json", true, Format::Json),
        ("expected.yaml", true, Format::Yaml),
        ("uninterpolated.json", false, Format::Json),
        ("refused.txt", true, Format::Json),
    ];
    let written = all.into_iter().filter(|(name, ..)| case.join(name).exists());
    written
        .map(|(_, filled, format)| answer(case, filled, format))
        .collect()
}

fn answer(case: &Path, interpolate: bool, format: Format) -> Option<Value> {
    let files = ["compose.yaml", "override.yaml"].into_iter();
    let settings = ProcessSettings {
        files: files
            .filter(|f| case.join(f).exists())
            .map(str::to_owned)
            .collect(),
        cwd: case.to_owned(),
        environment: [("HOME", "/home/me"), ("PWD", &case.display().to_string())]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
        stdin: Stdin::with(""),
        profiles: vec!["*".to_owned()],
        all_resources: true,
        ..ProcessSettings::default()
    };
    let options = Options {
        interpolate,
        ..Options::default()
    };
    let project = load::load(&locate(&settings).unwrap(), &options).ok()?;
    let text = render(&project, true, &[], format).ok()?;
    let value = match format {
        Format::Json => serde_json::from_str(&text).unwrap(),
        Format::Text | Format::Yaml => serde_yaml::from_str(&text).unwrap(),
    };
    Some(normal(value))
}

/// A number is its value, however it is written.
fn normal(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(normal).collect(),
        Value::Object(map) => map.into_iter().map(|(k, v)| (k, normal(v))).collect(),
        Value::Number(n) => n.as_f64().into(),
        other => other,
    }
}

/// Rows that nobody misses, by why. One that is missed after all does not belong here.
const UNMISSED: &[(&str, &[&str])] = &[
    (
        "the row of `shapes` at the same place casts a text to the same value",
        &[
            "casts: networks.*.attachable",
            "casts: networks.*.enable_ipv4",
            "casts: networks.*.enable_ipv6",
            "casts: networks.*.internal",
            "casts: services.*.cpu_count",
            "casts: services.*.cpu_period",
            "casts: services.*.cpu_quota",
            "casts: services.*.cpu_rt_period",
            "casts: services.*.cpu_rt_runtime",
            "casts: services.*.cpu_shares",
            "casts: services.*.cpus",
            "casts: services.*.deploy.replicas",
            "casts: services.*.deploy.rollback_config.max_failure_ratio",
            "casts: services.*.deploy.update_config.max_failure_ratio",
            "casts: services.*.healthcheck.disable",
            "casts: services.*.init",
            "casts: services.*.oom_kill_disable",
            "casts: services.*.oom_score_adj",
            "casts: services.*.pids_limit",
            "casts: services.*.privileged",
            "casts: services.*.read_only",
            "casts: services.*.scale",
            "casts: services.*.stdin_open",
            "casts: services.*.tty",
            "casts: services.*.volumes.*.read_only",
            "casts: services.*.volumes.*.volume.nocopy",
        ],
    ),
    (
        "gone when the table is asked: what extends has been followed, and taken away, before",
        &["forms: services.*.extends", "paths: services.*.extends.file"],
    ),
    (
        "the row of `shapes` at the same place reads a number too",
        &["forms: services.*.build.ulimits.*", "forms: services.*.ulimits.*"],
    ),
    (
        "a mapping already, in which a name is there once",
        &[
            "unicity: networks.*.ipam.options",
            "unicity: services.*.build.additional_contexts",
        ],
    ),
    (
        "not known to the Compose that the cases are compared with",
        &[
            "shapes: services.*.build.no_cache_filter",
            "shapes: services.*.pre_start",
            "shapes: services.*.pre_start.*",
            "shapes: services.*.pre_start.*.command",
            "shapes: services.*.pre_start.*.environment",
            "shapes: services.*.pre_start.*.image",
            "shapes: services.*.pre_start.*.per_replica",
            "shapes: services.*.pre_start.*.privileged",
            "shapes: services.*.pre_start.*.user",
            "shapes: services.*.pre_start.*.working_dir",
        ],
    ),
    (
        "not printed, and the files have been read by then",
        &[
            "shapes: services.*.env_file",
            "shapes: services.*.env_file.*",
            "shapes: services.*.env_file.*.format",
            "shapes: services.*.env_file.*.path",
            "shapes: services.*.env_file.*.required",
            "shapes: services.*.label_file",
        ],
    ),
    (
        "a row keeps it as it is too, and what is empty or of another type was refused or left out before",
        &[
            "shapes: configs",
            "shapes: configs.*.file",
            "shapes: models",
            "shapes: name",
            "shapes: networks",
            "shapes: networks.*.enable_ipv4",
            "shapes: networks.*.enable_ipv6",
            "shapes: secrets",
            "shapes: secrets.*.environment",
            "shapes: secrets.*.file",
            "shapes: services",
            "shapes: services.*.build.secrets.*.source",
            "shapes: services.*.cgroup",
            "shapes: services.*.configs.*.source",
            "shapes: services.*.container_name",
            "shapes: services.*.depends_on",
            "shapes: services.*.depends_on.*.condition",
            "shapes: services.*.depends_on.*.required",
            "shapes: services.*.deploy.replicas",
            "shapes: services.*.deploy.resources.limits",
            "shapes: services.*.deploy.restart_policy.max_attempts",
            "shapes: services.*.deploy.rollback_config.order",
            "shapes: services.*.deploy.rollback_config.parallelism",
            "shapes: services.*.deploy.update_config.order",
            "shapes: services.*.deploy.update_config.parallelism",
            "shapes: services.*.develop.watch.*.action",
            "shapes: services.*.develop.watch.*.path",
            "shapes: services.*.develop.watch.*.target",
            "shapes: services.*.image",
            "shapes: services.*.init",
            "shapes: services.*.networks",
            "shapes: services.*.ports.*.host_ip",
            "shapes: services.*.pull_policy",
            "shapes: services.*.scale",
            "shapes: services.*.secrets.*.source",
            "shapes: services.*.volumes.*.bind.recursive",
            "shapes: services.*.volumes.*.bind.selinux",
            "shapes: services.*.volumes.*.target",
            "shapes: services.*.volumes.*.type",
            "shapes: volumes",
        ],
    ),
];

#[test]
fn each_row_left_out_fails_a_case() {
    let cases: Vec<_> = cases().into_iter().map(|c| (c.clone(), answers(&c))).collect();
    let known = |name: &str| UNMISSED.iter().any(|(_, rows)| rows.contains(&name));
    // That no row is listed wrongly takes as long as all the rest.
    let all = std::env::var("NRCOMPOSE_TEST_ALL").is_ok_and(|v| !v.is_empty());
    let mut wrong = Vec::new();
    let mut names = BTreeSet::new();
    for (table, rows) in load::tables() {
        for row in rows {
            let name = format!("{table}: {row}");
            // Its own case misses a row before long, and what is empty most of the others.
            let mut likely_first: Vec<_> = cases.iter().collect();
            likely_first.sort_by_key(|(case, _)| {
                let name = case.file_name().unwrap().to_string_lossy();
                (name != table, !name.starts_with("empty-"))
            });
            let is_missed =
                || load::without(table, row, || likely_first.iter().any(|(c, a)| answers(c) != *a));
            if (all || !known(&name)) && is_missed() == known(&name) {
                wrong.push(name.clone());
            }
            names.insert(name);
        }
    }
    assert!(
        wrong.is_empty(),
        "nobody misses, or listed as if nobody did: {wrong:#?}"
    );
    let listed = UNMISSED.iter().flat_map(|(_, rows)| *rows);
    let gone: Vec<_> = listed.filter(|name| !names.contains(**name)).collect();
    assert!(gone.is_empty(), "no rows: {gone:?}");
}
