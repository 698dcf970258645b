//! An engine that answers from a recording: what the command line was asked, and what it said.

use super::docker::{Client, Docker, Input};
use super::error::{Error, ErrorKind};
use super::tar::{self, TarEntry};
use super::{EngineResult, Output};
use serde::{Deserialize, Serialize};
use std::io::{Cursor, Read};
use std::time::Duration;

/// One recorded answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// The arguments after `docker`.
    pub args: Vec<String>,
    /// The exit code.
    #[serde(default)]
    pub code: i32,
    /// Standard output: a text, or JSON written as such, for the eye.
    #[serde(default)]
    pub stdout: serde_json::Value,
    /// Standard error.
    #[serde(default)]
    pub stderr: String,
    /// Standard output as a tar archive of these, instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tar: Vec<TarEntry>,
}

/// Answers what was recorded; a question that was not is an error that repeats it.
pub(crate) struct Replay(Vec<Answer>);

impl Replay {
    /// A Docker engine that answers from this recording.
    pub(crate) fn docker(answers: Vec<Answer>) -> Docker {
        Docker::with(Box::new(Replay(answers)))
    }

    /// The same from a JSON text.
    pub(crate) fn parse(json: &str) -> serde_json::Result<Docker> {
        Ok(Replay::docker(serde_json::from_str(json)?))
    }

    fn answer(&self, doing: &str, args: &[String]) -> EngineResult<&Answer> {
        self.0.iter().find(|a| a.args == args).ok_or_else(|| {
            let detail = format!("not in the recording: docker {}", args.join(" "));
            Error::new(ErrorKind::Answer, doing, detail)
        })
    }
}

impl Client for Replay {
    fn run(&self, doing: &str, args: &[String], _: Option<Input>, _: Duration) -> EngineResult<Output> {
        let answer = self.answer(doing, args)?;
        Ok(Output {
            code: answer.code,
            stdout: match &answer.stdout {
                serde_json::Value::Null => Vec::new(),
                serde_json::Value::String(text) => text.clone().into_bytes(),
                json => json.to_string().into_bytes(),
            },
            stderr: answer.stderr.clone(),
        })
    }

    fn stream(&self, doing: &str, args: &[String], _: Duration) -> EngineResult<Box<dyn Read + Send>> {
        let answer = self.answer(doing, args)?;
        if answer.code != 0 {
            return Err(Error::from_stderr(doing, answer.code, &answer.stderr));
        }
        let bytes =
            tar::write(&answer.tar).map_err(|e| Error::new(ErrorKind::Answer, doing, e.to_string()))?;
        Ok(Box::new(Cursor::new(bytes)))
    }

    fn converse(
        &self,
        doing: &str,
        args: &[String],
        _: Input,
        silence: Duration,
    ) -> EngineResult<Box<dyn Read + Send>> {
        self.stream(doing, args, silence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

    const RECORDING: &str = r#"[
        {"args": ["ps", "--all", "--quiet", "--no-trunc", "--filter", "label=com.docker.compose.project=web"],
         "stdout": "abc\n"},
        {"args": ["container", "inspect", "--", "abc"],
         "stdout": [{"Id": "abc", "Name": "/web-app-1", "State": {"Status": "running", "Pid": 7},
                     "HostConfig": {"CapAdd": null, "Tmpfs": {"/run": "uid=1000"}},
                     "Config": {"User": "1000:1000", "Labels": {"com.docker.compose.service": "app"}}}]},
        {"args": ["image", "inspect", "--", "app", "gone"], "code": 1,
         "stdout": [{"Id": "sha256:1", "RepoTags": ["app:latest"], "Config": {"User": "app"}}],
         "stderr": "Error response from daemon: no such image: gone: No such image: gone:latest"},
        {"args": ["cp", "abc:/data", "-"], "tar": [{"path": "data/", "mode": 488, "uid": 999, "gid": 998}]},
        {"args": ["top", "abc", "-eo", "pid,euid,args"],
         "stdout": "PID   EUID   COMMAND\n7     0      nginx: master process\n"}
    ]"#;

    #[test]
    fn a_recording_answers_like_an_engine() {
        let docker = Replay::parse(RECORDING).unwrap();
        assert_eq!(docker.project("web").unwrap(), ["abc"]);
        let container = &docker.inspect(&["abc".into()]).unwrap()[0];
        assert_eq!(
            (container.service(), container.host_config.tmpfs["/run"].as_str()),
            ("app", "uid=1000")
        );
        let images = docker.images(&["app".into(), "gone".into()]).unwrap();
        assert_eq!(images[0].as_ref().unwrap().config.user, "app");
        assert!(images[1].is_none());
        assert_eq!(
            docker.top("abc", &["pid", "euid", "args"]).unwrap(),
            [["7", "0", "nginx: master process"]]
        );
        let header = tar::first(docker.archive("abc", "/data").unwrap())
            .unwrap()
            .unwrap();
        assert_eq!(
            (header.uid, header.gid, header.mode, header.kind),
            (999, 998, 0o750, tar::FileKind::Directory)
        );
    }

    /// A container that mounts nothing, one that is nobody's, and one of Compose's without the newer labels.
    #[test]
    fn fields_that_are_empty_are_fields() {
        let answering = |args: Vec<String>, stdout: &str| {
            Replay::docker(vec![Answer {
                args,
                code: 0,
                stdout: stdout.into(),
                stderr: String::new(),
                tar: Vec::new(),
            }])
        };
        let format = "{{.Names}}\t{{.Label \"com.docker.compose.project\"}}\t{{.Label \"nrcompose.run\"}}\t{{.Mounts}}";
        let words = ["ps", "--all", "--no-trunc", "--format", format];
        let docker = answering(
            words.map(str::to_owned).to_vec(),
            "bare\tweb\t\t\nown\t\trun\t\nother\t\t\tdata\n",
        );
        let mounting = docker.mounting().unwrap();
        let mounting: Vec<_> = mounting
            .iter()
            .map(|m| (m.name.as_str(), m.mounts.join(" ")))
            .collect();
        assert_eq!(mounting, [("bare", String::new()), ("other", "data".to_owned())]);
    }

    #[test]
    fn what_was_not_recorded_is_named() {
        let error = Replay::parse("[]").unwrap().logs("abc", "", "", 5).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("not in the recording: docker logs --tail 5 abc")
        );
    }
}
