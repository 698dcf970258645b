//! Where the values of a profile come from.
//!
//! Also compiled into the build script; so it uses nothing else of the crate.

use super::one_or_many;
use serde::{Deserialize, Serialize};

/// A source of a value: where anybody can look it up, or measure it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EvidenceEntry {
    /// How strong it is.
    pub kind: EvidenceKind,
    /// The repository that holds it, as `owner/name` on GitHub, or an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// The files in it.
    #[serde(default, with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub path: Vec<String>,
    /// The commit at which they were read, in full; `unpinned` where nobody has noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// A page outside of repositories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// The digest of the image that it was seen on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What was run to see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The day when it was read or seen, `YYYY-MM-DD`; `unknown` where nobody has noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// What stands there, in our words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
}

/// What stands for a commit that nobody has noted.
pub(crate) const UNPINNED: &str = "unpinned";
/// What stands for a day that nobody has noted.
pub(crate) const UNKNOWN_DAY: &str = "unknown";

impl EvidenceEntry {
    /// Where to look, in one line.
    pub fn place(&self) -> String {
        let place = match (&self.repo, &self.page, &self.run, &self.digest) {
            (Some(repo), ..) if self.path.is_empty() => repo.clone(),
            (Some(repo), ..) => format!("{repo}: {}", self.path.join(", ")),
            (None, Some(page), ..) => page.clone(),
            (None, None, Some(run), Some(digest)) => format!("{run} on {digest}"),
            (None, None, Some(one), None) | (None, None, None, Some(one)) => one.clone(),
            (None, None, None, None) => self.path.join(", "),
        };
        let commit = self.commit.as_deref().filter(|c| *c != UNPINNED);
        let commit = commit.map(|c| format!(" at {}", c.get(..12).unwrap_or(c)));
        let day = self.date.as_deref().filter(|d| *d != UNKNOWN_DAY);
        let day = day.map(|d| format!(" of {d}"));
        let place = place + &commit.unwrap_or_default() + &day.unwrap_or_default();
        match &self.says {
            Some(says) if place.is_empty() => says.clone(),
            Some(says) => format!("{place} ({says})"),
            None => place,
        }
    }

    /// Whether it says at which commit, on which digest or on which day it was seen; `None` for a conclusion, and for what
    /// was run on an image of our own, which have nothing of the kind.
    pub fn is_pinned(&self) -> Option<bool> {
        let is_known = |value: &Option<String>, unknown| value.as_deref().is_some_and(|v| v != unknown);
        match self.kind {
            EvidenceKind::StandIn | EvidenceKind::Inferred => None,
            _ if self.repo.is_some() => Some(is_known(&self.commit, UNPINNED)),
            _ => Some(is_known(&self.date, UNKNOWN_DAY)),
        }
    }

    /// What is wrong with a self.
    pub(crate) fn mistakes(&self) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        if self.place().trim().is_empty() {
            wrong.push("does not say where: `repo` and `path`, `page`, `digest` and `run`, or `says`");
        }
        let is_repository = |r: &String| r.split('/').filter(|part| !part.is_empty()).count() >= 2;
        if self.repo.as_ref().is_some_and(|r| !is_repository(r)) {
            wrong.push("has a `repo` that is neither `owner/name` nor an address");
        }
        let commit = self.commit.as_deref();
        let is_hash = |c: &str| c.len() == 40 && c.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
        if commit.is_some_and(|c| c != UNPINNED && !is_hash(c)) {
            wrong.push("has a `commit` that is no whole one (40 digits, or `unpinned`)");
        }
        if commit.is_some() && self.repo.is_none() {
            wrong.push("has a `commit` of no `repo`");
        }
        if self.page.as_ref().is_some_and(|p| !p.starts_with("https://")) {
            wrong.push("has a `page` that is no https address");
        }
        if self.digest.as_ref().is_some_and(|d| !d.starts_with("sha256:")) {
            wrong.push("has a `digest` that is none (sha256:…)");
        }
        let date = self.date.as_deref();
        if date.is_some_and(|d| d != UNKNOWN_DAY && !is_day(d)) {
            wrong.push("has a `date` that is none (YYYY-MM-DD, or `unknown`)");
        }
        if commit.is_some_and(is_hash) && !date.is_some_and(is_day) {
            wrong.push("names a commit, but not the `date` on which it was read");
        }
        wrong
    }
}

fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_number =
        |part: &str, digits: usize| part.len() == digits && part.chars().all(|c| c.is_ascii_digit());
    matches!(parts.as_slice(), [y, m, d] if is_number(y, 4) && is_number(m, 2) && is_number(d, 2))
}

/// How strong a piece of evidence is, strongest first. `inferred` alone, and a measurement on a stand-in, leave a decision
/// unproven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// The maintainers say so.
    Documented,
    /// It stands in the Dockerfile or in a script of the image.
    Dockerfile,
    /// Seen on the published image.
    Measured,
    /// Seen on an image built in the shape of the published one.
    StandIn,
    /// A conclusion that nobody checked.
    Inferred,
}

impl EvidenceKind {
    /// Whether a decision that rests on it counts as proven.
    pub fn proves(self) -> bool {
        matches!(
            self,
            EvidenceKind::Documented | EvidenceKind::Dockerfile | EvidenceKind::Measured
        )
    }
}
