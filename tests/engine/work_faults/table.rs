//! The faults: what is planted, the twin without it, the claim that must find it.

use super::reached::{answering, compared, listening, there};
use super::users::users;
use nrcompose::plan::claim::Claim;
use nrcompose::verify::answer::ServiceAnswer;

#[derive(Clone)]
pub(super) struct WorkFault {
    pub kind: &'static str,
    pub name: &'static str,
    pub with: Actor,
    pub twin: Actor,
    /// The claim that must be broken, and what it must say.
    pub claim: Claim,
    pub found: &'static str,
    /// What it answered as its author wrote it.
    pub before: Option<ServiceAnswer>,
}

/// A container.
#[derive(Clone)]
pub(super) struct Actor {
    pub image: &'static str,
    pub options: String,
    pub command: Vec<String>,
    /// A script that fills its volume, as root, at `/v`.
    pub fill: &'static str,
    pub then: Then,
    /// How many of it there should be; one is started.
    pub replicas: usize,
}

/// What becomes of it.
#[derive(Clone, Copy)]
pub(super) enum Then {
    Nothing,
    /// All its processes are stopped by a signal.
    Stop,
    /// It is taken off its network.
    Disconnect,
    Removed,
    /// It is made and not started.
    Created,
    /// Nobody ever made it.
    Missing,
}

/// Those that are no fault and have no twin.
pub(super) const FINE: [&str; 6] = [
    "slow-start",
    "slow-health",
    "waits-for-database",
    "job",
    "tells-of-denials",
    "exposes-only",
];

const CLEAN: &str = "-u 1000:1000 --cap-drop ALL --security-opt no-new-privileges";
const PROGRAM: &str = "can be executed";

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

pub(super) fn actor(image: &'static str, options: &str, command: &[&str]) -> Actor {
    Actor {
        image,
        options: format!("{CLEAN} {options}"),
        command: words(command),
        fill: "",
        then: Then::Nothing,
        replicas: 1,
    }
}

pub(super) fn shell(options: &str, script: &str) -> Actor {
    actor("base", options, &["sh", "-c", script])
}

pub(super) fn python(options: &str, script: &str) -> Actor {
    actor("python", options, &["python3", "-c", script])
}

impl Actor {
    pub(super) fn then(self, then: Then) -> Actor {
        Actor { then, ..self }
    }

    pub(super) fn fill(self, fill: &'static str) -> Actor {
        Actor { fill, ..self }
    }

    /// Published on a free port of this machine, and nowhere else.
    pub(super) fn published(self, ports: &[&str]) -> Actor {
        let published: String = ports
            .iter()
            .map(|port| format!(" -p 127.0.0.1::{port}"))
            .collect();
        let options = self.options + &published;
        Actor { options, ..self }
    }
}

/// A web server: a status and a body, at an address and a port.
pub(super) fn web(address: &str, port: u16, status: u16, body: &str) -> String {
    let family = if address.contains(':') { "10" } else { "2" };
    format!(
        "import http.server as h\nclass H(h.BaseHTTPRequestHandler):\n def do_GET(s):\n  s.send_response({status});s.end_headers();s.wfile.write(b'{body}')\n\
         class S(h.ThreadingHTTPServer): address_family={family}\nS(('{address}',{port}),H).serve_forever()"
    )
}

pub(super) fn serves(address: &str, port: u16) -> Actor {
    python("", &web(address, port, 200, "ok")).published(&["80"])
}

pub(super) fn says(status: u16, body: &str) -> Actor {
    python("", &web("0.0.0.0", 80, status, body)).published(&["80"])
}

/// A program that takes connections, and says this to each; nothing is silence. It is known by the word in front.
pub(super) fn talks(program: &str, port: u16, says: &str) -> Actor {
    let script = format!(
        "#{program}\nimport socket\ns=socket.create_server(('0.0.0.0',{port}));k=[]\n\
         while 1:\n c,_=s.accept();k.append(c)\n if {says}: c.sendall({says})"
    );
    python("", &script).published(&[&port.to_string()])
}

pub(super) fn listens(port: u16, protocol: &str) -> Claim {
    Claim::Listens {
        port,
        protocol: protocol.into(),
    }
}

pub(super) fn responds(port: u16) -> Claim {
    Claim::Responds {
        port,
        protocol: "tcp".into(),
    }
}

pub(super) fn fault(
    kind: &'static str,
    name: &'static str,
    claim: Claim,
    found: &'static str,
    with: Actor,
    twin: Actor,
) -> WorkFault {
    WorkFault {
        kind,
        name,
        with,
        twin,
        claim,
        found,
        before: None,
    }
}

pub(super) fn faults() -> Vec<WorkFault> {
    [listening(), answering(), compared(), there(), users(), programs()].concat()
}

/// What is in the image and refused by the kernel.
fn programs() -> Vec<WorkFault> {
    let fine = || actor("file-capability", "--entrypoint sleep", &["900"]);
    vec![fault(
        PROGRAM,
        "file-capability",
        Claim::Executes,
        "cannot be executed",
        fine(),
        shell("", "sleep 900"),
    )]
}

/// What is as it should be, though it does not look so at once.
pub(super) fn fine() -> Vec<(String, Actor)> {
    let slow = format!("import time\ntime.sleep(12)\n{}", web("0.0.0.0", 80, 200, "ok"));
    let waits = "[ -f /tmp/2 ] && exec sleep 900; [ -f /tmp/1 ] && touch /tmp/2; touch /tmp/1; echo no database; exit 1";
    let healthy = "--health-cmd=true --health-interval=1s";
    let actors = [
        python("", &slow).published(&["80"]),
        python(healthy, &slow),
        shell("--restart always", waits),
        shell("", "echo done"),
        shell(
            "",
            "touch /etc/nginx/conf.d/default.conf; touch /etc/app; sleep 900",
        ),
        shell("--expose 9000", "sleep 900"),
    ];
    FINE.iter().map(|name| (*name).to_owned()).zip(actors).collect()
}
