//! Services that another program made anew since: plain `docker compose`, which does not know the override, or one that
//! replaces images beside Compose, as Watchtower and Portainer do.

use super::Before;
use super::made::{MadeBy, made_by};
use crate::act::state::StateDirectory;
use crate::cli::session::Session;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::engine::{Composed, Container, Engine};
use crate::load::Project;
use crate::pipeline::failure::Failure;
use crate::render::override_file::names_service;
use indexmap::IndexSet;

/// Where Compose writes down which image it made a container of.
const IMAGE: &str = "com.docker.compose.image";

/// The services of which a container was made by another program than a start of ours, though the override that is kept
/// says something of them.
///
/// # Errors
/// The engine does not say which containers there are; there is no place for state.
pub(crate) fn recreated_without_us(
    engine: &dyn Engine,
    project: &Project,
    state: &StateDirectory,
) -> Result<Vec<String>, Failure> {
    let path = state.override_path(&project.name, &project.directory);
    let Some(text) = state.read_override(&path) else {
        return Ok(Vec::new());
    };
    let before = Before { path, text };
    let there = engine.composed(Some(&project.name))?;
    let mut services = as_written(&there, &before);
    let others: Vec<String> = there
        .iter()
        .filter(|one| {
            !one.oneoff && !services.contains(&one.service) && names_service(&before.text, &one.service)
        })
        .map(|one| one.id.clone())
        .collect();
    let replaced = engine.still_there(&others)?.into_iter().filter(has_another_image);
    services.extend(replaced.map(|container| container.service().to_owned()));
    Ok(services.into_iter().collect())
}

/// Of what was listed already, at no cost: those that were made from the author's files alone.
pub(super) fn as_written(there: &[Composed], before: &Before) -> IndexSet<String> {
    let is_without = |one: &&Composed| {
        !one.oneoff && names_service(&before.text, &one.service) && made_by(one, before) == MadeBy::AsWritten
    };
    let services = there.iter().filter(is_without).map(|one| one.service.clone());
    services.collect()
}

/// Tells a person of those of a project, if there are any; what keeps that from being known is told elsewhere.
pub(crate) fn tell(session: &Session, engine: &dyn Engine, project: &Project) {
    let Ok(state) = StateDirectory::find(&session.settings.environment) else {
        return;
    };
    let services = recreated_without_us(engine, project, &state).unwrap_or_default();
    if let Some((what, help)) = told(&services) {
        let said = Diagnostic::new(Topic::Recreated, what).help(help);
        session.tell(&said, &project.sources);
    }
}

/// What a person is told, in one line.
pub(crate) fn told(services: &[String]) -> Option<(String, &'static str)> {
    let what = match services {
        [] => return None,
        [one] => format!(
            "{one} was made anew without nrcompose (by plain `docker compose`, Watchtower, Portainer …)"
        ),
        all => format!(
            "{} were made anew without nrcompose (by plain `docker compose`, Watchtower, Portainer …)",
            all.join(", ")
        ),
    };
    Some((what, "`nrcompose up -d` hardens it again"))
}

/// Whether its image was replaced by somebody who kept Compose's labels.
fn has_another_image(container: &Container) -> bool {
    let made_of = container.config.labels.get(IMAGE);
    made_of.is_some_and(|made_of| {
        !made_of.is_empty() && !container.image.is_empty() && *made_of != container.image
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_keeps_the_labels_and_has_another_image_was_replaced() {
        let of = |label: serde_json::Value, image: &str| {
            let container: Container = serde_json::from_value(serde_json::json!({
                "Id": "a", "Name": "/a", "Image": image, "State": {"Status": "running"}, "HostConfig": {},
                "Config": {"Labels": label},
            }))
            .unwrap();
            has_another_image(&container)
        };
        assert!(of(serde_json::json!({IMAGE: "sha256:1"}), "sha256:2"));
        assert!(!of(serde_json::json!({IMAGE: "sha256:1"}), "sha256:1"));
        assert!(!of(serde_json::json!({}), "sha256:1"));
    }

    #[test]
    fn a_container_by_the_authors_files_alone_is_without_us() {
        let one = |service: &str, files: &str, oneoff| Composed {
            id: String::new(),
            name: String::new(),
            project: String::new(),
            service: service.to_owned(),
            files: files.to_owned(),
            oneoff,
            status: String::new(),
        };
        let before = Before {
            path: "/s/override.yaml".into(),
            text: format!(
                "{}\nservices:\n  app:\n    user: \"1:1\"\n",
                crate::mark::OVERRIDE
            ),
        };
        let there = [
            one("app", "/p/compose.yaml", false),
            one("app", "/p/compose.yaml", true),
            one("other", "/p/compose.yaml", false),
        ];
        assert_eq!(as_written(&there, &before), IndexSet::from(["app".to_owned()]));
        let ours = [one("app", "/p/compose.yaml,/s/override.yaml", false)];
        assert!(as_written(&ours, &before).is_empty());
    }

    #[test]
    fn it_is_one_line() {
        assert_eq!(told(&[]), None);
        let (what, help) = told(&["a".to_owned(), "b".to_owned()]).unwrap();
        assert!(what.starts_with("a, b were") && help.contains("up -d") && !what.contains('\n'));
    }
}
