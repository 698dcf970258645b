//! The containers of the faults and their twins, as services of one Compose project on one network.

use super::table::{Actor, Then, WorkFault, fine};
use crate::container::once;
use crate::run::{bounded, docker, output, unique};
use nrcompose::engine::docker::Docker;
use nrcompose::verify::answer::ServiceAnswer;
use nrcompose::verify::baseline_claims;
use nrcompose::verify::observe::files::Cache;
use nrcompose::verify::report::Report;
use nrcompose::verify::run::{ExpectedService, VerifyRequest, run};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

/// How many containers are started at a time.
const AT_ONCE: usize = 6;

/// Everything of one project; gone when this is.
pub(super) struct Stage {
    project: String,
    wanted: BTreeMap<String, ExpectedService>,
    before: BTreeMap<String, ServiceAnswer>,
    services: Vec<String>,
    cache: PathBuf,
}

impl Stage {
    pub(super) fn set(faults: &[WorkFault]) -> Stage {
        let project = unique("work");
        let network = docker(&["network", "create", "--label", "nrcompose-test=1", &project]);
        network.ok();
        let mut actors: Vec<(String, Actor)> = Vec::new();
        let mut before = BTreeMap::new();
        for fault in faults {
            let twin = format!("{}-twin", fault.name);
            if let Some(answer) = &fault.before {
                before.insert(fault.name.to_owned(), answer.clone());
                before.insert(twin.clone(), answer.clone());
            }
            actors.push((fault.name.to_owned(), fault.with.clone()));
            actors.push((twin, fault.twin.clone()));
        }
        actors.extend(fine());
        let wanted = actors.iter().map(|(name, actor)| {
            let wanted = ExpectedService {
                replicas: actor.replicas,
                is_job: false,
            };
            (name.clone(), wanted)
        });
        let stage = Stage {
            wanted: wanted.collect(),
            services: actors.iter().map(|(name, _)| name.clone()).collect(),
            before,
            cache: std::env::temp_dir().join(format!("{project}-cache")),
            project,
        };
        let queue = Mutex::new(actors);
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    loop {
                        let next = queue.lock().unwrap().pop();
                        let Some((name, actor)) = next else { return };
                        stage.start(&name, &actor);
                    }
                });
            }
        });
        stage
    }

    /// `VOLUME` in the options stands for a volume of its own, which the actor's script has filled as root at `/v`.
    fn start(&self, service: &str, actor: &Actor) {
        let name = format!("{}-{service}", self.project);
        if matches!(actor.then, Then::Missing) {
            return;
        }
        if !actor.fill.is_empty() {
            once(&["-v", &format!("{name}:/v")], "base", &["sh", "-c", actor.fill]).ok();
        }
        let options = actor.options.replace("VOLUME", &name);
        let labels = [
            format!("com.docker.compose.project={}", self.project),
            format!("com.docker.compose.service={service}"),
        ];
        let verb = match actor.then {
            Then::Created => &["create"][..],
            _ => &["run", "-d"],
        };
        let mut args = [verb, &["--label", "nrcompose-test=1", "--name", &name]].concat();
        for label in &labels {
            args.extend(["--label", label]);
        }
        args.extend(["--network", &self.project]);
        args.extend(options.split_whitespace());
        let image = format!("nrcompose-test/{}", actor.image);
        args.push(&image);
        args.extend(actor.command.iter().map(String::as_str));
        docker(&args).ok();
        match actor.then {
            Then::Stop => _ = docker(&["kill", "-s", "STOP", &name]).ok(),
            Then::Disconnect => _ = docker(&["network", "disconnect", &self.project, &name]).ok(),
            Then::Removed => _ = docker(&["rm", "-f", &name]).ok(),
            Then::Nothing | Then::Created | Then::Missing => {}
        }
    }

    /// As `nrcompose verify` does it unasked: at once, and waiting for what just started.
    pub(super) fn verify(&self) -> Report {
        let claims = baseline_claims::without_plan();
        let claims = self
            .services
            .iter()
            .map(|s| (s.clone(), claims.clone()))
            .collect();
        let cache = Cache {
            directory: Some(self.cache.clone()),
        };
        let request = VerifyRequest {
            wanted: &self.wanted,
            before: &self.before,
            ..VerifyRequest::of(&self.project, &claims, &cache)
        };
        run(&Docker::find().unwrap(), &request).unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let names: Vec<String> = self
            .services
            .iter()
            .map(|s| format!("{}-{s}", self.project))
            .collect();
        // One that was stopped must go on to end.
        output(bounded(300, "docker").args(["rm", "-fv"]).args(&names));
        output(bounded(60, "docker").args(["volume", "rm", "-f"]).args(&names));
        docker(&["network", "rm", &self.project]);
        let _ = std::fs::remove_dir_all(&self.cache);
    }
}
