//! A `docker` that stands in for the real one: a script that says what it is told to say. Every test that needs one
//! makes it here.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

mod socket;
use socket::Answers;
pub(crate) use socket::Listening;

/// What it does: the arms of a `case` over its arguments, and the files that they print.
pub(crate) struct StandIn {
    arms: String,
    otherwise: String,
    files: Vec<(&'static str, Vec<u8>)>,
}

impl StandIn {
    /// That of an engine of `tests/engines`: it says what was recorded, and fails at all else.
    pub(crate) fn of_engine(name: &str) -> StandIn {
        let file = format!("{}/tests/engines/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let recorded: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        let files = ["info", "version", "compose"].map(|answer| {
            let text = match &recorded[answer] {
                serde_json::Value::String(text) => text.clone(),
                json => json.to_string(),
            };
            (answer, (text + "\n").into_bytes())
        });
        StandIn {
            arms: r#"
  "info --format "*) exec /bin/cat "$here/info" ;;
  "version --format "*) exec /bin/cat "$here/version" ;;
  "compose version --short") exec /bin/cat "$here/compose" ;;"#
                .to_owned(),
            otherwise: "echo \"no such call: $*\" >&2; exit 1".to_owned(),
            files: files.into(),
        }
    }

    /// One that does this, whatever it is asked.
    pub(crate) fn that_does(line: &str) -> StandIn {
        StandIn {
            arms: String::new(),
            otherwise: line.to_owned(),
            files: Vec::new(),
        }
    }

    /// There are no containers.
    pub(crate) fn without_containers(mut self) -> StandIn {
        self.arms += "\n  \"ps --all \"*) ;;";
        self
    }

    /// Every name is that of one image: what is said of it, and the files of its container.
    pub(crate) fn with_image(mut self, inspected: Vec<u8>, tar: Vec<u8>) -> StandIn {
        self.arms += r#"
  "image inspect "*)
    shift 3; before='['
    for name; do echo "$before"; /bin/cat "$here/inspected"; before=,; done
    echo ']' ;;
  "create "*) echo 0123456789ab ;;
  "export "*) exec /bin/cat "$here/tar" ;;
  "rm "*) ;;"#;
        self.files.extend([("inspected", inspected), ("tar", tar)]);
        self
    }

    /// `docker compose` writes down beside it how it was called (`notes`), what it could read (`stdin`) and the last of
    /// its files (`override`), and ends with 7.
    pub(crate) fn that_takes_notes(mut self) -> StandIn {
        self.arms += r#"
  "compose "*)
    {
      for word; do echo "arg $word"; done
      echo "file ${COMPOSE_FILE-none}"
    } > "$here/notes"
    [ -z "$COMPOSE_FILE" ] || /bin/cat "${COMPOSE_FILE##*:}" > "$here/override" 2> /dev/null
    /bin/cat > "$here/stdin"
    exit 7 ;;"#;
        self
    }

    /// Its engine's socket.
    pub(crate) fn listen(&self, socket: &Path) -> Listening {
        let file = |name: &str| {
            let found = self.files.iter().find(|(n, _)| *n == name);
            found.map(|(_, bytes)| bytes.clone())
        };
        let answers = Answers {
            image: file("inspected"),
            files: file("tar").unwrap_or_default(),
        };
        Listening::at(socket, answers)
    }

    /// Makes it in a folder, for PATH.
    pub(crate) fn put(&self, folder: &Path) {
        for (name, bytes) in &self.files {
            fs::write(folder.join(name), bytes).unwrap();
        }
        let StandIn { arms, otherwise, .. } = self;
        let script =
            format!("#!/bin/sh\nhere=${{0%/*}}\ncase \"$1 $2 $3\" in{arms}\n  *) {otherwise} ;;\nesac\n");
        let docker = folder.join("docker");
        fs::write(&docker, script).unwrap();
        fs::set_permissions(docker, fs::Permissions::from_mode(0o755)).unwrap();
    }
}
