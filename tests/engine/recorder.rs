//! What the engine is asked for.

use crate::run::unique;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Stands before the engine's socket, keeps every container that it is asked for, and can be cut.
pub(crate) struct Recorder {
    pub(crate) socket: PathBuf,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
    open: Arc<Mutex<Vec<UnixStream>>>,
}

impl Recorder {
    pub(crate) fn start() -> Recorder {
        let socket = std::env::temp_dir().join(format!("{}.sock", unique("recorder")));
        let listener = UnixListener::bind(&socket).unwrap();
        let requests: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let open: Arc<Mutex<Vec<UnixStream>>> = Arc::default();
        let (all, streams) = (Arc::clone(&requests), Arc::clone(&open));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(engine) = UnixStream::connect("/var/run/docker.sock") else {
                    return;
                };
                let index = {
                    let mut all = all.lock().unwrap();
                    all.push(Vec::new());
                    all.len() - 1
                };
                streams
                    .lock()
                    .unwrap()
                    .extend([client.try_clone().unwrap(), engine.try_clone().unwrap()]);
                let (to, back) = (engine.try_clone().unwrap(), client.try_clone().unwrap());
                let all = Arc::clone(&all);
                std::thread::spawn(move || {
                    pass(client, to, |bytes| {
                        all.lock().unwrap()[index].extend_from_slice(bytes)
                    })
                });
                std::thread::spawn(move || pass(engine, back, |_| ()));
            }
        });
        Recorder {
            socket,
            requests,
            open,
        }
    }

    /// From here on there is no engine for whoever asks it this way.
    pub(crate) fn cut(&self) {
        std::fs::remove_file(&self.socket).unwrap();
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// How many whole images were asked for.
    pub(crate) fn exports(&self) -> usize {
        let requests = self.requests.lock().unwrap();
        let requests = requests.iter().map(|bytes| String::from_utf8_lossy(bytes));
        requests
            .map(|text| text.matches("/export HTTP/1.1\r\n").count())
            .sum()
    }

    /// Name and definition of every container that was asked for.
    pub(crate) fn created(&self) -> Vec<(String, Value)> {
        let requests = self.requests.lock().unwrap();
        let mut created = Vec::new();
        for bytes in requests.iter() {
            let text = String::from_utf8_lossy(bytes);
            for (at, _) in text.match_indices("POST ") {
                let request = &text[at..];
                let line = request.lines().next().unwrap_or_default();
                let Some((head, body)) = request.split_once("\r\n\r\n") else {
                    continue;
                };
                if !line.contains("/containers/create") || head.contains("\r\n\r\n") {
                    continue;
                }
                let value = serde_json::Deserializer::from_str(body)
                    .into_iter::<Value>()
                    .next();
                let value = value.unwrap_or_else(|| panic!("{line}: no body")).unwrap();
                let name = line.split_once("name=").map_or("", |(_, n)| n);
                let name = name.split(['&', ' ']).next().unwrap_or_default();
                created.push((name.to_owned(), value));
            }
        }
        created
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn pass(mut from: UnixStream, mut to: UnixStream, mut keep: impl FnMut(&[u8])) {
    let mut buffer = [0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        keep(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
