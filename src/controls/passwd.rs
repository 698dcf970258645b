//! *passwd*: an entry for the service's user in the image's own `/etc/passwd` and `/etc/group`, for programs that look
//! themselves up (git, ssh, initdb, Python's `getpwuid`), and a `HOME` that can be written.
//!
//! The image's files are taken whole and get one line more: a passwd with that line alone would take every other user
//! away. They can only be read out of an image that is here.

use super::{inline_file, shell_word};
use crate::facts::Local;
use crate::facts::local::AccountFile;
use crate::facts::settings::Ids;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Outcome, Safety};
use crate::plan::intent::Intent;
use crate::template::has_variables;

/// The control's id.
pub(super) const ID: &str = "passwd";

const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";

/// Where everybody may write, in nearly every image.
const TMP: &str = "/tmp";

/// The entry where something looks for it, else at least a home.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
    let Some(identity) = cx.start.user() else {
        return Vec::new();
    };
    match reason(cx) {
        Some((because, evidence)) => entry(cx, identity.ids, because, evidence),
        None if identity.is_written => Vec::new(),
        None => home(cx, identity.ids).into_iter().collect(),
    }
}

/// Why an entry is needed: the person says so, the profile does, or the image has a program that is known for it.
fn reason(cx: &Context) -> Option<(String, Vec<Evidence>)> {
    if let Some(asked) = cx.config.passwd {
        let told = Evidence::Default("`passwd: true` in nrcompose's configuration");
        return asked.then(|| {
            (
                "nrcompose's configuration asks for an entry".to_owned(),
                vec![told],
            )
        });
    }
    if let Some(fact) = &cx.facts.profile.needs_passwd {
        let known = cx.facts.evidence("needs_passwd", &fact.evidence);
        return fact
            .value
            .then(|| ("it looks its own uid up".to_owned(), vec![known]));
    }
    let program = cx.facts.local()?.look_themselves_up.first()?;
    Some((
        format!("{program} looks its own uid up, and fails where it has no entry"),
        vec![Evidence::Image(program.clone())],
    ))
}

fn entry(cx: &Context, ids: Ids, because: String, mut evidence: Vec<Evidence>) -> Vec<Decision> {
    let account = |passwd, group| Intent::Account {
        uid: ids.uid,
        passwd,
        group,
    };
    let is_own = cx.facts.profile.user.as_ref().is_some_and(|u| u.uid == ids.uid);
    let Some(local) = cx.facts.local() else {
        if is_own {
            let because = format!("{} is the image's own user, which has an entry", ids.uid);
            return vec![cx.holds(ID, account(None, None), because, evidence)];
        }
        return vec![cx.hindrance(
            ID,
            format!("{because}, and its image is not here to read /etc/passwd from"),
            evidence,
            "pull or build the image first, and plan again",
        )];
    };
    if local.knows(ids.uid) {
        let because = format!("{} has an entry in the image's /etc/passwd", ids.uid);
        return vec![cx.holds(ID, account(None, None), because, evidence)];
    }
    if inline_file::is_taken(cx, PASSWD) {
        return vec![cx.decision(ID, "its author mounts an /etc/passwd of their own", evidence)];
    }
    if cx.service.flag("read_only") {
        return vec![cx.hindrance(
            ID,
            format!("{because}, and Compose cannot copy one into a read-only container"),
            evidence,
            "mount an /etc/passwd with a line for its uid, or leave out `read_only`",
        )];
    }
    evidence.push(Evidence::Image("/etc/passwd and /etc/group".to_owned()));
    let line = passwd_line(cx, local, ids);
    let whole = match &local.passwd {
        AccountFile::Whole(whole) => whole,
        AccountFile::Unfit(why) => return vec![unfit(cx, PASSWD, why, &line, &because, evidence)],
    };
    let mut decisions = Vec::new();
    let passwd = format!("{whole}{line}\n");
    let mut group = None;
    if !local.groups.values().any(|(gid, _)| *gid == ids.gid) && !inline_file::is_taken(cx, GROUP) {
        let line = format!("{}:x:{}:", name(local), ids.gid);
        match &local.group {
            AccountFile::Whole(whole) => group = Some(format!("{whole}{line}\n")),
            AccountFile::Unfit(why) => {
                decisions.push(unfit(cx, GROUP, why, &line, &because, evidence.clone()))
            }
        }
    }
    let is_there = |path: &str| cx.service.has_own_file(path);
    let is_so = is_there(PASSWD) && (group.is_none() || is_there(GROUP));
    let intents = vec![account(Some(passwd), group)];
    decisions.push(Decision {
        outcome: Outcome::of(is_so, intents),
        safety: Safety::Behaviour("programs in it see a name for its uid".to_owned()),
        ..cx.decision(ID, because, evidence)
    });
    decisions
}

/// The image's own file cannot be repeated, and one with our line alone would take every other account away.
fn unfit(
    cx: &Context,
    path: &str,
    why: &str,
    line: &str,
    because: &str,
    evidence: Vec<Evidence>,
) -> Decision {
    let name = path.trim_start_matches("/etc/");
    let image = cx.service.image().map_or_else(|| "IMAGE".to_owned(), shell_word);
    cx.hindrance(
        ID,
        format!("{because}, and the image's {path} {why}, so no line can be added to it"),
        evidence,
        format!(
            "make the file yourself and mount it (`volumes: [\"./{name}:{path}:ro\"]`): \
             `docker run --rm --network none --entrypoint cat {image} {path} > {name}`, with the line `{line}` at its end; \
             or set `x-nrcompose: {{passwd: false}}`"
        ),
    )
}

/// The line for the user. `HOME` is repeated there, for ssh and others that ask passwd, but never
/// one that a variable was filled into.
fn passwd_line(cx: &Context, local: &Local, ids: Ids) -> String {
    let written = cx.service.environment("HOME");
    let written = written.filter(|(_, node)| !node.raw.as_deref().is_some_and(has_variables));
    let home = written.map(|(home, _)| home).or_else(|| local.home.clone());
    let home = home.filter(|h| h.starts_with('/') && !h.contains([':', '\n']));
    let home = home.unwrap_or_else(|| TMP.to_owned());
    let name = name(local);
    format!("{name}:x:{ids}:{name}:{home}:/sbin/nologin")
}

/// A name that the image does not have.
fn name(local: &Local) -> String {
    let is_free = |name: &String| !local.users.contains_key(name) && !local.groups.contains_key(name);
    let mut names = (0..).map(|n| {
        if n == 0 {
            "app".to_owned()
        } else {
            format!("app{n}")
        }
    });
    names.find(is_free).unwrap_or_default()
}

/// `HOME` for a uid that the image does not know, which the engine gives `/`: nobody but root can write there.
fn home(cx: &Context, ids: Ids) -> Option<Decision> {
    let local = cx.facts.local()?;
    let is_open = local.directories.get(TMP).is_some_and(|d| d.mode & 0o002 != 0);
    let says = cx.facts.profile.environment.iter().any(|v| v.name == "HOME");
    let said = cx.facts.environment(cx.service, "HOME").is_some();
    if local.knows(ids.uid) || local.home.is_some() || !is_open || says || said {
        return None;
    }
    Some(Decision {
        outcome: Outcome::Change(vec![Intent::Env {
            name: "HOME".to_owned(),
            value: Some(TMP.to_owned()),
            is_needed: false,
        }]),
        safety: Safety::Behaviour("what is written to HOME is gone with the container".to_owned()),
        ..cx.decision(
            ID,
            format!(
                "the image has no user {}, and without HOME its programs would write to /",
                ids.uid
            ),
            vec![
                Evidence::Engine("HOME of a uid without an entry is /"),
                Evidence::Image("/etc/passwd".to_owned()),
            ],
        )
    })
}
