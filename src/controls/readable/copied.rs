//! Configs and secrets that Compose copies into the container: root's, unless an owner is given. With one, engines before
//! 23 look the service's user up by name and find none for a number, so that nothing starts (moby#34142).

use super::{ID, groups};
use crate::diagnostic::audience::Topic;
use crate::facts::host::{Found, FoundKind};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Notice, Outcome, Safety};
use crate::plan::intent::{Copied, Intent};
use crate::tree::{Node, Path};

/// What is to be said of one that stands at `at` and is copied to `target`.
pub(super) fn decide(cx: &Context, item: &Node, at: &Path, target: String) -> Option<Decision> {
    // An author's own `user:` works as they want it.
    let identity = cx.start.user().filter(|i| !i.is_written)?;
    let said = |key: &str| item.get(key).and_then(Node::scalar_text);
    let mode = said("mode").and_then(|m| u32::from_str_radix(m.trim_start_matches("0o"), 8).ok());
    let found = Found {
        uid: 0,
        gid: 0,
        mode: mode.unwrap_or(0o444),
        kind: FoundKind::File,
    };
    let has_owner = ["uid", "gid"].into_iter().any(|key| said(key).is_some());
    let mut evidence = vec![Evidence::File(item.origin)];
    if has_owner {
        evidence.push(Evidence::Engine(
            "before 23 it cannot give a copied file an owner where `user:` is a number (moby#34142)",
        ));
    }
    let is_opened = !found.is_readable(identity.ids, &groups(cx));
    let readable = |copied| Intent::Readable {
        path: target.clone(),
        copied,
    };
    if !has_owner && !is_opened {
        let because = format!("{} can read {target}, which Compose copies in", identity.ids);
        return Some(cx.holds(ID, readable(None), because, evidence));
    }
    let (opened, notice) = if is_opened {
        let opened = format!(", so its mode becomes 0444 instead of {:04o}", found.mode);
        let notice = Notice {
            topic: Topic::OpenedFile,
            help: "to keep it closed, put it into a file that the service's user owns and name that by `file:`",
        };
        (opened, Some(notice))
    } else {
        (String::new(), None)
    };
    let because = format!("{} has to read {target}{opened}", identity.ids);
    Some(Decision {
        outcome: Outcome::Change(vec![readable(Some(Copied {
            entry: at.clone(),
            is_opened,
        }))]),
        safety: Safety::Behaviour(format!("every process in it may read {target}")),
        notice,
        ..cx.decision(ID, because, evidence)
    })
}
