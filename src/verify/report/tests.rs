//! A claim that nobody could check is held nowhere: not in a figure, an exit code, a word, nor in the table.

use super::*;
use crate::facts::check::TESTED;
use crate::verify::observation::ProbeSeen;
use crate::verify::rehearsal::{Round, RoundOutcome};
use crate::verify::{claims, table};

/// What can be claimed and was not seen: there is no container to be seen.
fn unseen() -> Vec<Claim> {
    vec![
        Claim::Uid { uid: 1000 },
        Claim::NoRootProcess,
        Claim::NoNewPrivileges,
        Claim::Writable { path: "/data".into() },
        Claim::Answers,
    ]
}

fn report(seen: Observation, claims: Vec<Claim>) -> Report {
    let judged = claims
        .into_iter()
        .map(|claim| Judged::new(claims::judge(&claim, &seen), claim));
    let judged = judged.collect();
    Report {
        project: "p".to_owned(),
        engine: String::new(),
        root_is_not_root: None,
        services: vec![ServiceReport::new(seen, judged)],
        unread: Vec::new(),
    }
}

fn nothing_seen() -> Observation {
    Observation {
        service: TESTED.to_owned(),
        ..Observation::default()
    }
}

#[test]
fn an_unchecked_claim_is_in_no_figure_of_held_ones() {
    for claim in unseen() {
        let report = report(nothing_seen(), vec![claim.clone()]);
        let [service] = report.services.as_slice() else {
            panic!()
        };
        assert_eq!(service.count(), (0, 0, 1), "{claim}");
        assert_eq!(report.exit_code(false), 1, "{claim}");
        // The person's word, and it is no breach: nothing is rolled back for it.
        assert_eq!(report.exit_code(true), 0, "{claim}");
        assert!(report.broken().is_empty(), "{claim}");
    }
}

#[test]
fn held_broken_and_unchecked_are_told_apart_together() {
    let mut seen = nothing_seen();
    seen.engine.status = "running".to_owned();
    seen.engine.privileged = true;
    let claims = vec![
        Claim::Running,
        Claim::NotPrivileged,
        Claim::Uid { uid: 1000 },
        Claim::Answers,
    ];
    let report = report(seen, claims);
    assert_eq!(report.services[0].count(), (1, 1, 2));
    assert_eq!(report.exit_code(true), 1);
    assert_eq!(report.broken(), [TESTED]);
    let text = table::render(&report);
    assert!(text.contains(" 1/1/2 "), "{text}");
}

#[test]
fn the_table_and_the_json_say_of_each_that_it_was_not_checked() {
    let report = report(nothing_seen(), unseen());
    let text = table::render(&report);
    let row = text.lines().nth(1).unwrap();
    assert!(row.contains(" 0/0/5 "), "{text}");
    for claim in unseen() {
        assert!(text.contains(&format!("  not checked: {claim}\n")), "{text}");
    }
    let json = serde_json::to_value(&report).unwrap();
    let claims = json["services"][0]["claims"].as_array().unwrap();
    assert_eq!(claims.len(), 5);
    for claim in claims {
        assert_eq!(claim["verdict"], "unchecked", "{claim}");
        assert!(claim["why"].as_str().is_some_and(|w| !w.is_empty()), "{claim}");
    }
}

#[test]
fn a_profiles_own_test_does_not_pass_on_what_was_not_checked() {
    for claim in unseen() {
        let outcome = RoundOutcome::judged(Round::FirstStart, &report(nothing_seen(), vec![claim.clone()]));
        assert_eq!(outcome.held, 0);
        assert!(!outcome.works(), "{claim}");
        assert!(
            outcome.wrong[0].contains("could not be checked"),
            "{:?}",
            outcome.wrong
        );
    }
}

/// A probe that could not be run answers nothing, and a healthcheck that has not passed is not healthy.
#[test]
fn what_works_is_not_said_of_what_was_not_seen_to() {
    let mut seen = nothing_seen();
    seen.probe = Some(ProbeSeen {
        command: "curl".to_owned(),
        code: None,
        said: "no such file".to_owned(),
        ms: 1,
    });
    seen.engine.health = Some("starting".to_owned());
    let report = report(seen, vec![Claim::Answers, Claim::Healthy]);
    assert_eq!(report.services[0].count(), (0, 0, 2));
    // What just started is no finding; what could not be checked is one.
    assert_eq!(report.exit_code(true), 0);
    assert_eq!(report.services[0].works, Works::Unknown);
    let without_health = {
        let mut seen = report.services[0].seen.clone();
        seen.engine.health = None;
        ServiceReport::new(seen, Vec::new())
    };
    assert_ne!(without_health.works, Works::Answers);
}
