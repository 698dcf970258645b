//! Runs a profile's own test.

use super::folder::TemporaryFolder;
use super::scene::Scene;
use crate::cli::session::{File, Session};
use crate::diagnostic::Diagnostic;
use crate::engine::Direct;
use crate::engine::{Engine, Leaving};
use crate::facts::profile::Test;
use crate::facts::{Catalog, ImageFacts, ImageRef};
use crate::pipeline::engine::Nobody;
use crate::pipeline::failure::Failure;
use crate::pipeline::{Request, Whose};
use crate::verify::rehearsal::{self, Rehearsal, Round, RoundOutcome};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

/// Images that were named on the command line.
#[derive(Debug, Default)]
pub(super) struct Images {
    /// The one that is tested.
    pub tested: Option<String>,
    /// Those of neighbours.
    pub others: BTreeMap<String, String>,
}

impl Images {
    /// Reads `REF` and `NEIGHBOUR=REF`.
    pub(super) fn read(words: &[String]) -> Images {
        let mut images = Images::default();
        for word in words {
            match word.split_once('=') {
                None => images.tested = Some(word.clone()),
                Some((name, image)) => {
                    images.others.insert(name.to_owned(), image.to_owned());
                }
            }
        }
        images
    }
}

/// The test of one profile; `None` when it has none for the image.
///
/// # Errors
/// A test that is no Compose service, or that cannot be planned.
pub(super) fn rehearse(
    session: &Session,
    catalog: &Catalog,
    engine: &Result<Direct, String>,
    name: &str,
    images: &Images,
) -> Result<Option<Rehearsal>, Failure> {
    let local = engine.as_ref().map_or(Vec::new(), |e| known(e, catalog, name));
    let here = local.iter().find(|image| facts(catalog, name, image).is_some());
    let named = images.tested.as_ref().or(here);
    let any = || {
        let whole = catalog.for_image(None, Some(name))?;
        whole.profile.images.iter().find(|i| !i.contains('*')).cloned()
    };
    let image = named.cloned().or_else(any).unwrap_or_else(|| name.to_owned());
    let Some((facts, test)) = facts(catalog, name, &image) else {
        return Ok(None);
    };
    let mut told = Rehearsal {
        profile: name.to_owned(),
        image: None,
        class: facts.profile.class.value,
        not_run: None,
        rounds: Vec::new(),
    };
    let project = |suffix: &str| {
        let project = project_name(name, suffix);
        rehearsal::project(&test, name, &image, &images.others, &project)
    };
    let checked = project("check");
    // Whether it can be started at all can be said without an engine.
    let folder = TemporaryFolder::make(&project_name(name, "plan"))?;
    let (settings, location) = session.only(File::Text(&checked.to_string()), &folder.0)?;
    let request = Request {
        environment: &settings.environment,
        whose: Whose::Ours(catalog),
        engine: &Nobody,
        ..session.request(&location)
    };
    request.prepare()?;
    drop(folder);
    let engine = match engine {
        Ok(engine) => engine,
        Err(why) => {
            told.not_run = Some(why.clone());
            return Ok(Some(told));
        }
    };
    if let Some(why) = missing(engine, &rehearsal::images(&checked), named.is_none()) {
        told.not_run = Some(why);
        return Ok(Some(told));
    }
    told.image = Some(image.clone());
    let (mut rounds, root) = as_written(session, catalog, engine, &test, &project("a"));
    let (more, fresh) = hardened(session, catalog, engine, &test, &project("b"));
    rounds.extend(more);
    for leaving in [root, fresh].into_iter().flatten() {
        if let (Err(error), Some(last)) = (leaving.gone(), rounds.last_mut()) {
            last.wrong.push(Diagnostic::from(&error).lines());
        }
    }
    told.rounds = rounds;
    Ok(Some(told))
}

/// Whether a profile has a test, for all of its images or for some.
pub(super) fn has_test(catalog: &Catalog, name: &str) -> bool {
    let whole = catalog.resolve(name).unwrap_or_default();
    let conditions = whole.get("conditions").and_then(Value::as_array);
    let parts = conditions
        .into_iter()
        .flatten()
        .filter_map(|v| v.get("set")?.get("test"));
    whole
        .get("test")
        .into_iter()
        .chain(parts)
        .any(|test| !test.is_null())
}

/// What the profile says of an image, and its test for that.
fn facts(catalog: &Catalog, name: &str, image: &str) -> Option<(ImageFacts, Test)> {
    let facts = catalog.for_image(ImageRef::parse(image).as_ref(), Some(name))?;
    let test = facts.profile.test.clone()?;
    Some((facts, test))
}

/// The engine, or why there is none.
///
/// # Errors
/// The reason, for a person.
pub(super) fn engine(session: &Session) -> Result<Direct, String> {
    let engine = session.docker().map_err(|e| Diagnostic::from(&e).lines())?.kept();
    if let Err(error) = session.this_engine().reach(session.plan.engine_limit()) {
        return Err(format!("no engine answers ({}: {})", error.doing, error.detail));
    }
    match engine.info() {
        Ok(_) => Ok(engine),
        Err(error) => Err(format!("no engine answers ({})", error.detail)),
    }
}

/// The images of a profile that are on this machine.
fn known(engine: &dyn Engine, catalog: &Catalog, name: &str) -> Vec<String> {
    let whole = catalog.for_image(None, Some(name));
    let names = whole.map(|f| f.profile.images).unwrap_or_default();
    let names = names.iter().filter(|n| !n.contains('*'));
    names.flat_map(|n| engine.tags(n).unwrap_or_default()).collect()
}

/// Why the test cannot run for want of an image. Nothing is pulled for it.
fn missing(engine: &dyn Engine, images: &[String], unnamed: bool) -> Option<String> {
    let found = match engine.images(images) {
        Ok(found) => found,
        Err(error) => return Some(Diagnostic::from(&error).lines()),
    };
    let gone = images
        .iter()
        .zip(found)
        .find_map(|(i, f)| f.is_none().then_some(i))?;
    Some(match unnamed {
        true => format!("no image of it is on this machine (pull {gone}, or name one with `--image`)"),
        false => format!("{gone} is not on this machine"),
    })
}

/// Distinct for every test at the same time, and short enough for a network's name.
fn project_name(profile: &str, suffix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = profile.rsplit('/').next().unwrap_or_default();
    let word: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    format!(
        "nrcompose-check-{}-{}-{count}{suffix}",
        word.to_lowercase(),
        std::process::id()
    )
}

/// As its author wrote it, then hardened over what that left.
fn as_written(
    session: &Session,
    catalog: &Catalog,
    engine: &dyn Engine,
    test: &Test,
    project: &Value,
) -> (Vec<RoundOutcome>, Option<Leaving>) {
    let scene = match Scene::set(session, catalog, engine, test, project) {
        Ok(scene) => scene,
        Err(why) => return (vec![RoundOutcome::failed(Round::AsWritten, why)], None),
    };
    let plain = scene.play(Round::AsWritten);
    let over = if plain.works() {
        scene.play(Round::OverRoot)
    } else {
        RoundOutcome::failed(
            Round::OverRoot,
            "not tried, since it does not work as written".to_owned(),
        )
    };
    (vec![plain, over], Some(scene.leave()))
}

/// Hardened from the first start on.
fn hardened(
    session: &Session,
    catalog: &Catalog,
    engine: &dyn Engine,
    test: &Test,
    project: &Value,
) -> (Vec<RoundOutcome>, Option<Leaving>) {
    let scene = match Scene::set(session, catalog, engine, test, project) {
        Ok(scene) => scene,
        Err(why) => return (vec![RoundOutcome::failed(Round::FirstStart, why)], None),
    };
    let mut rounds = vec![scene.play(Round::FirstStart)];
    for round in [Round::Restart, Round::Recreated] {
        rounds.push(match rounds[0].works() {
            true => scene.play(round),
            false => RoundOutcome::failed(round, "not tried, since its first start does not work".to_owned()),
        });
    }
    (rounds, Some(scene.leave()))
}
