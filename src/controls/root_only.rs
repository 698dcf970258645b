//! *root_only*: what a service does by its author's word and only root can do. No user helps there; the service is
//! refused, unless somebody says its user. And what it no longer needs to do under its own user, such as a `chmod 777`.

use crate::facts::root_programs;
use crate::model::is_within;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Instead};
use crate::tree::{Node, Origin, Value};

/// The control's id.
pub(super) const ID: &str = "root_only";

/// One refusal a reason.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
    let mut decisions = open_to_all(cx);
    if cx.start.user().is_none() || cx.user_is_said() {
        return decisions;
    }
    for key in ["entrypoint", "command"] {
        if let Some((program, does, origin)) = cx.service.get(key).and_then(root_program) {
            decisions.push(refuse(
                cx,
                format!("its {key} calls {program}, which {does}: only root can"),
                "do that when the image is built",
                origin,
            ));
        }
    }
    let declared = |target: &str| {
        cx.facts
            .profile
            .writable
            .iter()
            .any(|w| is_within(target, &w.path))
    };
    for mount in cx
        .service
        .mounts()
        .iter()
        .filter(|m| m.target.starts_with("/root/") && !declared(&m.target))
    {
        decisions.push(refuse(
            cx,
            format!("it mounts {}, and only root can enter /root", mount.target),
            "mount it outside /root, and set HOME if it is looked for there",
            mount.node.origin,
        ));
    }
    decisions
}

/// `chmod 777` in a command: once a service owns what it writes, nobody else has to.
fn open_to_all(cx: &Context) -> Vec<Decision> {
    let says = |node: &Node| {
        let words: Vec<&str> = match &node.value {
            Value::Seq(items) => items.iter().filter_map(Node::as_str).collect(),
            Value::Str(text) => vec![text],
            _ => Vec::new(),
        };
        let text = words.join(" ");
        let mut chmods = text.match_indices("chmod ").map(|(at, _)| &text[at + 6..]);
        chmods.any(|rest| {
            let mut arguments = rest.split_whitespace().skip_while(|w| w.starts_with('-'));
            arguments
                .next()
                .is_some_and(|mode| mode.trim_start_matches('0') == "777" || mode == "a+rwx")
        })
    };
    let keys = ["entrypoint", "command"].into_iter();
    keys.filter_map(|key| Some((key, cx.service.get(key).filter(|n| says(n))?)))
        .map(|(key, node)| {
            cx.finding(
                ID,
                format!("its {key} opens files to everybody (`chmod 777`)"),
                vec![Evidence::File(node.origin)],
                "leave that out: what it writes belongs to its own user",
            )
        })
        .collect()
}

/// The first root-only program in a command. Words inside a shell's script count where a command can start. A script
/// that is named after such a program is there to call it (`/cron.sh` of nextcloud/docker, docker-cron.sh).
fn root_program(node: &Node) -> Option<(&'static str, &'static str, Origin)> {
    let words: Vec<&str> = match &node.value {
        Value::Seq(items) => items.iter().filter_map(Node::as_str).collect(),
        Value::Str(text) => vec![text],
        _ => return None,
    };
    let found = words.iter().enumerate().find_map(|(index, text)| {
        let is_script = index > 0 && words[index - 1].starts_with('-') && words[index - 1].ends_with('c');
        let starts: Vec<&str> = if is_script || text.contains('\n') {
            text.split(['\n', ';', '&', '|', '('])
                .filter_map(first_word)
                .collect()
        } else if index == 0 {
            first_word(text).into_iter().collect()
        } else {
            Vec::new()
        };
        starts.iter().find_map(|word| root_programs::find(word))
    })?;
    Some((found.name, found.does, node.origin))
}

/// The program of a simple command, without its folder, and without what only wraps it.
fn first_word(command: &str) -> Option<&str> {
    let wrappers = ["exec", "if", "then", "do", "!", "set", "env", "time", "nohup"];
    let word = command
        .split_whitespace()
        .find(|w| !wrappers.contains(w) && !w.contains('=') && !w.starts_with('-'))?;
    word.rsplit('/').next()
}

/// A root start that is known for the image is not known to do for what its author adds.
fn refuse(cx: &Context, blocker: String, help: &str, origin: Origin) -> Decision {
    let help = format!("{help}, or set `user:` if it works without");
    cx.refused(
        ID,
        blocker,
        vec![Evidence::File(origin)],
        help,
        Instead::AsWritten,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(words: &[&str]) -> Option<&'static str> {
        let items = words.iter().map(|w| Node::synthetic(*w)).collect::<Vec<_>>();
        root_program(&Node::synthetic(items)).map(|(name, ..)| name)
    }

    #[test]
    fn a_program_counts_where_a_command_starts() {
        assert_eq!(program(&["sh", "-c", "apk add curl && exec app"]), Some("apk"));
        assert_eq!(
            program(&["sh", "-c", "set -e\n/usr/sbin/useradd x\n"]),
            Some("useradd")
        );
        assert_eq!(program(&["/bin/chown", "x", "y"]), Some("chown"));
        assert_eq!(program(&["bash", "-lc", "exec su x"]), Some("su"));
        assert_eq!(program(&["/cron.sh"]), Some("cron"));
        assert_eq!(program(&["echo", "mount"]), None);
        assert_eq!(program(&["sh", "-c", "echo apt; run --su"]), None);
    }
}
