use super::*;
use crate::facts::evidence::EvidenceKind;
use crate::facts::local::Directory;
use crate::facts::profile::Class;

fn image(text: &str) -> ImageRef {
    ImageRef::parse(text).expect("a reference")
}

fn user(facts: &ImageFacts) -> Option<(u32, u32)> {
    facts.profile.user.as_ref().map(|u| (u.uid, u.gid))
}

fn known(text: &str) -> ImageFacts {
    Catalog::default()
        .for_image(Some(&image(text)), None)
        .expect("facts")
}

/// A project folder with these profiles, gone when dropped.
struct ProjectFolder(PathBuf);

impl ProjectFolder {
    fn with(name: &str, files: &[(&str, &str)]) -> ProjectFolder {
        let folder = std::env::temp_dir().join(format!("nrcompose-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("created");
        for (name, text) in files {
            std::fs::write(folder.join(name), text).expect("written");
        }
        ProjectFolder(folder)
    }
}

impl Drop for ProjectFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_tag_decides_on_the_user() {
    assert_eq!(user(&known("postgres:16")), Some((999, 999)));
    assert_eq!(
        user(&known("docker.io/library/postgres:16-alpine3.20")),
        Some((70, 70))
    );
    assert_eq!(user(&known("redis:alpine")), Some((999, 1000)));
    assert_eq!(known("nobody/knows").origin, Provenance::Generic);
    assert_eq!(known("postgres").origin, Provenance::BuiltIn);
}

#[test]
fn a_person_s_own_profile_wins_and_may_extend_ours() {
    let own = "extends: postgres\nimages: [postgres]\nabout: mine\nevidence:\n  \
               mine: {kind: measured, says: here}\nuser: {uid: 5, gid: 5, others: any, evidence: mine}\n";
    let folder = ProjectFolder::with("own", &[("postgres.yaml", own)]);
    let catalog = Catalog::open(std::slice::from_ref(&folder.0)).expect("a catalog");
    let facts = catalog
        .for_image(Some(&image("postgres:16")), None)
        .expect("facts");
    assert_eq!(facts.origin, Provenance::User(folder.0.join("postgres.yaml")));
    assert_eq!(user(&facts), Some((5, 5)));
    assert!(facts.profile.writable.iter().any(|w| w.path == "/run/postgresql"));
    let names = &facts.profile.user.as_ref().expect("a user").evidence;
    assert_eq!(
        facts.strongest(names).map(|e| e.kind),
        Some(EvidenceKind::Measured)
    );
}

#[test]
fn a_wrong_profile_of_a_person_is_named_with_its_line() {
    let folder = ProjectFolder::with("wrong", &[("a.yaml", "about: a\ncolour: red\n")]);
    let problems = Catalog::open(std::slice::from_ref(&folder.0)).expect_err("problems");
    let said = problems[0].to_string();
    assert!(said.contains("a.yaml:2: unknown field `colour`"), "{said}");
}

#[test]
fn a_chosen_profile_is_taken_whatever_the_image() {
    let catalog = Catalog::default();
    let facts = catalog
        .for_image(Some(&image("x/y:alpine")), Some("redis"))
        .expect("facts");
    assert_eq!(user(&facts), Some((999, 1000)));
    assert_eq!(catalog.for_image(None, Some("no such profile")), None);
}

#[test]
fn a_dockerfile_is_laid_over_its_base_and_the_image_fills_the_gaps() {
    let recipe = Recipe {
        name: "Dockerfile".into(),
        text: "FROM node:22\nRUN useradd app\nUSER app\nEXPOSE 8080\n".into(),
        ..Recipe::default()
    };
    let local = Local {
        id: "sha256:1".into(),
        user: "app".into(),
        volumes: vec!["/var/run/x".into()],
        users: [("app".to_owned(), (1001, 1002))].into_iter().collect(),
        links: [("/var/run".to_owned(), "/run".to_owned())].into_iter().collect(),
        directories: [(
            "/run/x".to_owned(),
            Directory {
                uid: 1001,
                gid: 1002,
                mode: 0o750,
                content: false,
            },
        )]
        .into_iter()
        .collect(),
        ..Local::default()
    };
    let mut request = Lookup {
        recipe: Some(&recipe),
        ..Lookup::default()
    };
    let catalog = Catalog::default();
    let facts = catalog.facts(&request).expect("facts");
    assert_eq!((facts.name.as_str(), user(&facts)), ("node", None));
    assert_eq!(facts.profile.class.value, Class::Nonroot);
    assert_eq!(facts.origin, Provenance::Dockerfile("Dockerfile".into()));
    request.local = Some(&local);
    let facts = catalog.facts(&request).expect("facts");
    assert_eq!(user(&facts), Some((1001, 1002)));
    let volume = facts
        .profile
        .writable
        .iter()
        .find(|w| w.path == "/run/x")
        .expect("resolved");
    assert_eq!(
        (volume.owner.as_deref(), volume.mode.as_deref()),
        (Some("1001:1002"), Some("0750"))
    );
    assert!(facts.profile.ports.iter().any(|p| p.port == 8080));
}

#[test]
fn evidence_of_two_sources_is_kept_apart() {
    let recipe = Recipe {
        name: "Dockerfile".into(),
        text: "FROM nginx\n".into(),
        ..Recipe::default()
    };
    let named = image("grafana/grafana:11");
    let facts = Catalog::default()
        .facts(&Lookup {
            image: Some(&named),
            recipe: Some(&recipe),
            ..Lookup::default()
        })
        .expect("facts");
    let user = facts.profile.user.as_ref().expect("a user");
    let place = facts.strongest(&user.evidence).expect("evidence").place();
    assert!(place.contains("grafana"), "{place}");
    let cache = facts
        .profile
        .writable
        .iter()
        .find(|w| w.path == "/var/cache/nginx")
        .expect("of nginx");
    assert!(
        facts
            .strongest(&cache.evidence)
            .expect("evidence")
            .place()
            .contains("nginx")
    );
}

#[test]
fn what_a_mirror_serves_is_what_it_has_from_elsewhere_with_less_certainty() {
    let of = |name: &str, catalog: &Catalog, local: Option<&Local>| {
        let named = image(name);
        let request = Lookup {
            image: Some(&named),
            local,
            ..Lookup::default()
        };
        let facts = catalog.facts(&request).expect("facts");
        (facts.name.clone(), facts.doubt.is_some())
    };
    let postgres = || "postgres".to_owned();
    let catalog = Catalog::default();
    let mirrored = "reg.example.com/library/postgres:16";
    assert_eq!(of("postgres:16", &catalog, None), (postgres(), false));
    assert_eq!(of(mirrored, &catalog, None), (postgres(), true));
    assert_eq!(
        of("ghcr.io/someone/postgres", &catalog, None),
        ("generic".to_owned(), false)
    );
    // A person who says so is sure.
    let sure = Catalog::default().with_mirrors(&["reg.example.com".to_owned()]);
    assert_eq!(of(mirrored, &sure, None), (postgres(), false));
    // So is who looks into it: it declares what postgres declares, or is something else.
    let mut local = Local {
        id: "sha256:1".to_owned(),
        ..Local::default()
    };
    assert_eq!(
        of(mirrored, &catalog, Some(&local)),
        ("generic".to_owned(), false)
    );
    local.volumes = vec!["/var/lib/postgresql/data".to_owned()];
    local.users.insert("postgres".to_owned(), (999, 999));
    assert_eq!(of(mirrored, &catalog, Some(&local)), (postgres(), false));
    // A digest alone does not tell Debian from Alpine.
    let digest = format!("postgres@sha256:{}", "0".repeat(64));
    assert_eq!(of(&digest, &catalog, None), (postgres(), true));
}
