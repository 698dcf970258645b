//! The engine through the `docker` command line.

use super::cleanup_guard::Keeper;
use super::error::{Error, ErrorKind};
use super::image;
use super::run::Run;
use super::subprocess::Call;
use super::versions::Versions;
use super::{Composed, Container, Engine, EngineResult, EngineVolume, Helper, Image, Info, Mounting, Output};
use crate::docker::Program;
use serde::de::DeserializeOwned;
use std::io::Read;
use std::sync::OnceLock;
use std::time::Duration;

/// How long an engine may think about an ordinary question. Experience: a daemon under load takes seconds.
const LIMIT: Duration = Duration::from_secs(30);
/// How long a stream of a whole filesystem may take.
pub(super) const STREAM_LIMIT: Duration = Duration::from_secs(600);

/// What is written to a program's standard input.
pub(super) type Input = Box<dyn Read + Send>;

/// Runs the client program; a recording stands in for it in tests.
pub(super) trait Client: Sync {
    fn run(
        &self,
        doing: &str,
        args: &[String],
        input: Option<Input>,
        limit: Duration,
    ) -> EngineResult<Output>;
    fn stream(&self, doing: &str, args: &[String], limit: Duration) -> EngineResult<Box<dyn Read + Send>>;
    /// A stream that is given something to read, and ends early where it is silent for so long.
    fn converse(
        &self,
        doing: &str,
        args: &[String],
        input: Input,
        silence: Duration,
    ) -> EngineResult<Box<dyn Read + Send>>;
}

/// The Docker engine that the person's `docker` command talks to.
pub struct Docker {
    client: Box<dyn Client>,
    limit: Duration,
    /// Whether what is made is removed by another process, too.
    is_kept: bool,
    keeper: OnceLock<Option<Keeper>>,
    /// Whose label is on what is made; nobody's in a recording.
    run: Option<Run>,
}

impl Docker {
    /// The first `docker` on `PATH`, by its absolute path.
    pub fn find() -> EngineResult<Docker> {
        let program = Program::find().map_err(|_| {
            let detail = "there is no `docker` on PATH";
            Error::new(
                ErrorKind::NoClient,
                "looking for the engine's command line",
                detail,
            )
        })?;
        Ok(Docker {
            run: Run::new().ok(),
            ..Docker::with(Box::new(program))
        })
    }

    /// The same for this program itself: what is made is gone in the end, whatever becomes of this process.
    #[must_use]
    pub fn kept(mut self) -> Docker {
        self.is_kept = true;
        self
    }

    /// What removes what is made, from the first thing on. Where it cannot be started, the label lets `doctor` find
    /// what is left.
    fn keeper(&self) -> Option<&Keeper> {
        let start = || self.keeper.get_or_init(|| Keeper::start().ok()).as_ref();
        self.is_kept.then(start).flatten()
    }

    /// A call that makes something with the label of this run.
    fn make(&self, doing: &str, args: &[String], rest: &[String]) -> EngineResult<Vec<u8>> {
        let keeper = self.keeper();
        let run = keeper.map(Keeper::run).or(self.run.as_ref());
        let mark = run.map(|run| ["--label".to_owned(), run.label()]);
        let args = [args, mark.as_ref().map_or(&[][..], |m| m), rest].concat();
        let _lent = keeper.and_then(|k| k.making().ok());
        let made = self.ask(doing, &args);
        if let (Err(error), Some(keeper)) = (&made, keeper)
            && error.kind != ErrorKind::Timeout
        {
            keeper.unmade();
        }
        made
    }

    /// A call that removes what [`Docker::make`] made.
    fn unmake(&self, doing: &str, args: &[String]) -> EngineResult<()> {
        self.ask(doing, args).map(|_| self.unmade())
    }

    /// One of the things that [`Docker::make`] made is gone.
    pub(super) fn unmade(&self) {
        if let Some(Some(keeper)) = self.keeper.get() {
            keeper.unmade();
        }
    }

    /// The same with another limit for ordinary questions.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Docker {
        self.limit = limit;
        self
    }

    pub(super) fn with(client: Box<dyn Client>) -> Docker {
        Docker {
            client,
            limit: LIMIT,
            is_kept: false,
            keeper: OnceLock::new(),
            run: None,
        }
    }

    /// What `docker version` says of client and server.
    pub(super) fn versions(&self) -> EngineResult<Versions> {
        let doing = "asking docker for its version";
        json(
            doing,
            &self.ask(doing, &words(&["version", "--format", "{{json .}}"]))?,
        )
    }

    /// `2.40.3`; what is no version is an error.
    pub(super) fn compose_version(&self) -> EngineResult<String> {
        let doing = "asking Compose for its version";
        let said = self.ask(doing, &words(&["compose", "version", "--short"]))?;
        let version = lines(&said).next().unwrap_or_default();
        if version
            .trim_start_matches('v')
            .starts_with(|c: char| c.is_ascii_digit())
        {
            Ok(version.to_owned())
        } else {
            Err(Error::new(ErrorKind::Answer, doing, "the answer is no version"))
        }
    }

    /// One call that must succeed.
    pub(super) fn ask(&self, doing: &str, args: &[String]) -> EngineResult<Vec<u8>> {
        let output = self.client.run(doing, args, None, self.limit)?;
        succeeded(doing, output)
    }
}

fn start(
    program: &Program,
    doing: &str,
    args: &[String],
    input: Option<Input>,
    limit: Duration,
) -> EngineResult<Call> {
    let mut command = program.command();
    command.args(args);
    Call::start(command, input, limit)
        .map_err(|e| Error::new(ErrorKind::NoClient, doing, format!("{program}: {e}")))
}

impl Client for Program {
    fn run(
        &self,
        doing: &str,
        args: &[String],
        input: Option<Input>,
        limit: Duration,
    ) -> EngineResult<Output> {
        start(self, doing, args, input, limit)?.finish(doing)
    }

    fn stream(&self, doing: &str, args: &[String], limit: Duration) -> EngineResult<Box<dyn Read + Send>> {
        let call = start(self, doing, args, None, limit)?;
        Ok(Box::new(call.stream(doing)?))
    }

    fn converse(
        &self,
        doing: &str,
        args: &[String],
        input: Input,
        silence: Duration,
    ) -> EngineResult<Box<dyn Read + Send>> {
        let call = start(self, doing, args, Some(input), silence)?.while_it_speaks();
        Ok(Box::new(call.stream(doing)?))
    }
}

impl Engine for Docker {
    fn info(&self) -> EngineResult<Info> {
        let doing = "asking the engine what it is";
        let info: Info = json(
            doing,
            &self.ask(doing, &words(&["info", "--format", "{{json .}}"]))?,
        )?;
        // Some clients exit 0 with nobody there and put the reason into the answer.
        match info.server_errors.first() {
            Some(error) => Err(Error::from_stderr(doing, 1, error)),
            None => Ok(info),
        }
    }

    fn project(&self, project: &str) -> EngineResult<Vec<String>> {
        let filter = format!("label=com.docker.compose.project={project}");
        let args = words(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter]);
        let found = self.ask(&format!("listing the containers of project {project}"), &args)?;
        Ok(lines(&found).map(String::from).collect())
    }

    fn composed(&self, project: Option<&str>) -> EngineResult<Vec<Composed>> {
        let label = |name: &str| format!("{{{{.Label \"com.docker.compose.{name}\"}}}}");
        let columns = [
            "{{.ID}}".to_owned(),
            "{{.Names}}".to_owned(),
            label("project"),
            label("service"),
            label("project.config_files"),
            label("oneoff"),
            "{{.Status}}".to_owned(),
        ];
        let filter = "label=com.docker.compose.project".to_owned()
            + &project.map_or(String::new(), |p| format!("={p}"));
        let format = columns.join("\t");
        let args = words(&[
            "ps",
            "--all",
            "--no-trunc",
            "--filter",
            &filter,
            "--format",
            &format,
        ]);
        let doing = "listing the containers of Compose";
        let found = self.ask(doing, &args)?;
        rows(&found)
            .map(|row| match row.as_slice() {
                [id, name, project, service, files, oneoff, status] => Ok(Composed {
                    id: (*id).to_owned(),
                    name: (*name).to_owned(),
                    project: (*project).to_owned(),
                    service: (*service).to_owned(),
                    files: (*files).to_owned(),
                    oneoff: *oneoff == "True",
                    status: (*status).to_owned(),
                }),
                _ => Err(Error::new(
                    ErrorKind::Answer,
                    doing,
                    "the answer was not understood",
                )),
            })
            .collect()
    }

    fn inspect(&self, ids: &[String]) -> EngineResult<Vec<Container>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let doing = "inspecting containers";
        let args = [words(&["container", "inspect", "--"]), ids.to_vec()].concat();
        json(doing, &self.ask(doing, &args)?)
    }

    fn images(&self, references: &[String]) -> EngineResult<Vec<Option<Image>>> {
        if references.is_empty() {
            return Ok(Vec::new());
        }
        let doing = "inspecting images";
        let args = [words(&["image", "inspect", "--"]), references.to_vec()].concat();
        let output = self.client.run(doing, &args, None, self.limit)?;
        let found: Vec<Image> = json(doing, &output.stdout).unwrap_or_default();
        if found.len() == references.len() {
            return Ok(found.into_iter().map(Some).collect());
        }
        let error = Error::from_stderr(doing, output.code, &output.stderr);
        match error.kind {
            ErrorKind::NotFound if found.is_empty() => Ok(vec![None; references.len()]),
            ErrorKind::NotFound => match image::matched(references, found) {
                Some(matched) => Ok(matched),
                None => references
                    .iter()
                    .map(|one| Ok(self.images(std::slice::from_ref(one))?.pop().flatten()))
                    .collect(),
            },
            _ => Err(error),
        }
    }

    fn volumes(&self, names: &[String]) -> EngineResult<Vec<EngineVolume>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let doing = &format!("inspecting the volumes {}", names.join(", "));
        let args = [words(&["volume", "inspect", "--"]), names.to_vec()].concat();
        let output = self.client.run(doing, &args, None, self.limit)?;
        // Those that are there are printed, whatever becomes of the others.
        match json(doing, &output.stdout) {
            Ok(found) => Ok(found),
            Err(_) if output.code != 0 => match Error::from_stderr(doing, output.code, &output.stderr) {
                error if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
                error => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    fn mounting(&self) -> EngineResult<Vec<Mounting>> {
        let label = |name: &str| format!("{{{{.Label \"{name}\"}}}}");
        let format = [
            "{{.Names}}".to_owned(),
            label("com.docker.compose.project"),
            label(super::run::LABEL),
            "{{.Mounts}}".to_owned(),
        ]
        .join("\t");
        let doing = "listing what containers mount";
        let args = words(&["ps", "--all", "--no-trunc", "--format", &format]);
        let found = self.ask(doing, &args)?;
        let ours = |run: &str| !run.is_empty();
        rows(&found)
            .map(|row| match row.as_slice() {
                [_, _, run, _] if ours(run) => Ok(None),
                [name, project, _, mounts] => Ok(Some(Mounting {
                    name: (*name).to_owned(),
                    project: (*project).to_owned(),
                    mounts: mounts
                        .split(',')
                        .filter(|m| !m.is_empty())
                        .map(str::to_owned)
                        .collect(),
                })),
                _ => Err(Error::new(
                    ErrorKind::Answer,
                    doing,
                    "the answer was not understood",
                )),
            })
            .filter_map(EngineResult::transpose)
            .collect()
    }

    fn tags(&self, repository: &str) -> EngineResult<Vec<String>> {
        let args = words(&["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", repository]);
        let found = self.ask(&format!("listing the images of {repository}"), &args)?;
        let tagged = lines(&found).filter(|image| !image.ends_with(":<none>"));
        Ok(tagged.map(String::from).collect())
    }

    fn top(&self, id: &str, columns: &[&str]) -> EngineResult<Vec<Vec<String>>> {
        let doing = format!("listing the processes of {id}");
        let table = self.ask(&doing, &words(&["top", id, "-eo", &columns.join(",")]))?;
        Ok(lines(&table)
            .skip(1)
            .map(|line| fields(line, columns.len()))
            .collect())
    }

    fn logs(&self, id: &str, since: &str, until: &str, tail: usize) -> EngineResult<String> {
        let doing = format!("reading the log of {id}");
        let mut args = words(&["logs", "--tail", &tail.to_string()]);
        if !since.is_empty() {
            args.extend(words(&["--since", since]));
        }
        if !until.is_empty() {
            args.extend(words(&["--until", until]));
        }
        args.push(id.to_owned());
        let output = self.client.run(&doing, &args, None, self.limit)?;
        let stderr = output.stderr.clone();
        let stdout = succeeded(&doing, output)?;
        Ok(String::from_utf8_lossy(&stdout).into_owned() + &stderr)
    }

    fn diff(&self, id: &str) -> EngineResult<Vec<String>> {
        let changes = self.ask(&format!("asking what {id} changed"), &words(&["diff", id]))?;
        let mut written: Vec<Option<String>> = Vec::new();
        // A name that is not UTF-8 cannot be asked for, and must not be overlooked.
        for line in String::from_utf8_lossy(&changes).lines() {
            match (line.split_once(' '), written.last_mut()) {
                (Some(("A" | "C", path)), _) if path.starts_with('/') => written.push(Some(path.to_owned())),
                (Some(("D", path)), _) if path.starts_with('/') => written.push(None),
                // The rest of a name with a line's end in it.
                (_, Some(Some(path))) => path.extend(["\n", line]),
                _ => {}
            }
        }
        Ok(written.into_iter().flatten().collect())
    }

    fn archive(&self, id: &str, path: &str) -> EngineResult<Box<dyn Read + Send>> {
        let args = words(&["cp", &format!("{id}:{path}"), "-"]);
        self.client
            .stream(&format!("reading {path} of {id}"), &args, STREAM_LIMIT)
    }

    fn export(&self, id: &str) -> EngineResult<Box<dyn Read + Send>> {
        let doing = format!("reading the filesystem of {id}");
        self.client.stream(&doing, &words(&["export", id]), STREAM_LIMIT)
    }

    fn put(&self, id: &str, directory: &str, archive: Box<dyn Read + Send>) -> EngineResult<()> {
        let doing = format!("writing to {directory} of {id}");
        let args = words(&["cp", "-", &format!("{id}:{directory}")]);
        let output = self.client.run(&doing, &args, Some(archive), STREAM_LIMIT)?;
        succeeded(&doing, output).map(drop)
    }

    fn create(&self, helper: &Helper) -> EngineResult<String> {
        let doing = format!("creating a helper from {}", helper.image);
        let said = self.make(&doing, &words(&["create"]), &helper.arguments())?;
        let id = lines(&said).last().map(String::from);
        id.ok_or_else(|| Error::new(ErrorKind::Answer, doing, "the engine named no container"))
    }

    fn start(&self, id: &str, limit: Duration) -> EngineResult<Output> {
        let args = words(&["start", "--attach", id]);
        self.client
            .run(&format!("running helper {id}"), &args, None, limit)
    }

    fn converse(
        &self,
        id: &str,
        input: Box<dyn Read + Send>,
        silence: Duration,
    ) -> EngineResult<Box<dyn Read + Send>> {
        let args = words(&["start", "--attach", "--interactive", id]);
        self.client
            .converse(&format!("running helper {id}"), &args, input, silence)
    }

    fn load(&self, archive: Box<dyn Read + Send>) -> EngineResult<()> {
        let doing = "loading nrcompose's own image";
        let args = words(&["load", "--quiet"]);
        let output = self.client.run(doing, &args, Some(archive), STREAM_LIMIT)?;
        succeeded(doing, output).map(drop)
    }

    fn running_with(&self, mounted: &str) -> EngineResult<Vec<String>> {
        let filter = format!("volume={mounted}");
        let args = words(&["ps", "--no-trunc", "--filter", &filter, "--format", "{{.Names}}"]);
        let found = self.ask(&format!("looking who uses {mounted}"), &args)?;
        Ok(lines(&found).map(str::to_owned).collect())
    }

    fn remove(&self, id: &str) -> EngineResult<()> {
        let args = words(&["rm", "--force", "--volumes", id]);
        self.unmake(&format!("removing {id}"), &args)
    }

    fn create_volume(&self, name: &str) -> EngineResult<()> {
        let doing = format!("making the volume {name}");
        self.make(&doing, &words(&["volume", "create"]), &words(&["--", name]))
            .map(drop)
    }

    fn create_lasting_volume(&self, name: &str, labels: &[(&str, String)]) -> EngineResult<()> {
        self.make_lasting_volume(name, labels)
    }

    fn labelled_volumes(&self, label: &str, project: &str) -> EngineResult<Vec<EngineVolume>> {
        self.volumes_with(label, project)
    }

    fn volume_exists(&self, name: &str) -> EngineResult<bool> {
        let asked = self.ask(
            &format!("looking for volume {name}"),
            &words(&["volume", "inspect", "--", name]),
        );
        match asked {
            Ok(_) => Ok(true),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn remove_volume(&self, name: &str) -> EngineResult<()> {
        self.unmake(
            &format!("removing volume {name}"),
            &words(&["volume", "rm", "--", name]),
        )
    }

    fn exec(&self, id: &str, command: &[String], limit: Duration) -> EngineResult<Output> {
        let args = [words(&["exec", id]), command.to_vec()].concat();
        self.client
            .run(&format!("running a command in {id}"), &args, None, limit)
    }
}

pub(super) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

fn succeeded(doing: &str, output: Output) -> EngineResult<Vec<u8>> {
    if output.code == 0 {
        Ok(output.stdout)
    } else {
        Err(Error::from_stderr(doing, output.code, &output.stderr))
    }
}

fn json<T: DeserializeOwned>(doing: &str, bytes: &[u8]) -> EngineResult<T> {
    serde_json::from_slice(bytes).map_err(|e| {
        Error::new(
            ErrorKind::Answer,
            doing,
            format!("the answer was not understood: {e}"),
        )
    })
}

/// The lines that are text and not empty.
pub(super) fn lines(bytes: &[u8]) -> impl DoubleEndedIterator<Item = &str> {
    bytes
        .split(|b| *b == b'\n')
        .filter_map(|l| std::str::from_utf8(l).ok())
        .map(str::trim_end)
        .filter(|l| !l.is_empty())
}

/// The lines of a `--format` whose fields stand between tabs; any of them may be empty, the last one too.
pub(super) fn rows(bytes: &[u8]) -> impl Iterator<Item = Vec<&str>> {
    let lines = bytes
        .split(|b| *b == b'\n')
        .filter_map(|l| std::str::from_utf8(l).ok());
    let lines = lines.map(|l| l.trim_end_matches('\r')).filter(|l| !l.is_empty());
    lines.map(|line| line.split('\t').collect())
}

/// A row of a table; the last of `count` fields keeps its spaces.
fn fields(line: &str, count: usize) -> Vec<String> {
    let mut rest = line.trim_start();
    let mut fields = Vec::with_capacity(count);
    while fields.len() + 1 < count && !rest.is_empty() {
        let (field, tail) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        fields.push(field.to_owned());
        rest = tail.trim_start();
    }
    fields.push(rest.to_owned());
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_column_keeps_its_spaces() {
        assert_eq!(
            fields("  12   0 nginx: master process", 3),
            ["12", "0", "nginx: master process"]
        );
        assert_eq!(fields("12 0", 3), ["12", "0", ""]);
    }

    #[test]
    fn an_engine_that_hangs_is_given_up() {
        let docker =
            Docker::with(Box::new(Program::at("/bin/sleep".as_ref()))).limit(Duration::from_millis(50));
        let output = docker.client.run("asking", &words(&["60"]), None, docker.limit);
        assert_eq!(output.unwrap_err().kind, ErrorKind::Timeout);
    }

    #[test]
    fn a_stream_of_a_failing_call_is_an_error_at_once() {
        let error = Program::at("/bin/ls".as_ref())
            .stream(
                "reading /x",
                &words(&["/does-not-exist"]),
                Duration::from_secs(10),
            )
            .err()
            .unwrap();
        assert_eq!(error.kind, ErrorKind::NotFound);
    }
}
