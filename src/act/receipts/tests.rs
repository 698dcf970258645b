//! Receipts as they are read, written, added and taken back.

use super::*;

fn receipt(service: &str, plan: &str, failed: Option<&str>) -> Receipt {
    Receipt {
        service: service.to_owned(),
        image: "sha256:1".to_owned(),
        digests: Vec::new(),
        architecture: "amd64".to_owned(),
        plan: plan.to_owned(),
        engine: "ID 20.10.24".to_owned(),
        claims: vec!["no process has uid 0".to_owned()],
        probe: "listens".to_owned(),
        date: "2026-12-01T00:00:00Z".to_owned(),
        failed: failed.map(str::to_owned),
        alike: false,
    }
}

#[test]
fn what_does_as_much_as_its_author_wrote_it_works_by_its_first_plan() {
    let mut all = Receipts::default();
    let old = Receipt {
        date: "2026-11-01T00:00:00Z".to_owned(),
        ..receipt("web", "0", Some("it ended"))
    };
    let all_of = [
        old,
        receipt("web", "1", Some("why")),
        receipt("web", "2", Some("another")),
        receipt("db", "1", Some("why")),
    ];
    all_of.into_iter().for_each(|r| all.add(r));
    let since = "2026-11-20T00:00:00Z";
    assert!(!all.works_as_written("web", since, "another"));
    assert!(all.works_as_written("web", since, "why"));
    let left: Vec<(&str, bool)> = all.all().map(|r| (r.plan.as_str(), r.failed.is_none())).collect();
    assert_eq!(left, [("0", false), ("1", true), ("1", false)]);
}

#[test]
fn the_last_word_on_the_same_counts() {
    let mut receipts = Receipts::default();
    receipts.add(receipt("web", "a", None));
    receipts.add(receipt("web", "a", Some("it ended with code 1")));
    assert_eq!(receipts.all().count(), 1);
    assert!(receipts.of("web", "sha256:1", "a").unwrap().failed.is_some());
    // A moved tag, a plan that changed, another service: nothing is known.
    for (service, image, plan) in [
        ("web", "sha256:2", "a"),
        ("web", "sha256:1", "b"),
        ("db", "sha256:1", "a"),
    ] {
        assert_eq!(receipts.of(service, image, plan), None);
    }
}

#[test]
fn the_oldest_of_a_service_go() {
    let mut receipts = Receipts::default();
    receipts.add(receipt("db", "first", None));
    for plan in 0..20 {
        receipts.add(receipt("web", &plan.to_string(), None));
    }
    assert_eq!(receipts.all().count(), 1 + KEPT);
    assert!(receipts.of("web", "sha256:1", "19").is_some() && receipts.of("web", "sha256:1", "0").is_none());
    assert!(receipts.of("db", "sha256:1", "first").is_some());
}

#[test]
fn what_is_not_ours_is_never_misread() {
    let mut receipts = Receipts::default();
    receipts.add(receipt("web", "a", None));
    let text = receipts.text().unwrap();
    assert_eq!(Receipts::read(&text).unwrap().all().count(), 1);
    for (from, to) in [
        ("\"version\": 1", "\"version\": 2"),
        ("\"plan\"", "\"plane\""),
        ("{", ""),
    ] {
        assert!(Receipts::read(&text.replacen(from, to, 1)).is_err(), "{from}");
    }
}
