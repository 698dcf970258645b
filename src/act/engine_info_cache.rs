//! What engines said of themselves: `$XDG_CACHE_HOME/nrcompose/engines/…`, since asking starts three programs and a
//! plan should not wait for that.
//!
//! An answer is kept for [`AGE`], and forgotten before when the `docker` command, the plugin with Compose, the
//! engine's socket or its pid file is another than then: so a restart with another configuration is seen at once on
//! this machine. Of a remote engine only the age counts. An engine that can be asked without a program may say after that
//! age that it is the same: what the programs are follows from their files.

use super::file;
use super::home::Home;
use super::state::fnv1a;
use crate::engine::{Endpoint, Survey};
use crate::facts::settings::Ids;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long an answer is believed. Compose and the engine are seldom updated, and never within an edit and an `up`.
const AGE: Duration = Duration::from_secs(600);
/// A change of what is kept makes the files of before worthless.
const FORMAT: &str = "1";

/// The answers that are kept for the person who runs nrcompose; under sudo, who ran sudo.
#[derive(Debug, Clone)]
pub(crate) struct Surveys {
    folder: PathBuf,
    owner: Option<Ids>,
}

/// One file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSurvey {
    endpoint: Endpoint,
    program: PathBuf,
    /// Seconds since 1970.
    asked: u64,
    /// What the answer hangs on, as it was then.
    stamps: Vec<Stamp>,
    survey: Survey,
}

/// A file as it was: inode, size, seconds and nanoseconds of its last change; nothing for one that is not there.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp(PathBuf, Option<(u64, u64, i64, i64)>);

impl Stamp {
    fn of(path: PathBuf) -> Stamp {
        let seen = std::fs::metadata(&path).ok();
        let seen = seen.map(|m| (m.ino(), m.size(), m.mtime(), m.mtime_nsec()));
        Stamp(path, seen)
    }
}

impl Surveys {
    /// Finds the folder; nothing is made yet. None without a home.
    pub(crate) fn find(home: &Home) -> Option<Surveys> {
        Some(Surveys {
            folder: home.folder("XDG_CACHE_HOME", ".cache")?.join("nrcompose/engines"),
            owner: home.owner,
        })
    }

    /// What was said at `endpoint` to `program`, unless things have changed, or it is too old and not `confirmed`.
    pub(crate) fn get(
        &self,
        endpoint: &Endpoint,
        program: &Path,
        confirmed: impl FnOnce(&Survey) -> bool,
    ) -> Option<Survey> {
        let text = file::read(&self.file(endpoint, program), self.owner)?;
        let kept: StoredSurvey = serde_json::from_str(&text).ok()?;
        let age = now().checked_sub(kept.asked)?;
        let is_same = kept.endpoint == *endpoint
            && kept.program == program
            && kept.stamps.iter().all(|s| Stamp::of(s.0.clone()) == *s);
        if is_same && age >= AGE.as_secs() && confirmed(&kept.survey) {
            // Without it, the question is asked again the next time.
            let _ = self.put(endpoint, program, &kept.survey);
            return Some(kept.survey);
        }
        (is_same && age < AGE.as_secs()).then_some(kept.survey)
    }

    /// Keeps an answer.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn put(&self, endpoint: &Endpoint, program: &Path, survey: &Survey) -> Result<()> {
        let watched = [program.to_owned()]
            .into_iter()
            .chain(survey.info.compose_plugin().map(PathBuf::from))
            .chain(endpoint.socket().map(Path::to_owned))
            .chain(endpoint.pid_file());
        let kept = StoredSurvey {
            endpoint: endpoint.clone(),
            program: program.to_owned(),
            asked: now(),
            stamps: watched.map(Stamp::of).collect(),
            survey: survey.clone(),
        };
        let text = serde_json::to_string_pretty(&kept).context("keeping what the engine said")?;
        file::make_private_directory(&self.folder, self.owner)?;
        file::write(&self.file(endpoint, program), &text, self.owner)
    }

    fn file(&self, endpoint: &Endpoint, program: &Path) -> PathBuf {
        let key = format!("{}\n{}", endpoint.host, program.display());
        self.folder
            .join(format!("{:016x}-{FORMAT}.json", fnv1a(key.as_bytes())))
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |d| d.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::endpoint::From;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn an_answer_is_kept_until_something_changes() {
        let root = std::env::temp_dir().join(format!("nrcompose-surveys-{}", std::process::id()));
        std::fs::create_dir(&root).unwrap();
        let (program, socket) = (root.join("docker"), root.join("d.sock"));
        for file in [&program, &socket] {
            std::fs::write(file, "1").unwrap();
        }
        let endpoint = Endpoint {
            host: format!("unix://{}", socket.display()),
            from: From::Variable,
        };
        let info = serde_json::from_str(r#"{"ServerVersion":"27.1.0","SecurityOptions":["name=seccomp"]}"#);
        let survey = Survey {
            info: info.unwrap(),
            client: "27.1.0".into(),
            podman: false,
            compose: Ok("2.40.3".into()),
        };
        // Only root can take the rights of another; anybody else keeps their own.
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&root, Some(4242), Some(4343)).unwrap();
        }
        let own = std::fs::metadata(&root).unwrap();
        let (uid, gid) = (own.uid(), own.gid());
        let surveys = Surveys {
            folder: root.join("cache/nrcompose/engines"),
            owner: Some(Ids { uid, gid }),
        };
        assert_eq!(surveys.get(&endpoint, &program, |_| false), None);
        let keep = || surveys.put(&endpoint, &program, &survey).unwrap();
        keep();
        assert_eq!(surveys.get(&endpoint, &program, |_| false), Some(survey.clone()));
        assert_eq!(surveys.get(&endpoint, Path::new("/other"), |_| true), None);
        let file = surveys.file(&endpoint, &program);
        let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(&surveys.folder)), (0o600, 0o700));
        for made in file.ancestors().take_while(|p| *p != root) {
            let made = std::fs::metadata(made).unwrap();
            assert_eq!((made.uid(), made.gid()), (uid, gid));
        }

        // The engine was started again: its pid file is new.
        std::fs::write(root.join("d.pid"), "7").unwrap();
        assert_eq!(surveys.get(&endpoint, &program, |_| false), None);
        keep();
        assert!(surveys.get(&endpoint, &program, |_| false).is_some());
        // Another docker.
        std::fs::write(&program, "longer").unwrap();
        assert_eq!(surveys.get(&endpoint, &program, |_| false), None);
        keep();
        // Too old, and from a future that a wrong clock knew.
        for asked in [now() - AGE.as_secs(), now() + 1000] {
            let text = std::fs::read_to_string(&file).unwrap();
            let mut kept: StoredSurvey = serde_json::from_str(&text).unwrap();
            kept.asked = asked;
            std::fs::write(&file, serde_json::to_string(&kept).unwrap()).unwrap();
            assert_eq!(surveys.get(&endpoint, &program, |_| false), None);
        }
        // Too old, and still so: then it is as good as new.
        keep();
        let text = std::fs::read_to_string(&file).unwrap();
        let mut kept: StoredSurvey = serde_json::from_str(&text).unwrap();
        kept.asked = now() - AGE.as_secs();
        std::fs::write(&file, serde_json::to_string(&kept).unwrap()).unwrap();
        assert_eq!(
            surveys.get(&endpoint, &program, |s| *s == survey),
            Some(survey.clone())
        );
        assert_eq!(surveys.get(&endpoint, &program, |_| false), Some(survey.clone()));
        std::fs::write(&file, "{").unwrap();
        assert_eq!(surveys.get(&endpoint, &program, |_| false), None);
        std::fs::remove_dir_all(root).unwrap();
    }
}
