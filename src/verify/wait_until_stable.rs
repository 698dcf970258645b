//! Waits until a project that was just started has settled: everything runs and is healthy, or will not be.

use crate::engine::{Container, Engine, EngineResult};
use std::thread;
use std::time::{Duration, Instant};

/// How often the engine is asked.
const PAUSE: Duration = Duration::from_millis(500);
/// A service without a healthcheck counts as up once it has stayed up for this long.
const STAYS: Duration = Duration::from_secs(3);

/// How a container stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// Up, and healthy where it can say so.
    Up,
    /// Not known yet.
    Pending,
    /// It ended, restarts, or is unhealthy.
    Down,
}

/// Waits until every container stands one way or the other, at most `limit`. Whether it is the right way,
/// `verify` says.
///
/// # Errors
/// The engine does not answer.
pub fn settle(engine: &dyn Engine, project: &str, limit: Duration) -> EngineResult<()> {
    let start = Instant::now();
    let mut up_since: Option<Instant> = None;
    loop {
        let containers = engine.of_project(project)?;
        let stands: Vec<Stand> = containers.iter().filter(|c| !c.oneoff()).map(stand).collect();
        if stands.contains(&Stand::Pending) {
            up_since = None;
        } else if up_since.get_or_insert_with(Instant::now).elapsed() >= STAYS {
            return Ok(());
        }
        if start.elapsed() >= limit {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
}

fn stand(container: &Container) -> Stand {
    let state = &container.state;
    let health = state.health.as_ref().map_or("none", |h| h.status.as_str());
    match (state.status.as_str(), health) {
        ("created", _) | ("running", "starting") => Stand::Pending,
        ("running", "unhealthy") => Stand::Down,
        ("running", _) => Stand::Up,
        ("exited", _) if state.exit_code == 0 => Stand::Up,
        _ => Stand::Down,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_not_said_that_it_is_healthy_is_waited_for() {
        let of = |status: &str, health: &str| {
            let state = match health {
                "" => format!(r#"{{"Status":"{status}"}}"#),
                _ => format!(r#"{{"Status":"{status}","Health":{{"Status":"{health}"}}}}"#),
            };
            let json = format!(r#"{{"Id":"a","Name":"/a","State":{state},"HostConfig":{{}},"Config":{{}}}}"#);
            stand(&serde_json::from_str(&json).unwrap())
        };
        assert_eq!(of("running", ""), Stand::Up);
        assert_eq!(of("running", "starting"), Stand::Pending);
        assert_eq!(of("running", "healthy"), Stand::Up);
        assert_eq!(of("running", "unhealthy"), Stand::Down);
        assert_eq!(of("created", ""), Stand::Pending);
        assert_eq!(of("restarting", ""), Stand::Down);
    }
}
