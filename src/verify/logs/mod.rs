//! Log lines that tell of a denied access: which path, which control it points to, what to change.

pub(crate) mod lines;
mod path;
mod table;

use serde::{Deserialize, Serialize};
use table::{DenialForm, SPECIAL};

/// A line that tells of a denied access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Denial {
    /// The line, shortened.
    pub line: String,
    /// The absolute path it names, if it names one.
    pub path: Option<String>,
    /// The control it points to.
    pub control: String,
    /// What to change.
    pub advice: String,
}

/// What the kernel said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errno {
    Access,
    NotPermitted,
    ReadOnly,
}

/// How the kernel's words are spelt, in lower case. Systems in other languages name the number, or the words of theirs:
/// the messages of the GNU C library.
const ERRNO: [(&str, Errno); 38] = [
    ("permission denied", Errno::Access),
    ("permissiondenied", Errno::Access),
    ("accessdeniedexception", Errno::Access),
    ("unauthorizedaccessexception", Errno::Access),
    ("is denied.", Errno::Access),
    ("eacces", Errno::Access),
    ("errno 13", Errno::Access),
    ("errno: 13", Errno::Access),
    ("errno=13", Errno::Access),
    ("error number 13", Errno::Access),
    ("os error 13", Errno::Access),
    ("code: 13,", Errno::Access),
    ("errcode: 13", Errno::Access),
    ("(13)", Errno::Access),
    ("(13:", Errno::Access),
    ("keine berechtigung", Errno::Access),
    ("permission non accordée", Errno::Access),
    ("permiso denegado", Errno::Access),
    ("permissão negada", Errno::Access),
    ("permesso negato", Errno::Access),
    ("toegang geweigerd", Errno::Access),
    ("brak dostępu", Errno::Access),
    ("отказано в доступе", Errno::Access),
    ("权限不够", Errno::Access),
    ("許可がありません", Errno::Access),
    ("operation not permitted", Errno::NotPermitted),
    ("eperm", Errno::NotPermitted),
    ("errno 1]", Errno::NotPermitted),
    ("os error 1)", Errno::NotPermitted),
    ("errcode: 1 ", Errno::NotPermitted),
    ("die operation ist nicht erlaubt", Errno::NotPermitted),
    ("opération non permise", Errno::NotPermitted),
    ("read-only file system", Errno::ReadOnly),
    ("readonlyfilesystem", Errno::ReadOnly),
    ("erofs", Errno::ReadOnly),
    ("errno 30", Errno::ReadOnly),
    ("os error 30", Errno::ReadOnly),
    ("errcode: 30", Errno::ReadOnly),
];

/// What programs say at every start without root, and does no harm: with all of these words, in lower case.
const HARMLESS: [&[&str]; 4] = [
    // nginx/docker-nginx: entrypoint/10-listen-on-ipv6-by-default.sh leaves the listener of IPv6 out.
    &["can not modify /etc/nginx/conf.d/default.conf"],
    &["/etc/nginx/conf.d/default.conf is not a file or does not exist"],
    // vaultwarden's start script edits a page in place.
    &["sed: couldn't open temporary file /web-vault/"],
    // procps looks for the names of terminals.
    &["/proc/tty/driver"],
];

/// The same words said by an application about its own users.
const OWN_BUSINESS: [&str; 6] = [
    "permission denied for ",
    "permission denied (publickey",
    "permission denied to ",
    "permission denied, please try again",
    "\" 403 ",
    "http/1.",
];

/// The denials in a log: each path, or each line that names none, once.
pub(crate) fn denials(log: &str) -> Vec<Denial> {
    let mut all: Vec<Denial> = Vec::new();
    for denial in log.lines().filter_map(denial) {
        let same = |d: &Denial| d.control == denial.control && d.path == denial.path;
        if !all.iter().any(same) {
            all.push(denial);
        }
    }
    all
}

/// Words of failure.
const FAILURE: [&str; 7] = [
    "fatal",
    "error",
    "fail",
    "denied",
    "not permitted",
    "cannot",
    "unable to",
];

/// A failure that is logged three times or more, numbers aside.
pub(crate) fn repeated_failure(log: &str) -> Option<String> {
    let mut counts: std::collections::BTreeMap<String, (usize, &str)> = std::collections::BTreeMap::new();
    for line in log.lines() {
        let plain: String = line
            .chars()
            .filter(|c| !c.is_ascii_digit())
            .collect::<String>()
            .to_lowercase();
        if FAILURE.iter().any(|w| plain.contains(w)) {
            counts.entry(plain).or_insert((0, line)).0 += 1;
        }
    }
    let (count, line) = counts.into_values().max_by_key(|(count, _)| *count)?;
    (count >= 3).then(|| line.chars().filter(|c| !c.is_control()).take(200).collect())
}

/// Reads one line.
pub(crate) fn denial(line: &str) -> Option<Denial> {
    const LONGEST: usize = 300;
    let line: String = line.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let lower = line.to_lowercase();
    let is_harmless = |words: &&[&str]| words.iter().all(|w| lower.contains(w));
    // A server that cannot read a file says so beside the request for it.
    let is_own = lower.contains("failed (13:") || !OWN_BUSINESS.iter().any(|w| lower.contains(w));
    if !is_own || HARMLESS.iter().any(is_harmless) {
        return None;
    }
    let errno = ERRNO
        .iter()
        .find_map(|(words, errno)| lower.find(words).map(|at| (at, *errno)));
    let path = path::named(&line, &lower, errno.map(|(at, _)| at));
    let special = SPECIAL
        .iter()
        .find(|form| form.words.iter().all(|w| lower.contains(w)));
    let form = match (special, errno) {
        (Some(form), _) => form,
        (None, Some((_, errno))) if path.is_some() => ordinary(errno, path.as_deref()),
        _ => return None,
    };
    let place = path.as_deref().unwrap_or("the path it needs");
    let advice = form
        .advice
        .replace("PATH", place)
        .replace("DIR", path::directory(place));
    Some(Denial {
        line: line.trim().to_owned(),
        path,
        control: form.control.to_owned(),
        advice,
    })
}

/// A denied path in a form that no row knows.
fn ordinary(errno: Errno, path: Option<&str>) -> &'static DenialForm {
    let runtime = |p: &str| {
        table::RUNTIME
            .iter()
            .any(|d| p == *d || p.starts_with(&format!("{d}/")))
    };
    match errno {
        Errno::ReadOnly => &table::READ_ONLY,
        _ if path.is_some_and(runtime) => &table::TMPFS,
        _ => &table::VOLUME,
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod upstream;
