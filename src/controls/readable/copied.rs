//! Configs and secrets that Compose copies into the container: root's, unless an owner is given. With one, engines before
//! 23 look the service's user up by name and find none for a number, so that nothing starts (moby#34142).

use super::{ID, groups};
use crate::diagnostic::audience::Topic;
use crate::facts::host::{Found, FoundKind};
use crate::plan::claim::Claim;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Edit, Evidence, Notice, Op, Outcome, Safety};
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
    let owners = ["uid", "gid"].into_iter().filter(|key| said(key).is_some());
    let mut edits: Vec<Edit> = owners
        .map(|key| Edit {
            path: at.join(key),
            op: Op::Remove,
        })
        .collect();
    let mut evidence = vec![Evidence::File(item.origin)];
    if !edits.is_empty() {
        evidence.push(Evidence::Engine(
            "before 23 it cannot give a copied file an owner where `user:` is a number (moby#34142)",
        ));
    }
    if !found.is_readable(identity.ids, &groups(cx)) {
        edits.push(Edit {
            path: at.join("mode"),
            op: Op::Set(Node::synthetic("0444")),
        });
    }
    let claims = vec![Claim::Readable { path: target.clone() }];
    if edits.is_empty() {
        let because = format!("{} can read {target}, which Compose copies in", identity.ids);
        return Some(Decision {
            claims,
            ..cx.decision(ID, because, evidence)
        });
    }
    let (opened, notice) = if found.is_readable(identity.ids, &groups(cx)) {
        (String::new(), None)
    } else {
        let opened = format!(", so its mode becomes 0444 instead of {:04o}", found.mode);
        let notice = Notice {
            topic: Topic::OpenedFile,
            help: "to keep it closed, put it into a file that the service's user owns and name that by `file:`",
        };
        (opened, Some(notice))
    };
    let because = format!("{} has to read {target}{opened}", identity.ids);
    Some(Decision {
        outcome: Outcome::Change(edits),
        safety: Safety::Behaviour(format!("every process in it may read {target}")),
        notice,
        claims,
        ..cx.decision(ID, because, evidence)
    })
}
