//! How a service stands, by what the engine says of its containers. Of several, the worst counts.

use super::{ENDED, WatchedService};
use crate::engine::Container;
use std::collections::HashMap;
use std::time::Instant;

/// How often the engine may start a container again before nobody believes in it: others may have to be up before it.
const TRIES: u32 = 4;

/// How a service stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It did what it had to do, and ended.
    Done,
    /// Up since then, and healthy where it can say so.
    Up(Instant),
    /// Not known yet, for this reason.
    Open(String),
    /// Compose did not come to start it, for what is wrong with another one, or somebody took it away.
    NotStarted,
    /// It looks bad, and may still come right.
    Trouble(String),
    /// It does not work.
    Failed(String),
}

/// What was seen of containers before.
#[derive(Debug, Default)]
pub(crate) struct StandingsSeen {
    /// By container: its start, and since when it looked well.
    up: HashMap<String, (String, Instant)>,
    /// By container: how often it had been started again when it was seen first.
    restarts: HashMap<String, u32>,
}

impl StandingsSeen {
    /// How a service stands with these of all containers of the project. One whose containers somebody removed meanwhile is
    /// nobody's to start again.
    pub(super) fn of(&mut self, watched: &WatchedService, own: &[&Container], now: Instant) -> Standing {
        let all: Vec<Standing> = own.iter().map(|c| self.one(watched, c, now)).collect();
        all.into_iter().max_by_key(rank).unwrap_or(Standing::NotStarted)
    }

    fn one(&mut self, watched: &WatchedService, container: &Container, now: Instant) -> Standing {
        let state = &container.state;
        let seen = *self
            .restarts
            .entry(container.id.clone())
            .or_insert(container.restart_count);
        let again = container.restart_count.saturating_sub(seen);
        let health = state.health.as_ref().map_or("none", |h| h.status.as_str());
        let stand = match (state.status.as_str(), health) {
            ("running", _) if again >= TRIES => Standing::Failed(ended_again(container)),
            ("running", "unhealthy") => Standing::Failed("its healthcheck fails".to_owned()),
            ("running", "starting") => Standing::Open("its healthcheck has not passed yet".to_owned()),
            ("running", _) => {
                let start = (state.started_at.clone(), now);
                let since = self
                    .up
                    .entry(container.id.clone())
                    .or_insert_with(|| start.clone());
                if since.0 != start.0 {
                    *since = start;
                }
                return Standing::Up(since.1);
            }
            ("exited", _) if state.exit_code == 0 && is_once(container) && !watched.serves => Standing::Done,
            ("exited", _) if state.exit_code == 0 && is_once(container) => {
                Standing::Failed(format!("{ENDED} with code 0, and nothing answers for it"))
            }
            ("created", _) if state.error.is_empty() || is_of_network(&state.error) => Standing::NotStarted,
            ("restarting", _) | ("exited", _) if again < TRIES && !is_once(container) => {
                Standing::Trouble(ended_again(container))
            }
            ("restarting", _) => Standing::Failed(ended_again(container)),
            ("created" | "exited" | "dead", _) => Standing::Failed(match state.error.as_str() {
                "" => format!("{ENDED} with code {}", state.exit_code),
                error => format!("it could not be started: {error}"),
            }),
            (other, _) => Standing::Open(format!("it is {other}")),
        };
        self.up.remove(&container.id);
        stand
    }
}

/// The containers of a service, but those of `run`.
pub(super) fn of_service<'c>(containers: &'c [Container], service: &str) -> Vec<&'c Container> {
    let own = containers
        .iter()
        .filter(|c| !c.oneoff() && c.service() == service);
    own.collect()
}

/// Whether something is wrong with another container than those that were not started, which keeps Compose from starting them.
pub(super) fn explains_others(containers: &[Container]) -> bool {
    let is_wrong = |c: &&Container| {
        let state = &c.state;
        let is_unhealthy = state.health.as_ref().is_some_and(|h| h.status == "unhealthy");
        match state.status.as_str() {
            "running" => is_unhealthy,
            "created" => !state.error.is_empty(),
            "exited" => state.exit_code != 0,
            _ => true,
        }
    };
    containers.iter().filter(|c| !c.oneoff()).any(|c| is_wrong(&c))
}

/// The worst counts; of two that are up, the one that is up since later.
fn rank(stand: &Standing) -> (u8, Option<Instant>) {
    match stand {
        Standing::Done => (0, None),
        Standing::Up(since) => (1, Some(*since)),
        Standing::Open(_) => (2, None),
        Standing::NotStarted => (3, None),
        Standing::Trouble(_) => (4, None),
        Standing::Failed(_) => (5, None),
    }
}

/// Whether what kept a container from being started is its network: a port that is taken, an address that is. Its plan has no
/// part in that.
fn is_of_network(error: &str) -> bool {
    [
        "port is already allocated",
        "address already in use",
        "external connectivity on endpoint",
        "failed to set up container networking",
        "endpoint with name",
    ]
    .iter()
    .any(|words| error.contains(words))
}

/// Whether nothing starts it again when it ends well.
fn is_once(container: &Container) -> bool {
    ["", "no", "on-failure"].contains(&container.host_config.restart_policy.name.as_str())
}

fn ended_again(container: &Container) -> String {
    format!(
        "it ends again and again, last with code {}",
        container.state.exit_code
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::confidence::Confidence;
    use crate::watch::patience::{LONGEST, Patience};
    use std::time::Duration;

    fn watched(serves: bool) -> WatchedService {
        WatchedService {
            name: "web".to_owned(),
            patience: Patience::of(Confidence::Guessed, LONGEST),
            serves,
        }
    }

    fn container(id: &str, state: &str, restarts: u32, policy: &str) -> Container {
        let json = format!(
            r#"{{"Id":"{id}","Name":"/{id}","RestartCount":{restarts},"State":{state},
                "HostConfig":{{"RestartPolicy":{{"Name":"{policy}"}}}},"Config":{{}}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn each_way_to_stand() {
        for (state, policy, serves, wanted) in [
            (r#"{"Status":"exited","ExitCode":0}"#, "no", false, "Done"),
            (r#"{"Status":"exited","ExitCode":0}"#, "no", true, "Failed"),
            (r#"{"Status":"exited","ExitCode":3}"#, "no", false, "Failed"),
            (r#"{"Status":"exited","ExitCode":3}"#, "always", false, "Trouble"),
            (
                r#"{"Status":"restarting","ExitCode":3}"#,
                "always",
                false,
                "Trouble",
            ),
            (r#"{"Status":"created"}"#, "no", false, "NotStarted"),
            (
                r#"{"Status":"created","Error":"Bind for 0.0.0.0:80 failed: port is already allocated","ExitCode":128}"#,
                "no",
                false,
                "NotStarted",
            ),
            (
                r#"{"Status":"created","Error":"unable to find user app","ExitCode":128}"#,
                "no",
                false,
                "Failed",
            ),
            (
                r#"{"Status":"running","Health":{"Status":"starting"}}"#,
                "no",
                false,
                "Open",
            ),
            (
                r#"{"Status":"running","Health":{"Status":"unhealthy"}}"#,
                "no",
                false,
                "Failed",
            ),
            (
                r#"{"Status":"running","Health":{"Status":"healthy"}}"#,
                "no",
                false,
                "Up",
            ),
            (r#"{"Status":"running"}"#, "no", false, "Up"),
            (r#"{"Status":"paused"}"#, "no", false, "Open"),
        ] {
            let one = container("a", state, 0, policy);
            let stand = StandingsSeen::default().of(&watched(serves), &[&one], Instant::now());
            assert!(
                format!("{stand:?}").starts_with(wanted),
                "{state} {policy}: {stand:?}"
            );
        }
        let none = StandingsSeen::default().of(&watched(true), &[], Instant::now());
        assert_eq!(none, Standing::NotStarted);
    }

    #[test]
    fn it_is_up_since_its_last_start_and_may_be_started_again_a_few_times() {
        let mut stands = StandingsSeen::default();
        let now = Instant::now();
        let later = now + Duration::from_secs(5);
        let run = |at: &str, restarts| {
            let state = format!(r#"{{"Status":"running","StartedAt":"{at}"}}"#);
            container("a", &state, restarts, "always")
        };
        assert_eq!(stands.of(&watched(true), &[&run("1", 1)], now), Standing::Up(now));
        assert_eq!(
            stands.of(&watched(true), &[&run("1", 1)], later),
            Standing::Up(now)
        );
        assert_eq!(
            stands.of(&watched(true), &[&run("2", 2)], later),
            Standing::Up(later)
        );
        let often = stands.of(&watched(true), &[&run("6", 1 + TRIES)], later);
        assert!(matches!(often, Standing::Failed(_)), "{often:?}");
    }

    #[test]
    fn of_three_replicas_the_one_that_fails_counts() {
        let up = r#"{"Status":"running","StartedAt":"1"}"#;
        let down = r#"{"Status":"exited","ExitCode":1}"#;
        let three = [
            container("a", up, 0, "no"),
            container("b", down, 0, "no"),
            container("c", up, 0, "no"),
        ];
        let three: Vec<&Container> = three.iter().collect();
        let stand = StandingsSeen::default().of(&watched(true), &three, Instant::now());
        assert_eq!(stand, Standing::Failed("it ended with code 1".to_owned()));
    }
}
