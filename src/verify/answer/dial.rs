//! One connection to one port. Nothing in here can take longer than [`LONGEST`], whatever the other side does.

use super::speech::Speech;
use super::wire;
use crate::verify::reply::Reply;
use serde::{Deserialize, Serialize};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// One port to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Door {
    /// An address and a port, as a socket takes it.
    pub address: String,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// What is spoken there.
    pub speech: Speech,
    /// Whether it is known to be spoken there, by the image or the program; else it is a guess by the port.
    pub is_certain: bool,
}

/// How long a connection may take. Within a machine it takes microseconds; a packet that is dropped, for ever.
const CONNECT: Duration = Duration::from_millis(1500);
/// How long one who was not asked may take to speak first. Who greets later is understood all the same, if not so well.
const FIRST: Duration = Duration::from_millis(100);
/// How long a reply may take. Servers that look up the client's name greet after that.
const REPLY: Duration = Duration::from_secs(6);
/// How long one who may not speak HTTP at all may take to answer it.
const GUESS: Duration = Duration::from_secs(4);
/// How much of a page is read.
const PAGE: usize = 32 * 1024;
/// The longest that one call takes.
pub(super) const LONGEST: Duration = Duration::from_secs(12);

/// Connects, and finds out who is there.
pub(super) fn dial(door: &Door) -> Reply {
    let refused = |error: &std::io::Error| Reply::Refused { why: words(error) };
    let address: SocketAddr = match door.address.parse() {
        Ok(address) => address,
        Err(_) => {
            let why = format!("{} is no address", door.address);
            return Reply::Refused { why };
        }
    };
    if door.protocol == "udp" {
        return datagram(door, address).unwrap_or_else(|error| refused(&error));
    }
    match TcpStream::connect_timeout(&address, CONNECT) {
        Ok(stream) => talk(door, stream).unwrap_or_else(|error| refused(&error)),
        Err(error) => refused(&error),
    }
}

fn talk(door: &Door, mut stream: TcpStream) -> std::io::Result<Reply> {
    let opening = wire::opening(door.speech);
    if door.speech == Speech::Unknown {
        let first = hear(&mut stream, FIRST, |_| true)?;
        match first {
            Heard::Said(bytes) if !bytes.is_empty() => return Ok(wire::greeting(&bytes)),
            // Also one who forwards to nobody takes a connection, and ends it then.
            Heard::Ended(_) => return Ok(closed()),
            Heard::Said(_) => {}
        }
    }
    // Over TCP the length of a question of DNS stands before it.
    let is_framed = door.speech == Speech::Dns;
    let length = if is_framed { vec![0, 17] } else { Vec::new() };
    stream.set_write_timeout(Some(CONNECT))?;
    stream.write_all(&[&length, opening].concat())?;
    let limit = if door.is_certain { REPLY } else { GUESS };
    let heard = hear(&mut stream, limit, |said| {
        is_enough(door.speech, &said[length.len().min(said.len())..])
    })?;
    let said = heard.bytes().get(length.len()..).unwrap_or_default();
    if let Some(reply) = wire::understood(door.speech, said) {
        return Ok(reply);
    }
    Ok(match (door.speech, door.is_certain) {
        (Speech::Unknown, _) => wire::no_http(said),
        (speech, true) => Reply::Silent {
            protocol: speech.name().to_owned(),
            instead: match &heard {
                Heard::Ended(said) if said.is_empty() => "it ends the connection".to_owned(),
                Heard::Said(said) if said.is_empty() => format!("it says nothing for {} s", REPLY.as_secs()),
                other => format!("it says {:?}", shown(other.bytes())),
            },
        },
        (_, false) => Reply::Open,
    })
}

/// Whether more would tell nothing more: of HTTP the page is wanted, too.
fn is_enough(speech: Speech, said: &[u8]) -> bool {
    match wire::understood(speech, said) {
        Some(Reply::Http { status, marker }) => marker.is_some() || !(200..300).contains(&status),
        Some(_) => true,
        None => {
            speech == Speech::Unknown
                && !said.is_empty()
                && !b"HTTP/".starts_with(said)
                && !said.starts_with(b"HTTP/")
        }
    }
}

fn datagram(door: &Door, address: SocketAddr) -> std::io::Result<Reply> {
    let socket = UdpSocket::bind(if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" })?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(CONNECT))?;
    socket.send(wire::opening(door.speech))?;
    let mut said = [0; 512];
    match socket.recv(&mut said) {
        Ok(length) => Ok(wire::understood(door.speech, &said[..length]).unwrap_or(Reply::Open)),
        Err(error) if is_timeout(&error) => Ok(Reply::Silent {
            protocol: door.speech.name().to_owned(),
            instead: "it says nothing".to_owned(),
        }),
        Err(error) => Err(error),
    }
}

enum Heard {
    /// It may go on.
    Said(Vec<u8>),
    /// It ended the connection after that.
    Ended(Vec<u8>),
}

impl Heard {
    fn bytes(&self) -> &[u8] {
        match self {
            Heard::Said(bytes) | Heard::Ended(bytes) => bytes,
        }
    }
}

/// Reads until it is enough, the connection ends, or the time is over.
fn hear(
    stream: &mut TcpStream,
    limit: Duration,
    is_enough: impl Fn(&[u8]) -> bool,
) -> std::io::Result<Heard> {
    let end = Instant::now() + limit;
    let mut said = Vec::new();
    let mut part = [0; 4096];
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || said.len() >= PAGE {
            return Ok(Heard::Said(said));
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut part) {
            Ok(0) => return Ok(Heard::Ended(said)),
            Ok(length) => {
                said.extend_from_slice(part.get(..length).unwrap_or_default());
                if is_enough(&said) {
                    return Ok(Heard::Said(said));
                }
            }
            Err(error) if is_timeout(&error) => return Ok(Heard::Said(said)),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // It ended the connection without reading what was sent to it; what it said before counts.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(Heard::Ended(said)),
            Err(error) => return Err(error),
        }
    }
}

fn closed() -> Reply {
    Reply::Refused {
        why: "it ends every connection at once".to_owned(),
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// As a person knows it, without numbers of the system.
fn words(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "no connection within 1.5 s".to_owned(),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "there is no way to it".to_owned(),
        _ => error.to_string(),
    }
}

fn shown(said: &[u8]) -> String {
    String::from_utf8_lossy(said).chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Listens, and does this with each connection.
    fn served(with: impl Fn(TcpStream) + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || listener.incoming().flatten().for_each(with));
        address
    }

    fn door(address: String, speech: Speech) -> Door {
        Door {
            address,
            protocol: "tcp".into(),
            speech,
            is_certain: speech != Speech::Unknown,
        }
    }

    #[test]
    fn each_kind_of_server_is_told() {
        let says = |text: &'static str| {
            served(move |mut s| {
                let mut request = [0; 512];
                if text.starts_with("HTTP") {
                    let _ = s.read(&mut request);
                }
                let _ = s.write_all(text.as_bytes());
                std::thread::sleep(Duration::from_millis(50));
            })
        };
        let unknown = |text| dial(&door(says(text), Speech::Unknown)).to_string();
        assert_eq!(unknown("HTTP/1.1 302 Found\r\n\r\n"), "answers HTTP 302");
        assert_eq!(unknown("SSH-2.0-x\r\n"), "answers SSH");
        let page = dial(&door(says("HTTP/1.1 503 No\r\n\r\n"), Speech::Unknown));
        assert_eq!(page.fault().as_deref(), Some("HTTP 503"));
        let wrong = dial(&door(says("HTTP/1.1 400 Bad\r\n\r\n"), Speech::Redis));
        assert!(matches!(wrong, Reply::Silent { .. }), "{wrong:?}");
        let ends = dial(&door(served(drop), Speech::Unknown));
        assert!(matches!(ends, Reply::Refused { .. }), "{ends:?}");
        let nobody = dial(&door("127.0.0.1:1".into(), Speech::Unknown));
        assert_eq!(nobody.fault().as_deref(), Some("connection refused"));
        assert!(dial(&door("nowhere".into(), Speech::Unknown)).fault().is_some());
    }

    /// One that takes connections and keeps them is no answer where the protocol is known, and bounded.
    #[test]
    fn one_that_hangs_is_given_up() {
        let hangs = || served(std::mem::forget);
        let start = Instant::now();
        let (known, unknown) = std::thread::scope(|scope| {
            let known = scope.spawn(|| dial(&door(hangs(), Speech::Postgres)));
            let unknown = scope.spawn(|| dial(&door(hangs(), Speech::Unknown)));
            (known.join().unwrap(), unknown.join().unwrap())
        });
        assert!(matches!(known, Reply::Silent { .. }), "{known:?}");
        assert_eq!(unknown, Reply::Open);
        assert!(start.elapsed() < LONGEST);
    }

    #[test]
    fn a_question_of_dns_is_answered_by_datagram() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            let mut asked = [0; 512];
            let (length, from) = server.recv_from(&mut asked).unwrap();
            asked[2] |= 0x80;
            server.send_to(&asked[..length], from).unwrap();
        });
        let door = Door {
            protocol: "udp".into(),
            ..door(address, Speech::Dns)
        };
        assert_eq!(dial(&door).to_string(), "answers DNS");
    }
}
