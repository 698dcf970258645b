//! Whether what answers is the service: not less than it was, and not a server's own page instead of a site.

use super::Judgement;
use crate::verify::answer::{PortAnswer, Reply, ServiceAnswer, wire};
use crate::verify::observation::Observation;

/// How an answer is not that of before: less than it was, or another page.
pub(super) fn another(before: &ServiceAnswer, now: &ServiceAnswer) -> Option<String> {
    let kind = |answer: &ServiceAnswer| answer.status.map(|status| status / 100);
    match (before.status, now.status) {
        (Some(was), None) => {
            return Some(format!(
                "it answered HTTP {was} as its author wrote it, and speaks no HTTP now"
            ));
        }
        // A redirection and a page are both answers of a service that works.
        (Some(was), Some(is)) if kind(before) < Some(4) && kind(now) >= Some(4) => {
            return Some(format!(
                "it answered HTTP {was} as its author wrote it, and HTTP {is} now"
            ));
        }
        _ => {}
    }
    // Numbers in a title may count.
    let plain = |marker: &str| {
        marker
            .chars()
            .filter(|c| !c.is_ascii_digit())
            .collect::<String>()
            .to_lowercase()
    };
    match (&before.marker, &now.marker) {
        (Some(was), Some(is)) if kind(before) == kind(now) && plain(was) != plain(is) => Some(format!(
            "its page was \"{was}\" as its author wrote it, and is \"{is}\" now"
        )),
        (None, Some(is)) if kind(before) == Some(2) && wire::is_stock(is) => Some(format!(
            "its page is the server's own (\"{is}\"), and was another as its author wrote it"
        )),
        _ => None,
    }
}

/// Where a server of web pages reads a site that is put together at its start.
const TEMPLATES: [&str; 2] = ["/etc/nginx/templates", "/usr/share/nginx/html"];

/// The page that a server shows by itself, though it was given a site.
pub(super) fn stock(seen: &Observation, asked: &[&PortAnswer]) -> Judgement {
    let page = asked.iter().find_map(|a| match &a.reply {
        Reply::Http { marker, .. } => marker.as_ref().filter(|m| wire::is_stock(m)),
        _ => None,
    });
    let given = seen
        .engine
        .binds
        .iter()
        .find(|b| b.host_path && TEMPLATES.contains(&b.target.as_str()));
    Judgement::unless(page.zip(given).map(|(page, given)| {
        format!(
            "its page is the server's own (\"{page}\"), though {} is mounted",
            given.target
        )
    }))
}
