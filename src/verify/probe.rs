//! A probe: a command that succeeds when a service works. The same form everywhere it is written.

use crate::diagnostic::Diagnostic;
use crate::engine::helper::Network;
use crate::engine::{Container, Engine, Helper, Output, Temporary};
use crate::tree::Node;
use crate::verify::observation::ProbeSeen;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// How long a probe may take, where nobody says.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);
/// The word for "on the project's network" in the place of a service.
const NETWORK: &str = "network";

/// What to run, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// A service to run it in, as that container's user; or `network`.
    #[serde(rename = "in")]
    pub place: String,
    /// On the network: the image to run it from, which must be here.
    #[serde(default)]
    pub image: Option<String>,
    /// Program and arguments.
    pub run: Vec<String>,
}

impl Probe {
    /// What `--probe CMD` means.
    pub fn shell(service: &str, command: &str) -> Probe {
        let run = ["sh", "-c", command].map(String::from).to_vec();
        Probe {
            place: service.to_owned(),
            image: None,
            run,
        }
    }

    /// Reads `probe:` of a service, from `nrcompose.yaml` or `x-nrcompose`: a text, or a mapping.
    ///
    /// # Errors
    /// Another key, another type, no command, a network without an image.
    pub fn read(service: &str, node: &Node) -> Result<Probe, Diagnostic> {
        let wrong = |what: &str, node: &Node| {
            Diagnostic::error(format!("the probe of {service}: {what}"))
                .at(node.origin)
                .help("write `probe: COMMAND`, or `probe: {in: SERVICE, run: [PROGRAM, ARGUMENT]}`")
        };
        if let Some(command) = node.as_str() {
            return Ok(Probe::shell(service, command));
        }
        let map = node
            .as_map()
            .ok_or_else(|| wrong("it must be a text or a mapping", node))?;
        let mut probe = Probe {
            place: service.to_owned(),
            image: None,
            run: Vec::new(),
        };
        for (key, value) in map {
            let text = |v: &Node| {
                v.as_str()
                    .map(String::from)
                    .ok_or_else(|| wrong("this must be a text", v))
            };
            match key.as_str() {
                "in" => probe.place = text(value)?,
                "image" => probe.image = Some(text(value)?),
                "run" => {
                    let words = value
                        .items()
                        .iter()
                        .map(|v| v.scalar_text().ok_or_else(|| wrong("this must be a text", v)));
                    probe.run = words.collect::<Result<_, _>>()?;
                }
                other => return Err(wrong(&format!("it has no key {other}"), value)),
            }
        }
        match (probe.run.is_empty(), probe.place == NETWORK, &probe.image) {
            (true, ..) => Err(wrong("`run` must be a list of words", node)),
            (_, true, None) => Err(wrong("on the network it needs an `image`", node)),
            (_, false, Some(_)) => Err(wrong("only on the network does it take an `image`", node)),
            _ => Ok(probe),
        }
    }

    /// Runs it for a container of `service`, at most for so long; `all` are the project's running containers.
    pub fn run(
        &self,
        engine: &dyn Engine,
        service: &Container,
        all: &[Container],
        limit: Duration,
    ) -> ProbeSeen {
        let start = Instant::now();
        let result = self.output(engine, service, all, limit);
        let ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let command = self.run.join(" ");
        match result {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stdout).into_owned() + &output.stderr;
                let said = said
                    .trim()
                    .chars()
                    .filter(|c| !c.is_control() || *c == '\n')
                    .take(300)
                    .collect();
                ProbeSeen {
                    command,
                    code: Some(output.code),
                    said,
                    ms,
                }
            }
            Err(error) => ProbeSeen {
                command,
                code: None,
                said: format!("{error:#}"),
                ms,
            },
        }
    }

    fn output(
        &self,
        engine: &dyn Engine,
        service: &Container,
        all: &[Container],
        limit: Duration,
    ) -> Result<Output> {
        if self.place != NETWORK {
            let place = if self.place == service.service() {
                Some(service)
            } else {
                all.iter().find(|c| c.service() == self.place)
            };
            let is_it = |c: &Container| c.service() == self.place && c.state.is_up();
            // Another one need not be looked at for that.
            let others = match place {
                Some(_) => Vec::new(),
                None => engine.of_project(service.project())?,
            };
            let place = place.or_else(|| others.iter().find(|c| is_it(c)));
            let place = place.with_context(|| format!("no container of {} runs", self.place))?;
            return Ok(engine.exec(&place.id, &self.run, limit)?);
        }
        let image = self.image.clone().unwrap_or_default();
        if engine
            .images(std::slice::from_ref(&image))?
            .iter()
            .all(Option::is_none)
        {
            bail!("the image {image} is not here, and a probe pulls nothing");
        }
        let network = service.network_settings.networks.keys().next();
        let network = network.with_context(|| format!("{} is on no network", service.service()))?;
        let helper = Helper {
            image,
            user: "65534:65534".into(),
            network: Some(Network::Named(network.clone())),
            read_only: true,
            command: self.run.clone(),
            ..Helper::default()
        };
        let helper = Temporary::create(engine, &helper)?;
        Ok(engine.start(&helper.id, limit)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Map, Value};

    fn map(entries: &[(&str, Value)]) -> Node {
        let map: Map = entries
            .iter()
            .map(|(k, v)| ((*k).into(), Node::synthetic(v.clone())))
            .collect();
        Node::synthetic(Value::from(map))
    }

    fn list(words: &[&str]) -> Value {
        Value::Seq(words.iter().map(|w| Node::synthetic(*w)).collect())
    }

    #[test]
    fn a_probe_has_one_form_and_a_short_one() {
        let short = Probe::read("db", &Node::synthetic("pg_isready")).unwrap();
        assert_eq!(short, Probe::shell("db", "pg_isready"));
        let long = map(&[
            ("in", Node::synthetic("network").value),
            ("image", Node::synthetic("curl").value),
            ("run", list(&["curl", "http://web"])),
        ]);
        let long = Probe::read("web", &long).unwrap();
        assert_eq!((long.place.as_str(), long.run.len()), ("network", 2));
    }

    #[test]
    fn a_probe_that_cannot_be_run_is_refused() {
        let refused = |entries: &[(&str, Value)]| Probe::read("web", &map(entries)).is_err();
        assert!(refused(&[
            ("in", Node::synthetic("network").value),
            ("run", list(&["curl"]))
        ]));
        assert!(refused(&[("run", list(&[]))]));
        assert!(refused(&[("run", list(&["x"])), ("what", list(&[]))]));
    }
}
