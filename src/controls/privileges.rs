//! *privileges*: no-new-privileges, an empty bounding set, and nothing that grants more.
//!
//! Three facts of the kernel and the engine shape it. A binary with effective file capabilities cannot be
//! executed at all unless the bounding set has them. A non-root process gets nothing from `cap_add`. And a
//! daemon that drops root itself needs SETUID and SETGID to do so: without them it may go on as root.

use super::ports;
use crate::capability::plain;
use crate::plan::context::Context;
use crate::plan::control::PRIVILEGES;
use crate::plan::decision::{Decision, Evidence, Instead, Outcome, Safety};
use crate::plan::identity::Start;
use crate::plan::intent::Intent;
use crate::tree::Node;

/// The control's id.
pub(crate) const ID: &str = PRIVILEGES;

/// What a root start that nobody measured is given: enough to repair its data, drop to a user and stop its
/// children.
const ROOT_START: &[&str] = &["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"];

/// The capability by which a container opens the host's files: nothing but an author's own word gives it.
const HOST: &str = "DAC_READ_SEARCH";

/// Decides about `privileged`, `security_opt`, `cap_drop` and `cap_add`.
pub(crate) fn decide(cx: &Context) -> Vec<Decision> {
    match cx.start {
        Start::Unknown { .. } => return Vec::new(),
        Start::AsWritten { .. } => return harmless(cx).into_iter().collect(),
        _ => {}
    }
    if let Some(node) = cx
        .service
        .get("privileged")
        .filter(|_| cx.service.flag("privileged"))
    {
        let blocker =
            "`privileged: true` gives it every capability and device, whatever else is set".to_owned();
        let help =
            "give it the devices (`devices:`) and capabilities (`cap_add:`) that it needs instead".to_owned();
        let evidence = vec![Evidence::File(node.origin)];
        return vec![cx.refused(ID, blocker, evidence, help, Instead::AsWritten)];
    }
    if let Some(refusal) = only_root_could_use(cx) {
        return vec![refusal];
    }
    let mut decisions = vec![no_new_privileges(cx)];
    decisions.extend(capabilities(cx));
    decisions.extend(unconfined(cx));
    decisions.extend(opened(cx));
    decisions
}

/// no-new-privileges for a service that is otherwise left as it is: where the image is described, nothing in it is known
/// to need a setuid bit or a file capability, and its author does not ask for more than that.
fn harmless(cx: &Context) -> Option<Decision> {
    let profile = &cx.facts.profile;
    let is_known = cx.facts.is_described()
        && match &profile.no_new_privileges {
            Some(fact) => fact.value,
            None => profile.file_capabilities.is_empty(),
        };
    let options = cx.service.strings("security_opt");
    let is_said = options.iter().any(|o| o.starts_with("no-new-privileges"));
    (is_known && !is_said && !cx.service.flag("privileged")).then(|| no_new_privileges(cx))
}

/// An author's own `DAC_READ_SEARCH`, where it stays: the person is told at every start, since it takes the host down with the service.
fn opened(cx: &Context) -> Option<Decision> {
    let node = cx.service.get("cap_add")?;
    let gives = |item: &&Node| {
        item.as_str()
            .is_some_and(|c| ["ALL", HOST].contains(&plain(c).as_str()))
    };
    let item = node.items().iter().find(gives)?;
    let stays = match needed(cx) {
        Some((needed, ..)) => needed.contains(&plain(item.as_str()?)),
        None => true,
    };
    stays.then(|| {
        cx.hindrance(
            ID,
            format!(
                "with {} any root process in it can open every file of the host (open_by_handle_at)",
                item.as_str().unwrap_or_default()
            ),
            vec![Evidence::File(item.origin)],
            "give it `DAC_OVERRIDE` instead, which reaches its own files alone",
        )
    })
}

/// Filters that an author turns off: whether the image needs that, no profile says.
fn unconfined(cx: &Context) -> Vec<Decision> {
    let items = cx
        .service
        .get("security_opt")
        .map(Node::items)
        .unwrap_or_default();
    let is_off = |text: &str| {
        let (name, value) = text.split_once([':', '=']).unwrap_or((text, ""));
        matches!(
            (name, value),
            ("seccomp" | "apparmor", "unconfined") | ("label", "disable")
        )
    };
    let off = items.iter().filter(|i| i.as_str().is_some_and(is_off));
    off.map(|item| {
        let said = item.as_str().unwrap_or_default();
        cx.finding(
            ID,
            format!("`{said}` takes a filter of the kernel away from it"),
            vec![Evidence::File(item.origin)],
            format!("remove `{said}` if it works without"),
        )
    })
    .collect()
}

/// Capabilities that an author gives to an image nobody knows: they are for root, so it probably runs as root.
fn only_root_could_use(cx: &Context) -> Option<Decision> {
    let node = cx.service.get("cap_add").filter(|n| !n.items().is_empty())?;
    if !cx.facts.is_generic() || cx.start.user().is_none() || cx.user_is_said() {
        return None;
    }
    let names: Vec<&str> = node.items().iter().filter_map(Node::as_str).collect();
    if names.iter().all(|name| plain(name) == "NET_BIND_SERVICE") && !cx.service.is_on_host_network() {
        return None;
    }
    let blocker = format!(
        "its author gives it {}, which only a root process can use, and nothing is known of its image",
        names.join(", ")
    );
    Some(cx.refusal(
        ID,
        blocker,
        vec![Evidence::File(node.origin)],
        "set `user:` if it can run without root, or write a profile for its image".to_owned(),
    ))
}

/// `no-new-privileges:true`, unless the image is known to need a setuid program.
fn no_new_privileges(cx: &Context) -> Decision {
    let known = cx.facts.profile.no_new_privileges.as_ref();
    if let Some(fact) = known.filter(|f| !f.value) {
        return cx.finding(
            ID,
            "this image does not work with no-new-privileges",
            vec![cx.facts.evidence("no_new_privileges", &fact.evidence)],
            "nothing: setuid programs stay usable in it".to_owned(),
        );
    }
    let evidence = vec![known.map_or(
        Evidence::Engine("no-new-privileges does not hinder a process from dropping root"),
        |f| cx.facts.evidence("no_new_privileges", &f.evidence),
    )];
    let because = "no program in it may gain privileges by a setuid bit or a file capability";
    let intents = vec![Intent::NoNewPrivileges];
    let outcome = Outcome::of(cx.service.no_new_privileges().is_on(), intents);
    Decision {
        outcome,
        safety: safety(cx),
        ..cx.decision(ID, because, evidence)
    }
}

/// No capability but those that must be given back.
fn capabilities(cx: &Context) -> Option<Decision> {
    let (needed, because, evidence) = needed(cx)?;
    let added = cx.service.capabilities("cap_add");
    let drops_all = cx.service.capabilities("cap_drop").iter().any(|d| d == "ALL");
    let is_so =
        drops_all && needed.iter().all(|c| added.contains(c)) && added.iter().all(|c| needed.contains(c));
    let intents = vec![Intent::Capabilities {
        keep: needed,
        none_held: cx.start.user().is_some(),
    }];
    Some(Decision {
        outcome: Outcome::of(is_so, intents),
        safety: safety(cx),
        ..cx.decision(ID, because, evidence)
    })
}

/// The bounding set the service is to have, sorted, and why; `None` where nobody knows.
fn needed(cx: &Context) -> Option<(Vec<String>, String, Vec<Evidence>)> {
    let profile = &cx.facts.profile;
    let authors: Vec<String> = cx.service.capabilities("cap_add");
    let mut evidence: Vec<Evidence> = profile
        .file_capabilities
        .iter()
        .map(|f| {
            cx.facts
                .evidence(&format!("file_capabilities.{}", f.path), &f.evidence)
        })
        .collect();
    let files = evidence.len();
    let mut because;
    let mut needed: Vec<String>;
    match cx.start {
        Start::User(_) => {
            needed = Vec::new();
            because = "a non-root process needs no capability".to_owned();
            evidence.push(Evidence::Engine(
                "the engine gives a non-root process none from `cap_add`",
            ));
            if cx.facts.is_generic() {
                // Its binaries may have file capabilities that nobody knows of.
                needed.extend(authors);
            }
            if let Some(own) = &profile.capabilities {
                needed.extend(own.capabilities.iter().cloned());
                evidence.push(cx.facts.evidence("capabilities", &own.evidence));
            }
        }
        Start::Root { .. } => {
            because = "a start as root is given only what it needs".to_owned();
            needed = match &profile.root_start {
                Some(root) => {
                    evidence.push(cx.facts.evidence("root_start", &root.evidence));
                    root.capabilities.clone()
                }
                None => {
                    evidence.push(Evidence::Default("what entrypoints that drop root use"));
                    ROOT_START.iter().map(|c| (*c).to_owned()).collect()
                }
            };
            needed.extend(authors);
            needed.extend(ports::need_capability(cx).then(|| "NET_BIND_SERVICE".to_owned()));
            needed.retain(|c| !is_taken_away(cx, c));
        }
        Start::ExplicitRoot { .. } if cx.config.as_root == Some(true) => return None,
        Start::ExplicitRoot { .. } => {
            let root = profile.root_start.as_ref()?;
            because = "its author starts it as root; it is given only what that needs".to_owned();
            evidence.push(cx.facts.evidence("root_start", &root.evidence));
            needed = root.capabilities.clone();
            needed.extend(authors);
            needed.extend(ports::need_capability(cx).then(|| "NET_BIND_SERVICE".to_owned()));
            needed.retain(|c| !is_taken_away(cx, c));
        }
        Start::AsWritten { .. } | Start::Unknown { .. } => return None,
    }
    if files > 0 {
        because.push_str(", but a binary with file capabilities cannot be executed without them");
    }
    // A file of the image that has it could not be executed as its author wrote the service either.
    let is_authors = cx.service.capabilities("cap_add").iter().any(|c| c == HOST);
    let mut needed = cx.with_file_capabilities(&needed);
    needed.retain(|c| c != HOST || is_authors);
    Some((needed, because, evidence))
}

/// Whether its author takes a capability away: with plain Compose it would not have it, so it is not given back.
pub(super) fn is_taken_away(cx: &Context, capability: &str) -> bool {
    let has = |key: &str, name: &str| cx.service.capabilities(key).iter().any(|c| c == name);
    let is_dropped = has("cap_drop", "ALL") || has("cap_drop", capability);
    is_dropped && !has("cap_add", capability) && !has("cap_add", "ALL")
}

/// Taking away what a process that stays the same user cannot use alters nothing, if the image is known.
fn safety(cx: &Context) -> Safety {
    if cx.keeps_user() && !cx.facts.is_generic() {
        Safety::Hardening
    } else {
        Safety::Behaviour("programs that rely on a setuid bit or a capability stop working".to_owned())
    }
}
