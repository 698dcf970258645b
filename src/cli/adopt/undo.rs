//! `nrcompose adopt --undo`: a project of ours, adopted or not, back to plain Compose, and forgotten.

use super::back::GoingBack;
use super::rebuilt;
use super::scene::AdoptScene;
use super::table::columns;
use super::{Adopt, yes};
use crate::act::adopted::{Adopted, AdoptedVolume};
use crate::act::ownership::Place;
use crate::cli::ownership::of_project;
use crate::engine::{Container, Engine};
use crate::mark;
use crate::model;
use crate::pipeline::failure::{Failure, code};
use crate::render::Format;
use serde_json::json;
use std::path::Path;

/// What would be undone.
struct Undoing {
    /// Services whose containers a plan of ours made.
    services: Vec<String>,
    /// Those of them that run.
    running: Vec<String>,
    /// Volumes of ours, whose data goes back into layers.
    volumes: Vec<AdoptedVolume>,
    /// Whose owners are put back.
    places: Vec<Place>,
    /// Containers of services that only our override has.
    added: Vec<Container>,
}

/// Runs it and gives the exit code.
///
/// # Errors
/// The engine or Compose fails; what was done is on record, and the next `--undo` goes on.
pub(super) fn run(args: &Adopt, scene: &AdoptScene) -> Result<u8, Failure> {
    let mut record = rebuilt::record(scene, args.dry_run)?;
    let undoing = look(scene, &record)?;
    let is_idle = undoing.services.is_empty()
        && undoing.volumes.is_empty()
        && undoing.places.is_empty()
        && undoing.running.is_empty()
        && undoing.added.is_empty();
    if args.format == Format::Text {
        scene.session.show(&match is_idle {
            true => format!("{} runs as plain Compose has it\n", scene.project.name),
            false => as_text(scene, &undoing),
        })?;
    }
    if args.dry_run {
        return done(args, scene, &undoing, true, &[]);
    }
    if !is_idle && !yes::is_said(args.yes, "give it back", "nrcompose adopt --undo --yes")? {
        return Ok(code::FINDINGS);
    }
    // From here on the containers do not say any more which volumes of ours they had.
    let (name, directory) = (&scene.project.name, &scene.project.directory);
    for one in &undoing.volumes {
        if record.at(&one.service, &one.path).is_none() {
            record.volumes.push(one.clone());
        }
    }
    record.stopped.clone_from(&undoing.running);
    scene.state.write_adopted(name, directory, &record)?;
    for container in &undoing.added {
        scene.engine.remove(&container.id)?;
    }
    let back = GoingBack {
        scene,
        services: &undoing.services,
        start: &undoing.running,
        volumes: undoing.volumes.clone(),
        made: Vec::new(),
        places: Some(undoing.places.clone()),
    };
    let told = back.run(&mut record)?;
    record.stopped.clear();
    scene.state.write_adopted(name, directory, &record)?;
    if told.is_empty() {
        scene.state.forget_project(name, directory)?;
    }
    done(args, scene, &undoing, false, &told)
}

fn done(
    args: &Adopt,
    scene: &AdoptScene,
    undoing: &Undoing,
    is_dry: bool,
    told: &[String],
) -> Result<u8, Failure> {
    if args.format == Format::Json {
        let volumes = undoing
            .volumes
            .iter()
            .map(|one| json!({"service": one.service, "path": one.path, "volume": scene.volume(&one.key)}));
        let said = json!({
            "project": scene.project.name,
            "dry_run": is_dry,
            "services": undoing.services,
            "volumes": volumes.collect::<Vec<_>>(),
            "owners": undoing.places.iter().map(Place::name).collect::<Vec<_>>(),
            "told": told,
        });
        scene.session.json(&format!("{said:#}\n"))?;
    } else if !is_dry {
        let lines: String = told.iter().map(|line| format!("{line}\n")).collect();
        scene.session.show(&match told {
            [] => format!(
                "{} is plain Compose's again, and nothing of it is kept\n",
                scene.project.name
            ),
            _ => lines,
        })?;
    }
    Ok(if told.is_empty() { 0 } else { code::FINDINGS })
}

fn look(scene: &AdoptScene, record: &Adopted) -> Result<Undoing, Failure> {
    let composed = scene.engine.composed(Some(&scene.project.name))?;
    let containers = scene.containers()?;
    let path = scene
        .state
        .override_path(&scene.project.name, &scene.project.directory);
    let is_ours = |c: &Container| {
        let of = composed.iter().find(|one| one.id == c.id);
        of.is_some_and(|one| {
            one.files
                .split(',')
                .any(|file| is_override(Path::new(file), &path))
        })
    };
    let (mut services, mut running, mut added) = (Vec::new(), Vec::new(), Vec::new());
    let mut volumes: Vec<AdoptedVolume> = record.volumes.clone();
    for container in &containers {
        let name = container.service().to_owned();
        if model::service(&scene.project, &name).is_none() {
            let prefixes = [model::INIT_PREFIX, model::SOCKET_PREFIX];
            if prefixes.iter().any(|prefix| name.starts_with(prefix)) {
                added.push(container.clone());
            }
            continue;
        }
        if !is_ours(container) {
            continue;
        }
        volumes.extend(
            of_ours(scene, container)
                .into_iter()
                .filter(|one| {
                    !volumes
                        .iter()
                        .any(|known| (&known.service, &known.path) == (&one.service, &one.path))
                })
                .collect::<Vec<_>>(),
        );
        if container.state.is_up() && !running.contains(&name) {
            running.push(name.clone());
        }
        if !services.contains(&name) {
            services.push(name);
        }
    }
    // What is in a volume needs a container to go back to.
    for one in volumes.iter().filter(|one| one.is_whole) {
        let is_known = containers.iter().any(|c| c.service() == one.service);
        let is_there = model::service(&scene.project, &one.service).is_some();
        if !is_known && is_there && !services.contains(&one.service) {
            services.push(one.service.clone());
        }
    }
    // Stopped for a start of ours that did not come about.
    for name in &record.stopped {
        if !running.contains(name) && model::service(&scene.project, name).is_some() {
            running.push(name.clone());
        }
    }
    Ok(Undoing {
        places: of_project(scene.session, &scene.engine, &scene.ownership())?,
        services,
        running,
        volumes,
        added,
    })
}

/// Whether a file that Compose was given is an override of ours.
fn is_override(file: &Path, kept: &Path) -> bool {
    file == kept || crate::input::bytes(file).is_ok_and(|text| mark::is_override(&text))
}

/// The volumes of a container that its author does not know of: the plan made them for what it writes.
fn of_ours(scene: &AdoptScene, container: &Container) -> Vec<AdoptedVolume> {
    let service = container.service();
    let named = container.mounts.iter().filter(|m| m.kind == "volume");
    let own = named.filter_map(|mount| {
        let key = model::own_name(service, &mount.destination);
        (scene.volume(&key) == mount.name).then(|| AdoptedVolume {
            service: service.to_owned(),
            path: mount.destination.clone(),
            key,
            from: String::new(),
            is_whole: true,
        })
    });
    own.collect()
}

fn as_text(scene: &AdoptScene, undoing: &Undoing) -> String {
    let mut rows: Vec<([String; 3], Vec<String>)> = vec![(
        ["SERVICE", "THEN", ""].map(str::to_owned),
        vec!["WHAT IS DONE".to_owned()],
    )];
    let mut names: Vec<&String> = undoing.services.iter().collect();
    names.extend(
        undoing
            .volumes
            .iter()
            .map(|one| &one.service)
            .filter(|s| !undoing.services.contains(s)),
    );
    names.dedup();
    for name in names {
        let own = undoing.volumes.iter().filter(|one| one.service == *name);
        let mut lines: Vec<String> = own
            .map(|one| {
                format!(
                    "the volume {} goes back to {} of its container",
                    scene.volume(&one.key),
                    one.path
                )
            })
            .collect();
        if undoing.services.contains(name) {
            lines.push("its container is made anew".to_owned());
        }
        rows.push(([name.clone(), "as written".to_owned(), String::new()], lines));
    }
    let mut text = columns(&rows);
    for place in &undoing.places {
        text.push_str(&format!("{place}: back to whom it belonged to\n"));
    }
    for container in &undoing.added {
        text.push_str(&format!(
            "{}: goes, nrcompose added it\n",
            container.name.trim_start_matches('/')
        ));
    }
    text
}
