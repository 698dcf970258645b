//! A stack is taken over: data copied and compared, directories given, services started and proven. Until a container is
//! made anew, its layer has everything still; from then on the volume has, until a service that does not answer got it back.

use super::back::{GoingBack, volumes_there};
use super::scene::AdoptScene;
use super::start::{StartProof, start_and_prove};
use super::survey::{AdoptRow, AdoptSurvey};
use super::table::{entries, size};
use crate::act::adopt::into_volume;
use crate::act::adopted::{Adopted, AdoptedVolume, LABEL};
use crate::act::ownership::{Place, Wanted};
use crate::cli::session::progress;
use crate::engine::{Container, Engine, ErrorKind};
use crate::pipeline::failure::Failure;
use crate::render::override_file::of_services;

/// What came of it.
pub(super) struct CameOf {
    /// Services that run as planned.
    pub(super) adopted: Vec<String>,
    /// Services that run as their author wrote them again.
    pub(super) failed: Vec<String>,
    /// Services that start as their author wrote them all the same.
    pub(super) as_written: Vec<String>,
    /// What the person must know.
    pub(super) told: Vec<String>,
}

impl CameOf {
    /// For a person.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if !self.adopted.is_empty() {
            text.push_str(&format!(
                "taken over and proven: {}; `nrcompose adopt --undo` gives it back\n",
                self.adopted.join(", ")
            ));
        }
        if !self.failed.is_empty() {
            text.push_str(&format!(
                "does not work without root, and runs as its author wrote it again, with its data and owners: {}\n",
                self.failed.join(", ")
            ));
        }
        self.told
            .iter()
            .for_each(|line| text.push_str(&format!("{line}\n")));
        text
    }
}

/// Does it.
///
/// # Errors
/// What cannot be copied or given: then everything runs as it did. What cannot be started or looked at.
pub(super) fn run(scene: &AdoptScene, survey: &AdoptSurvey, mut record: Adopted) -> Result<CameOf, Failure> {
    let rows: Vec<&AdoptRow> = survey.rows.iter().filter(|row| !row.is_idle()).collect();
    let names: Vec<String> = rows.iter().map(|row| row.service.clone()).collect();
    let is_up = |c: &&Container| c.state.is_up();
    let must_stop = |row: &&&AdoptRow| {
        let needs = !row.layers.is_empty() || !row.gifts.is_empty();
        needs && row.containers.iter().any(|c| is_up(&c))
    };
    let stopped: Vec<String> = rows
        .iter()
        .filter(must_stop)
        .map(|row| row.service.clone())
        .collect();
    let before = volumes_there(scene)?;
    if !stopped.is_empty() {
        record.stopped.clone_from(&stopped);
        keep(scene, &record)?;
        scene.plain(&["stop"], &stopped)?;
    }
    let gifts: Vec<Wanted> = together(rows.iter().flat_map(|row| row.gifts.iter().map(|(want, _)| want)));
    if let Err(failure) = copied(scene, &rows, &mut record).and_then(|()| given(scene, &gifts)) {
        return Err(as_it_was(scene, (&gifts, &mut record), failure));
    }
    let StartProof { works, failed } = match start_and_prove(scene, &names) {
        // It was refused before anything was made anew.
        Err(failure) if is_untouched(scene, &rows) => {
            return Err(as_it_was(scene, (&gifts, &mut record), failure));
        }
        came => came?,
    };
    record.stopped.clear();
    keep(scene, &record)?;
    let mut told = Vec::new();
    if !failed.is_empty() {
        let made = volumes_there(scene)?
            .into_iter()
            .filter(|name| !before.contains(name));
        let back = GoingBack {
            scene,
            services: &failed,
            start: &failed,
            volumes: record
                .volumes
                .iter()
                .filter(|one| failed.contains(&one.service))
                .cloned()
                .collect(),
            made: made.collect(),
            places: None,
        };
        told = back.run(&mut record)?;
        without(scene, &failed)?;
    }
    let is_written = |name: &&String| !works.contains(name) && !failed.contains(name);
    Ok(CameOf {
        as_written: names.iter().filter(is_written).cloned().collect(),
        adopted: works,
        failed,
        told,
    })
}

/// Whether every container is still the one that was looked at.
fn is_untouched(scene: &AdoptScene, rows: &[&AdoptRow]) -> bool {
    let ids = rows
        .iter()
        .flat_map(|row| row.containers.iter().map(|c| c.id.clone()));
    scene.engine.inspect(&ids.collect::<Vec<_>>()).is_ok()
}

/// The override that is kept says nothing of these any more: they run as their author wrote them.
fn without(scene: &AdoptScene, services: &[String]) -> Result<(), Failure> {
    let path = scene
        .state
        .override_path(&scene.project.name, &scene.project.directory);
    if let Some(text) = scene.state.read_override(&path) {
        let rest = of_services(&text, |name| services.iter().all(|other| other != name));
        scene.state.write_override(&path, &rest)?;
    }
    Ok(())
}

/// Each directory once, for all that it is given to.
fn together<'w>(all: impl Iterator<Item = &'w Wanted>) -> Vec<Wanted> {
    let mut gifts: Vec<Wanted> = Vec::new();
    for want in all {
        match gifts.iter_mut().find(|other| other.place == want.place) {
            Some(same) => {
                same.recursive |= want.recursive;
                same.services.extend(want.services.iter().cloned());
            }
            None => gifts.push(want.clone()),
        }
    }
    gifts
}

/// Copies what is in layers. The record says before each that it is begun, and after that it is whole.
fn copied(scene: &AdoptScene, rows: &[&AdoptRow], record: &mut Adopted) -> Result<(), Failure> {
    for row in rows {
        for (place, one) in &row.layers {
            let Some(container) = row.containers.first() else {
                continue;
            };
            let volume = scene.volume(&one.key);
            note(scene, record, one)?;
            // What an earlier try left is not whole, or older than the layer.
            match scene.engine.remove_volume(&volume) {
                Err(error) if error.kind != ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
            let labels = [
                ("com.docker.compose.project", scene.project.name.clone()),
                ("com.docker.compose.volume", one.key.clone()),
                (LABEL, one.label()),
            ];
            scene.engine.create_lasting_volume(&volume, &labels)?;
            let copied = into_volume(scene.copied_with(), (&container.id, &place.path), &volume)?;
            note(
                scene,
                record,
                &AdoptedVolume {
                    is_whole: true,
                    ..one.clone()
                },
            )?;
            progress(&format!(
                "{}: {} of its container copied to the volume {volume}: {}, {}, compared",
                row.service,
                place.path,
                entries(copied.entries),
                size(copied.bytes)
            ));
        }
    }
    Ok(())
}

fn note(scene: &AdoptScene, record: &mut Adopted, one: &AdoptedVolume) -> Result<(), Failure> {
    match record.at(&one.service, &one.path) {
        Some(known) => *known = one.clone(),
        None => record.volumes.push(one.clone()),
    }
    keep(scene, record)
}

fn keep(scene: &AdoptScene, record: &Adopted) -> Result<(), Failure> {
    let (name, directory) = (&scene.project.name, &scene.project.directory);
    Ok(scene.state.write_adopted(name, directory, record)?)
}

fn given(scene: &AdoptScene, gifts: &[Wanted]) -> Result<(), Failure> {
    if gifts.is_empty() {
        return Ok(());
    }
    for done in scene.ownership().set_right(gifts)? {
        for problem in done.problems.iter().map(|p| format!("{}: {}", p.path, p.why)) {
            progress(&format!("{}: left: {problem}", done.place));
        }
        progress(&format!(
            "{}: {} of {} given",
            done.place,
            done.changed,
            entries(done.entries)
        ));
    }
    Ok(())
}

/// Nothing was made anew: owners are put back, and what was stopped starts again.
fn as_it_was(scene: &AdoptScene, (gifts, record): (&[Wanted], &mut Adopted), failure: Failure) -> Failure {
    let places: Vec<Place> = gifts.iter().map(|want| want.place.clone()).collect();
    let mut failure = failure;
    if let Err(error) = scene.ownership().restore_each(&places, true) {
        failure.diagnostics.push((&error).into());
    }
    let started = match record.stopped.is_empty() {
        true => Ok(()),
        false => scene.plain(&["start"], &record.stopped),
    };
    record.stopped.clear();
    if let Err(other) = started.and_then(|()| keep(scene, record)) {
        failure.diagnostics.extend(other.diagnostics);
    }
    failure
}
