//! What the engine is asked over its socket has the same answers as what the `docker` command is asked, errors and all.

use crate::container::{Built, Container, Volume, image};
use crate::run::{docker, unique};
use indexmap::IndexMap;
use nrcompose::engine::docker::Docker;
use nrcompose::engine::{Direct, Endpoint, Engine, EngineResult, ErrorKind};
use std::fmt::Debug;
use std::io::Read;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(30);

fn endpoint() -> Endpoint {
    let environment: IndexMap<String, String> = std::env::vars().collect();
    Endpoint::of(&environment)
}

fn both() -> (Docker, Direct) {
    let direct = Direct::find(&endpoint(), LIMIT).unwrap();
    (Docker::find().unwrap().limit(LIMIT), direct)
}

/// The same answer, or the same kind of error with the same words but for who says them.
#[track_caller]
fn same<T: PartialEq + Debug>(ask: impl Fn(&dyn Engine) -> EngineResult<T>) -> EngineResult<T> {
    let (command, direct) = both();
    let (told, answered) = (ask(&command), ask(&direct));
    let comparable = |answer: &EngineResult<T>| {
        let error = answer.as_ref().err();
        error.map(|e| (e.kind, e.doing.clone()))
    };
    assert_eq!(comparable(&told), comparable(&answered), "{told:?}\n{answered:?}");
    if let (Ok(told), Ok(answered)) = (&told, &answered) {
        assert_eq!(told, answered);
    }
    answered
}

fn all(mut archive: Box<dyn Read + Send>) -> Vec<u8> {
    let mut bytes = Vec::new();
    archive.read_to_end(&mut bytes).unwrap();
    bytes
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

#[test]
fn containers() {
    let (volume, project) = (Volume::new(), unique("both"));
    let labels = [
        format!("com.docker.compose.project={project}"),
        "com.docker.compose.service=app".to_owned(),
        "com.docker.compose.oneoff=True".to_owned(),
        "com.docker.compose.project.config_files=/a b/x.yaml,/c.yaml".to_owned(),
    ];
    let mut options: Vec<&str> = labels.iter().flat_map(|l| ["--label", l]).collect();
    let mount = volume.at("/data");
    options.extend(["-v", &mount, "-v", "/etc/hostname:/h:ro", "--tmpfs", "/t"]);
    let one = Container::start(&options, "base", &["sleep", "600"]);
    let other = Container::create(&["--label", &labels[0]], "base", &["true"]);
    one.exec(&["sh", "-c", "echo x > '/tmp/a b'; rm /etc/motd; touch /etc/passwd"])
        .ok();

    assert_eq!(same(|e| e.project(&project)).unwrap().len(), 2);
    let composed = same(|e| e.composed(Some(&project))).unwrap();
    let made: Vec<_> = composed.iter().map(|c| (c.name.as_str(), c.oneoff)).collect();
    assert_eq!(made, [(other.0.as_str(), false), (one.0.as_str(), true)]);
    // Others come and go meanwhile.
    let of_ours = |e: &dyn Engine| {
        let mut all = e.mounting()?;
        all.retain(|m| m.project == project);
        all.iter_mut().for_each(|m| m.mounts.sort());
        Ok(all)
    };
    let mounting = same(of_ours).unwrap();
    assert!(mounting[1].mounts.contains(&volume.0), "{mounting:?}");
    let inspected = |e: &dyn Engine| {
        let mut both = e.inspect(&[one.0.clone(), other.0.clone()])?;
        both.iter_mut()
            .for_each(|c| c.mounts.sort_by_key(|m| m.destination.clone()));
        Ok(both)
    };
    same(inspected).unwrap();
    let gone = same(|e| e.inspect(&words(&["nrcompose-no-such"])));
    assert_eq!(gone.unwrap_err().kind, ErrorKind::NotFound);
    let sorted = |e: &dyn Engine| {
        let mut changed = e.diff(&one.0)?;
        changed.sort();
        Ok(changed)
    };
    let changed = same(sorted).unwrap();
    assert!(
        changed.contains(&"/tmp/a b".to_owned()) && !changed.contains(&"/etc/motd".to_owned()),
        "{changed:?}"
    );
    assert_eq!(same(|e| e.diff(&other.0)).unwrap(), [""; 0]);
    assert!(same(|e| e.diff("nrcompose-no-such")).is_err());
    assert!(same(|e| e.project("nobody's")).unwrap().is_empty());
    assert!(same(|e| e.composed(Some("nobody's"))).unwrap().is_empty());
}

#[test]
fn images_that_are_here_and_not() {
    let built =
        Built::of("FROM nrcompose-test/base\nVOLUME /a\nUSER 7:8\nEXPOSE 80\nENV A=b\nENTRYPOINT [\"x\"]");
    let names = [
        image("redis:7"),
        "nrcompose-test/none".to_owned(),
        built.0.clone(),
        format!("docker.io/{}", image("base")),
        "nrcompose-test/none@sha256:0123456789012345678901234567890123456789012345678901234567890123"
            .to_owned(),
        built.0.clone(),
    ];
    let found = same(|e| e.images(&names)).unwrap();
    let here: Vec<bool> = found.iter().map(Option::is_some).collect();
    assert_eq!(here, [true, false, true, true, false, true]);
    let id = found[2].clone().unwrap().id;
    assert_eq!(
        same(|e| e.images(std::slice::from_ref(&id))).unwrap()[0]
            .as_ref()
            .unwrap()
            .id,
        id
    );
    assert_eq!(same(|e| e.images(&words(&["Not A Name"]))).unwrap(), [None]);
    assert_eq!(same(|e| e.images(&[])).unwrap(), []);
}

#[test]
fn volumes_that_are_there_and_not() {
    let volume = Volume::new();
    let names = [volume.0.clone(), "nrcompose-no-such".to_owned()];
    assert_eq!(same(|e| e.volumes(&names)).unwrap().len(), 1);
    assert!(same(|e| e.volume_exists(&volume.0)).unwrap());
    assert!(!same(|e| e.volume_exists("nrcompose-no-such")).unwrap());
    assert!(same(|e| e.remove_volume("nrcompose-no-such")).is_err());
    let (_, direct) = both();
    direct.remove_volume(&volume.0).unwrap();
    assert!(!same(|e| e.volume_exists(&volume.0)).unwrap());
}

#[test]
fn files_go_out_and_in() {
    let (from, into) = (
        Container::create(&[], "base", &["true"]),
        Container::create(&[], "base", &["true"]),
    );
    for path in ["/etc/passwd", "/etc", "/bin", "/bin/sh", "/var/run", "/etc/."] {
        same(|e| e.archive(&from.0, path).map(all)).unwrap();
    }
    let gone = same(|e| e.archive(&from.0, "/no/such").map(drop));
    assert_eq!(gone.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(
        same(|e| e.archive("nrcompose-no-such", "/").map(drop))
            .unwrap_err()
            .kind,
        ErrorKind::NotFound
    );
    // The rest of a long stream is not waited for, and the next question is answered.
    let (_, direct) = both();
    let started = Instant::now();
    let mut first = [0; 512];
    direct
        .archive(&from.0, "/usr")
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    assert_eq!(direct.inspect(std::slice::from_ref(&from.0)).unwrap().len(), 1);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );

    let script = direct.archive(&from.0, "/etc/passwd").map(all).unwrap();
    same(|e| e.put(&into.0, "/srv", Box::new(std::io::Cursor::new(script.clone())))).unwrap();
    assert_eq!(all(direct.archive(&into.0, "/srv/passwd").unwrap()), script);
    // The command looks first, and says it in words of its own.
    for engine in [&both().0 as &dyn Engine, &direct] {
        let archive = Box::new(std::io::Cursor::new(script.clone()));
        engine.put(&into.0, "/no/such", archive).unwrap_err();
    }

    direct.remove(&into.0).unwrap();
    same(|e| e.remove("nrcompose-no-such")).unwrap();
    assert!(
        !docker(&["ps", "-aq", "--no-trunc", "--filter", &format!("name={}", into.0)])
            .stdout
            .contains(char::is_alphanumeric)
    );
}

/// Whoever listens and does not answer is given up at the limit; whoever says something else is no engine.
#[test]
fn what_listens_is_not_always_an_engine() {
    let folder = std::env::temp_dir().join(unique("socket"));
    std::fs::create_dir(&folder).unwrap();
    let ask = |path: &std::path::Path| {
        let host = format!("unix://{}", path.display());
        let environment = IndexMap::from([("DOCKER_HOST".to_owned(), host)]);
        let limit = Duration::from_millis(300);
        let direct = Direct::find(&Endpoint::of(&environment), limit).unwrap();
        let started = Instant::now();
        let error = direct.composed(None).unwrap_err();
        assert!(
            started.elapsed() < Duration::from_secs(3),
            "{:?}",
            started.elapsed()
        );
        error.kind
    };
    let silent = folder.join("silent");
    let _silent = UnixListener::bind(&silent).unwrap();
    assert_eq!(ask(&silent), ErrorKind::Timeout);
    let other = folder.join("other");
    let listener = UnixListener::bind(&other).unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            use std::io::Write;
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        }
    });
    assert_eq!(ask(&other), ErrorKind::Answer);
    assert_eq!(ask(&folder.join("none")), ErrorKind::Unreachable);
    std::fs::remove_dir_all(folder).unwrap();
}
