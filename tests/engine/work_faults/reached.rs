//! Faults of what is not there, not reached, or answers otherwise than it should.

use super::table::*;
use nrcompose::plan::claim::Claim;
use nrcompose::verify::answer::ServiceAnswer;

const LISTENS: &str = "listens";
const ANSWERS: &str = "answers";
const THERE: &str = "is there and stays";

/// What runs and is not reached.
pub(super) fn listening() -> Vec<WorkFault> {
    let of = |name, claim, found, with, twin| fault(LISTENS, name, claim, found, with, twin);
    let inside = Claim::ListensInside {
        port: 8080,
        protocol: "tcp".into(),
    };
    let udp = |bind: &str| {
        let script = format!(
            "import socket,time\ns=socket.socket(2,2);s.bind(('{bind}',5000))\nimport http.server as h\nh.test(h.SimpleHTTPRequestHandler,port=80)"
        );
        python("", &script).published(&["80", "5000/udp"])
    };
    let checked = |port| {
        let check = "--health-cmd=python3${IFS}-c${IFS}\"__import__('urllib.request').request.urlopen('http://127.0.0.1:8080')\" --health-interval=1s --health-retries=2";
        python(check, &web("0.0.0.0", port, 200, "ok"))
    };
    vec![
        of(
            "other-port",
            listens(80, "tcp"),
            "8000/tcp",
            serves("0.0.0.0", 8000),
            serves("0.0.0.0", 80),
        ),
        of(
            "loopback",
            listens(80, "tcp"),
            "only on 127.0.0.1",
            serves("127.0.0.1", 80),
            serves("0.0.0.0", 80),
        ),
        of(
            "loopback-other",
            listens(80, "tcp"),
            "only on 127.1.2.3",
            serves("127.1.2.3", 80),
            serves("::", 80),
        ),
        of(
            "nothing",
            listens(80, "tcp"),
            "nothing",
            shell("", "sleep 900").published(&["80"]),
            serves("0.0.0.0", 80),
        ),
        of(
            "second-port",
            listens(81, "tcp"),
            "80/tcp",
            python("", &web("0.0.0.0", 80, 200, "ok")).published(&["80", "81"]),
            serves("0.0.0.0", 80),
        ),
        of(
            "udp",
            listens(5000, "udp"),
            "only on 127.0.0.1",
            udp("127.0.0.1"),
            udp("0.0.0.0"),
        ),
        of(
            "healthcheck-port",
            inside,
            "8081/tcp",
            checked(8081),
            checked(8080),
        ),
        of(
            "off-network",
            Claim::Connected,
            "on no network",
            serves("0.0.0.0", 80).then(Then::Disconnect),
            serves("0.0.0.0", 80),
        ),
    ]
}

/// What listens and does not answer.
pub(super) fn answering() -> Vec<WorkFault> {
    let of = |name, port, found, with, twin| fault(ANSWERS, name, responds(port), found, with, twin);
    let ends = "import socket\ns=socket.create_server(('0.0.0.0',80))\nwhile 1: s.accept()[0].close()";
    vec![
        of("http-500", 80, "HTTP 500", says(500, "no"), says(404, "no")),
        of("http-502", 80, "HTTP 502", says(502, "no"), says(302, "")),
        of("http-503", 80, "HTTP 503", says(503, "no"), says(401, "")),
        of(
            "ends-at-once",
            80,
            "at once",
            python("", ends).published(&["80"]),
            says(200, "ok"),
        ),
        of(
            "postgres-hangs",
            5432,
            "no postgres",
            talks("postgres", 5432, "b''"),
            talks("postgres", 5432, "b'N'"),
        ),
        of(
            "redis-loads",
            6379,
            "LOADING",
            talks("redis-server", 6379, "b'-LOADING\\r\\n'"),
            talks("redis-server", 6379, "b'-NOAUTH x\\r\\n'"),
        ),
        of(
            "mysql-hangs",
            3306,
            "no MySQL",
            talks("mysqld", 3306, "b''"),
            talks("mysqld", 3306, "b'\\5\\0\\0\\0\\n8.0'"),
        ),
        of(
            "smtp-refuses",
            25,
            "554",
            talks("postfix", 25, "b'554 no\\r\\n'"),
            talks("postfix", 25, "b'220 x\\r\\n'"),
        ),
        of(
            "ssh-hangs",
            22,
            "no SSH",
            talks("sshd", 22, "b''"),
            talks("sshd", 22, "b'SSH-2.0-x\\r\\n'"),
        ),
        of(
            "mqtt-hangs",
            1883,
            "no MQTT",
            talks("mosquitto", 1883, "b''"),
            talks("mosquitto", 1883, "b' \\2\\0\\5'"),
        ),
        of(
            "amqp-hangs",
            5672,
            "no AMQP",
            talks("rabbitmq", 5672, "b''"),
            talks("rabbitmq", 5672, "b'\\1\\0\\0'"),
        ),
    ]
}

/// What answers otherwise than it did.
pub(super) fn compared() -> Vec<WorkFault> {
    let before = |status, marker: Option<&str>| {
        let (status, marker) = (Some(status), marker.map(str::to_owned));
        Some(ServiceAnswer { status, marker })
    };
    let of = |name, found, before, with, twin| WorkFault {
        before,
        ..fault(ANSWERS, name, responds(80), found, with, twin)
    };
    let site = "<title>My site</title>";
    vec![
        of(
            "forbidden-now",
            "HTTP 403 now",
            before(200, None),
            says(403, "no"),
            says(200, "yes"),
        ),
        of(
            "stock-page",
            "Welcome to nginx!",
            before(200, Some("My site")),
            says(200, "<title>Welcome to nginx!</title>"),
            says(200, site),
        ),
        of(
            "stock-for-untitled",
            "the server",
            before(200, None),
            says(200, "<h1>It works!</h1>"),
            says(200, "{}"),
        ),
    ]
}

/// What is not there, or does not stay.
pub(super) fn there() -> Vec<WorkFault> {
    let of = |name, found, with, twin| fault(THERE, name, Claim::Running, found, with, twin);
    let fine = || shell("", "sleep 900");
    let loops = |script: &str| shell("--restart always", script);
    let checked = "--health-cmd=true --health-interval=1s";
    vec![
        of("missing", "no container", fine().then(Then::Missing), fine()),
        of("removed", "no container", fine().then(Then::Removed), fine()),
        of(
            "replica",
            "1 of 2",
            Actor {
                replicas: 2,
                ..fine()
            },
            fine(),
        ),
        of("never-started", "not started", fine().then(Then::Created), fine()),
        of(
            "ended-published",
            "publishes ports",
            shell("", "true").published(&["80"]),
            shell("", "true"),
        ),
        of(
            "ended-checked",
            "healthcheck",
            shell(checked, "true"),
            shell(checked, "sleep 900"),
        ),
        of("ended-failed", "code 3", shell("", "exit 3"), shell("", "exit 0")),
        of(
            "crash-loop",
            "restarting",
            loops("echo broken; exit 1"),
            loops("sleep 900"),
        ),
        of("ends-again", "restart", loops("exit 0"), loops("sleep 900")),
        of("stopped", "stopped by a signal", fine().then(Then::Stop), fine()),
    ]
}
