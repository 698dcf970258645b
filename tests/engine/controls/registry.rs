//! Every control rests on something that was tried: the list, and that its tests exist.

use crate::report;
use nrcompose::controls::CONTROLS;
use std::path::{Path, PathBuf};

/// A control, tests of what it takes for granted, of a service that works because of it, and of one that fails
/// without it. Controls that change nothing have the first alone.
const SHOWN: &[(&str, &[&str], &str, &str)] = &[
    (
        "devices",
        &["group_added_by_number_opens_a_socket_of_that_group"],
        "the_engines_socket_is_read_through_its_group",
        "the_engines_socket_is_read_through_its_group",
    ),
    (
        "environment",
        &[
            "root_alone_writes_a_home_of_roots_and_a_variable_helps",
            "compose_takes_a_variable_away_when_reset",
        ],
        "a_home_that_can_be_written_is_set",
        "a_home_that_can_be_written_is_set",
    ),
    (
        "files",
        &[],
        "a_file_of_the_image_is_written_by_the_user",
        "a_file_of_the_image_is_written_by_the_user",
    ),
    ("init", &[], "s6_is_process_1_again", "s6_is_process_1_again"),
    (
        "namespaces",
        &["pid_host_shows_processes_of_others_and_lets_their_user_stop_them"],
        "",
        "",
    ),
    (
        "passwd",
        &[
            "passwd_is_asked_by_programs_that_fail_without_an_entry",
            "passwd_as_an_inline_config_is_seen_and_home_follows",
            "passwd_as_an_inline_config_is_refused_in_a_read_only_service",
            "user_unknown_to_the_image_has_no_home",
        ],
        "git_and_ssh_know_who_they_are",
        "git_and_ssh_know_who_they_are",
    ),
    (
        "ports",
        &[
            "port_80_is_free_for_all_on_private_networks",
            "port_80_follows_the_host_on_its_network",
        ],
        "on_the_host_network_it_moves_by_itself",
        "on_the_host_network_a_low_port_is_closed",
    ),
    (
        "privileges",
        &[
            "file_capability_needs_its_capability_in_the_bounding_set",
            "setuid_is_stopped_by_no_new_privileges_alone",
            "apache_without_capabilities_keeps_root_workers",
        ],
        "a_file_capability_stays_in_reach_and_no_other",
        "a_file_capability_out_of_reach_keeps_the_program_from_starting",
    ),
    (
        "published",
        &[],
        "a_port_that_may_not_be_published_answers_on_another",
        // Only a rootless engine would fail.
        "",
    ),
    (
        "read_only",
        &[
            "tmpfs_is_all_that_can_be_written_on_a_read_only_root",
            "passwd_as_an_inline_config_is_refused_in_a_read_only_service",
        ],
        "nginx_serves_on_a_read_only_root",
        "nginx_fails_without_its_tmpfs",
    ),
    (
        "readable",
        &[
            "bind_of_a_file_is_read_by_its_own_mode_alone",
            "a_copied_secret_of_roots_is_closed_to_others",
        ],
        "a_key_of_a_group_is_read_by_joining_it",
        "a_key_of_roots_alone_is_no_end_of_the_service_and_is_cured",
    ),
    (
        "root_only",
        &["root_alone_changes_owners_and_enters_its_home"],
        "",
        "",
    ),
    (
        "socket_proxy",
        &[],
        "a_proxy_lets_only_what_is_needed_pass",
        "a_proxy_lets_only_what_is_needed_pass",
    ),
    (
        "tmpfs",
        &["tmpfs_with_ids_belongs_to_them", "tmpfs_executes_only_when_told"],
        "nginx_serves_on_a_read_only_root",
        "nginx_fails_without_its_tmpfs",
    ),
    (
        "user",
        &[
            "user_without_group_takes_root_as_group_when_unknown",
            "numeric_users_need_no_capability",
        ],
        "an_image_built_for_group_0_keeps_that_group",
        "an_image_built_for_group_0_cannot_write_in_another",
    ),
    (
        "volumes",
        &[
            "volume_empty_is_re_owned_at_create",
            "init_service_owns_the_volume_in_time",
            "compose_makes_a_volume_that_only_the_override_has",
        ],
        "postgres_keeps_its_data_under_a_random_uid",
        "postgres_does_not_start_under_a_random_uid_without_its_volume",
    ),
];

#[test]
fn every_control_is_shown_on_the_engine() {
    let tests = tests();
    let known: Vec<&str> = SHOWN.iter().map(|(control, ..)| *control).collect();
    let mut controls: Vec<&str> = CONTROLS.iter().map(|c| c.id).collect();
    controls.sort_unstable();
    assert_eq!(known, controls, "each control once, in order");
    for (control, premises, works, fails) in SHOWN {
        let named: Vec<&str> = premises.iter().chain([works, fails]).copied().collect();
        for name in named.iter().filter(|n| !n.is_empty()) {
            assert!(
                tests.contains(&format!("#[test]\nfn {name}(")),
                "{control}: no test {name}"
            );
        }
        assert!(named.iter().any(|n| !n.is_empty()), "{control} rests on nothing");
        let or_none = |name: &str| {
            if name.is_empty() {
                "-".to_owned()
            } else {
                name.to_owned()
            }
        };
        report::line(&format!(
            "control {control} | premises {} | works {} | fails without {}",
            or_none(&premises.join(", ")),
            or_none(works),
            or_none(fails)
        ));
    }
}

/// The text of all tests here.
fn tests() -> String {
    let mut folders: Vec<PathBuf> = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine")];
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    text
}
