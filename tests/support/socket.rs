//! The socket of an engine that is not there: what is asked over it is answered from files, as by the `docker` that
//! stands in beside it.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Answers until the process ends.
#[derive(Clone)]
pub(crate) struct Listening {
    connections: Arc<AtomicUsize>,
    hangs: Arc<AtomicBool>,
    /// What it is asked for in vain, by the beginning of the path.
    refused: Arc<Mutex<Vec<&'static str>>>,
}

/// Every image is this one, where there is one, with these files; there are no containers and no volumes.
#[derive(Clone, Default)]
pub(crate) struct Answers {
    pub(crate) image: Option<Vec<u8>>,
    pub(crate) files: Vec<u8>,
}

impl Listening {
    pub(crate) fn at(path: &Path, answers: Answers) -> Listening {
        let listening = Listening {
            connections: Arc::default(),
            hangs: Arc::default(),
            refused: Arc::default(),
        };
        let (listener, it) = (UnixListener::bind(path).unwrap(), listening.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                it.connections.fetch_add(1, Ordering::SeqCst);
                let (it, answers) = (it.clone(), answers.clone());
                std::thread::spawn(move || it.serve(stream, &answers));
            }
        });
        listening
    }

    /// How often somebody connected since this was asked last.
    pub(crate) fn connections(&self) -> usize {
        self.connections.swap(0, Ordering::SeqCst)
    }

    /// From now on it listens, and says nothing.
    pub(crate) fn hang(&self) {
        self.hangs.store(true, Ordering::SeqCst);
    }

    /// From now on whatever is asked below this path fails; volumes are there.
    pub(crate) fn refuse(&self, path: &'static str) {
        self.refused.lock().unwrap().push(path);
    }

    fn serve(&self, mut stream: UnixStream, answers: &Answers) {
        while let Some(asked) = head(&mut stream) {
            while self.hangs.load(Ordering::SeqCst) {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            let is_below = |path: &&str| asked.contains(&format!("/v1.41{path}"));
            let refused = self.refused.lock().unwrap().clone();
            let (status, body) = match refused.iter().any(is_below) {
                true => (500, br#"{"message": "the disk is on fire"}"#.to_vec()),
                false if asked.contains("/v1.41/volumes/") && !refused.is_empty() => {
                    let name = asked.rsplit('/').nth(1).unwrap_or_default();
                    let name = name.split(' ').next().unwrap_or_default();
                    (200, format!("{{\"Name\": \"{name}\"}}").into_bytes())
                }
                false => answers.to(&asked),
            };
            let head = format!(
                "HTTP/1.1 {status} x\r\nApi-Version: 1.41\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            if stream.write_all(&[head.as_bytes(), &body].concat()).is_err() {
                return;
            }
        }
    }
}

impl Answers {
    fn to(&self, asked: &str) -> (u16, Vec<u8>) {
        let none = || (404, br#"{"message": "No such thing"}"#.to_vec());
        let mut words = asked.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let path = path.strip_prefix("/v1.41").unwrap_or(path);
        match (method, path, &self.image) {
            (_, "/_ping", _) => (200, b"OK".to_vec()),
            ("DELETE", _, _) => (204, Vec::new()),
            (_, path, _) if path.starts_with("/containers/json") => (200, b"[]".to_vec()),
            (_, path, Some(image)) if path.starts_with("/images/") => (200, image.clone()),
            (_, path, Some(_)) if path.ends_with("/export") => (200, self.files.clone()),
            _ => none(),
        }
    }
}

/// The first line of a question that has no body.
fn head(stream: &mut UnixStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    let text = String::from_utf8(head).ok()?;
    text.lines().next().map(str::to_owned)
}
