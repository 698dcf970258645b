//! Which protocol is spoken at a port: by the program that listens there, by its image, by the port.

use serde::{Deserialize, Serialize};

/// A protocol whose first bytes are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Speech {
    /// Nobody knows: first it may speak, then it is asked by HTTP.
    Unknown,
    /// SSLRequest, answered by one letter.
    Postgres,
    /// PING.
    Redis,
    /// The server greets.
    Mysql,
    /// The server greets with 220.
    Smtp,
    /// The server greets with its version.
    Ssh,
    /// The server greets with 220.
    Ftp,
    /// CONNECT, answered by CONNACK.
    Mqtt,
    /// The name of the protocol, answered by a frame.
    Amqp,
    /// A question for the root's name servers.
    Dns,
}

impl Speech {
    /// As a person calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Speech::Unknown => "HTTP",
            Speech::Postgres => "postgres",
            Speech::Redis => "redis",
            Speech::Mysql => "MySQL",
            Speech::Smtp => "SMTP",
            Speech::Ssh => "SSH",
            Speech::Ftp => "FTP",
            Speech::Mqtt => "MQTT",
            Speech::Amqp => "AMQP",
            Speech::Dns => "DNS",
        }
    }
}

/// Protocol, its ports as IANA has them, and words of images and programs that are known to speak it there.
const KNOWN: [(Speech, &[u16], &[&str]); 9] = [
    (
        Speech::Postgres,
        &[5432],
        &["postgres", "postgis", "timescale", "pgvector"],
    ),
    (
        Speech::Redis,
        &[6379],
        &["redis-server", "valkey-server", "redis:", "valkey", "keydb"],
    ),
    (
        Speech::Mysql,
        &[3306],
        &["mysqld", "mariadbd", "mysql", "mariadb", "percona"],
    ),
    (
        Speech::Smtp,
        &[25, 587],
        &["postfix", "exim", "mailserver", "opensmtpd"],
    ),
    (Speech::Ssh, &[22, 2222], &["sshd", "sftp", "openssh"]),
    (Speech::Ftp, &[21], &["vsftpd", "proftpd", "pure-ftpd"]),
    (
        Speech::Mqtt,
        &[1883],
        &["mosquitto", "emqx", "vernemq", "rabbitmq"],
    ),
    (Speech::Amqp, &[5672], &["rabbitmq"]),
    (
        Speech::Dns,
        &[53],
        &["dnsmasq", "unbound", "bind9", "named", "coredns", "pdns"],
    ),
];

/// What is spoken at a port of a container, and whether that is certain. `names` are its image and the command lines
/// of its processes.
pub(crate) fn at<'n>(port: u16, names: impl Iterator<Item = &'n str> + Clone) -> (Speech, bool) {
    let by_port = KNOWN.iter().find(|(_, ports, _)| ports.contains(&port));
    let Some((speech, _, words)) = by_port else {
        return (Speech::Unknown, false);
    };
    let lower = names.map(str::to_lowercase);
    let is_certain = lower
        .clone()
        .any(|name| words.iter().any(|word| name.contains(word)));
    (*speech, is_certain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_a_guess_and_a_program_makes_it_certain() {
        let at = |port, names: &[&str]| super::at(port, names.iter().copied());
        assert_eq!(at(5432, &["app:1", "/bin/app"]), (Speech::Postgres, false));
        assert_eq!(at(5432, &["x", "postgres -D /data"]), (Speech::Postgres, true));
        assert_eq!(at(8080, &["redis:7"]), (Speech::Unknown, false));
    }
}
