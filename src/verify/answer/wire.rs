//! The first bytes of protocols: what is said, and what the reply means. Pure.

use super::speech::Speech;
use crate::verify::reply::Reply;

/// What the one who connects says first; nothing where the server does.
pub(super) fn opening(speech: Speech) -> &'static [u8] {
    match speech {
        Speech::Unknown => {
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: nrcompose-verify\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        }
        // Length 8, code 80877103: https://www.postgresql.org/docs/current/protocol-message-formats.html
        Speech::Postgres => &[0, 0, 0, 8, 4, 210, 22, 47],
        Speech::Redis => b"PING\r\n",
        Speech::Mysql | Speech::Smtp | Speech::Ssh | Speech::Ftp => b"",
        // CONNECT of 3.1.1, a clean session, no name: docs.oasis-open.org/mqtt/mqtt/v3.1.1, section 3.1
        Speech::Mqtt => b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x0a\x00\x00",
        Speech::Amqp => b"AMQP\x00\x00\x09\x01",
        // Nothing is to be asked of others for it.
        Speech::Dns => b"\x4e\x52\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01",
    }
}

/// What a reply means; `None` when more may have to be read.
pub(super) fn understood(speech: Speech, said: &[u8]) -> Option<Reply> {
    let starts = |words: &[&[u8]]| words.iter().any(|w| said.starts_with(w));
    let is_right = match speech {
        Speech::Unknown => return http(said),
        Speech::Postgres => starts(&[b"N", b"S", b"E"]),
        // LOADING is the only reply of a server that does not serve yet.
        Speech::Redis => starts(&[b"+PONG", b"-NOAUTH", b"-DENIED", b"-ERR", b"-NOPERM"]),
        // A packet's length, its number 0, and protocol 10 or an error such as "too many connections".
        Speech::Mysql => said.len() > 4 && said[3] == 0 && [10, 255].contains(&said[4]),
        Speech::Smtp | Speech::Ftp => starts(&[b"220"]),
        Speech::Ssh => starts(&[b"SSH-"]),
        Speech::Mqtt => starts(&[b"\x20\x02"]),
        Speech::Amqp => starts(&[b"\x01", b"AMQP"]),
        // Over TCP a length stands before it.
        Speech::Dns => said.starts_with(b"NR") && said.len() > 3 && said[2] & 0x80 != 0,
    };
    is_right.then(|| Reply::Spoke {
        protocol: speech.name().to_owned(),
    })
}

/// What a server that was not asked anything said by itself.
pub(super) fn greeting(said: &[u8]) -> Reply {
    for speech in [Speech::Ssh, Speech::Smtp, Speech::Mysql] {
        if let Some(reply) = understood(speech, said) {
            return match speech {
                // SMTP and FTP greet alike.
                Speech::Smtp => Reply::Spoke {
                    protocol: "with a greeting".to_owned(),
                },
                _ => reply,
            };
        }
    }
    Reply::Spoke {
        protocol: "with bytes of its own".to_owned(),
    }
}

/// What HTTP has been understood of: the status line, and once the page is there, by what it is known.
fn http(said: &[u8]) -> Option<Reply> {
    let text = String::from_utf8_lossy(said);
    let line = text.strip_prefix("HTTP/")?;
    let status = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(Reply::Http {
        status,
        marker: marker(&text),
    })
}

/// What one who does not speak HTTP said to a request of it: an alert of TLS is an answer, too.
pub(super) fn no_http(said: &[u8]) -> Reply {
    match said {
        [0x15 | 0x16, 0x03, ..] => Reply::Spoke {
            protocol: "TLS".to_owned(),
        },
        _ => Reply::Open,
    }
}

/// By what a page is known: its title, or its first heading.
fn marker(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let inner = |tag: &str| {
        let open = lower.find(&format!("<{tag}"))?;
        let start = open + lower[open..].find('>')? + 1;
        let end = start + lower[start..].find(&format!("</{tag}"))?;
        let text = page
            .get(start..end)?
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let text: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
        (!text.is_empty()).then_some(text)
    };
    inner("title").or_else(|| inner("h1"))
}

/// The pages that servers show before anybody gave them a site.
const STOCK: [&str; 8] = [
    "welcome to nginx!",
    "it works!",
    "apache2 debian default page: it works",
    "apache2 ubuntu default page: it works",
    "test page for the nginx http server",
    "test page for the apache http server",
    "caddy works!",
    "iis windows server",
];

/// Whether a page is the one that a server shows before anybody gave it a site.
pub(crate) fn is_stock(marker: &str) -> bool {
    STOCK.contains(&marker.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_told_from_noise() {
        let spoke = |speech, said: &[u8]| matches!(understood(speech, said), Some(Reply::Spoke { .. }));
        for (speech, right, wrong) in [
            (Speech::Postgres, &b"N"[..], &b"HTTP/1.1"[..]),
            (
                Speech::Redis,
                b"-NOAUTH Authentication required.",
                b"-LOADING Redis is loading",
            ),
            (Speech::Mysql, b"\x4a\0\0\0\x0a8.0.1", b"HTTP/1.1 400"),
            (Speech::Smtp, b"220 mail ESMTP", b"554 no"),
            (Speech::Ssh, b"SSH-2.0-OpenSSH_9", b"hello"),
            (Speech::Ftp, b"220 (vsFTPd)", b"421 no"),
            (Speech::Mqtt, b"\x20\x02\x00\x05", b"\x30\x02"),
            (Speech::Amqp, b"\x01\x00\x00", b"\x15\x03"),
            (Speech::Dns, b"NR\x81\x80", b"NR\x01\x00"),
        ] {
            assert!(spoke(speech, right), "{speech:?}");
            assert!(!spoke(speech, wrong) && !spoke(speech, b""), "{speech:?}");
        }
    }

    #[test]
    fn a_page_is_known_by_its_title() {
        let of = |page: &str| understood(Speech::Unknown, page.as_bytes());
        let page = "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n<html><TITLE lang=en>\n My\n site</TITLE>";
        assert_eq!(
            of(page),
            Some(Reply::Http {
                status: 200,
                marker: Some("My site".into())
            })
        );
        let works = "HTTP/1.0 502 Bad\r\n\r\n<html><body><h1>It works!</h1>";
        let Some(Reply::Http { status, marker }) = of(works) else {
            panic!("no HTTP");
        };
        assert!(status == 502 && is_stock(&marker.unwrap()));
        assert_eq!(of("HTTP/1.1 204 No\r\n\r\n").map(|r| r.fault()), Some(None));
        assert_eq!(of("SSH-2.0"), None);
    }

    #[test]
    fn a_greeting_of_nobodys_protocol_is_one_all_the_same() {
        assert_eq!(greeting(b"SSH-2.0-x").to_string(), "answers SSH");
        assert_eq!(greeting(b"220 x").to_string(), "answers with a greeting");
        assert!(greeting(b"hello").fault().is_none());
        assert_eq!(no_http(&[0x15, 3, 1]).to_string(), "answers TLS");
    }
}
