//! What has changed at the sources of profiles since they were read.

use super::evidence::entries;
use super::repository::{Git, Repository, short};
use super::revised::{Fate, Revision, revisions};
use super::{Format, word};
use crate::diagnostic::Diagnostic;
use crate::facts::evidence::{EvidenceEntry, UNPINNED};
use crate::facts::{Catalog, ImageRef};
use crate::pipeline::failure::Failure;
use crate::visible::line;
use anyhow::Result;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What to read again, and where.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RefreshArgs {
    /// Images as in a compose file, and names of profiles, with what they extend; all profiles otherwise
    #[arg(value_name = "IMAGE|PROFILE")]
    pub wanted: Vec<String>,
    /// A folder with copies of the repositories, each at OWNER/NAME or OWNER+NAME
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
}

/// What came of it.
#[derive(Debug, Default)]
struct RefreshReport {
    /// By profile: the name of the evidence, what it is, what became of it.
    changed: BTreeMap<String, Vec<(String, EvidenceEntry, Revision)>>,
    unchanged: usize,
    /// Profile, name of the evidence, why not.
    not_compared: Vec<(String, String, String)>,
    /// How many entries each repository has that is not there.
    missing: BTreeMap<String, usize>,
    unpinned: usize,
}

/// Compares what is pinned with what is there now; exit code 1 if something changed.
pub(super) fn refresh(
    catalog: &Catalog,
    args: &RefreshArgs,
    format: Format,
    out: &mut Vec<u8>,
) -> Result<u8, Failure> {
    if !args.from.is_dir() {
        let from = args.from.display().to_string();
        let error = Diagnostic::error(format!("`--from {}`: there is no such folder", line(&from)));
        return Err(error
            .help("name one that has copies of repositories: `git clone https://github.com/OWNER/NAME DIR/OWNER/NAME`")
            .into());
    }
    let git = Git::find()?;
    let mut report = RefreshReport::default();
    let mut open = HashMap::new();
    for (profile, part) in chosen(catalog, &args.wanted)? {
        for (name, entry) in entries(&part) {
            report.take(&git, &args.from, &mut open, &profile, name, entry);
        }
    }
    let text = match format {
        Format::Json => format!("{:#}\n", report.json()),
        _ => report.text(&args.from),
    };
    out.extend(text.into_bytes());
    Ok(u8::from(!report.changed.is_empty()))
}

type Parts = Vec<(String, serde_json::Map<String, Value>)>;

/// What was asked for, whole; or every profile without what it extends, so that nothing comes twice.
fn chosen(catalog: &Catalog, wanted: &[String]) -> Result<Parts, Diagnostic> {
    if wanted.is_empty() {
        let own = |name: &str| Some((name.to_owned(), catalog.part(name)?));
        return Ok(catalog.names().into_iter().filter_map(own).collect());
    }
    let mut parts = Parts::new();
    for asked in wanted {
        let image = ImageRef::parse(asked);
        let by_image = image.as_ref().and_then(|image| catalog.name_for(&image.name));
        let name = by_image.unwrap_or(asked);
        let Some(whole) = catalog.resolve(name) else {
            let message = format!("`{}`: there is no profile of this image or name", line(asked));
            return Err(Diagnostic::error(message).help("`nrcompose profiles list` lists all profiles"));
        };
        if parts.iter().all(|(known, _)| known != name) {
            parts.push((name.to_owned(), whole));
        }
    }
    Ok(parts)
}

impl RefreshReport {
    fn take<'g>(
        &mut self,
        git: &'g Git,
        from: &Path,
        open: &mut HashMap<String, Option<Repository<'g>>>,
        profile: &str,
        name: String,
        entry: EvidenceEntry,
    ) {
        let (Some(repo), false) = (&entry.repo, entry.path.is_empty()) else {
            return;
        };
        let Some(commit) = entry.commit.as_deref().filter(|c| *c != UNPINNED) else {
            self.unpinned += 1;
            return;
        };
        let copy = open.entry(repo.clone()).or_insert_with(|| git.open(from, repo));
        let Some(copy) = copy else {
            *self.missing.entry(repo.clone()).or_default() += 1;
            return;
        };
        let not = |why: String| (profile.to_owned(), name.clone(), why);
        if let Some(unknown) = [commit, "HEAD"].iter().find(|c| !copy.has(c)) {
            let why = format!("the copy of {repo} has no commit {unknown}");
            self.not_compared.push(not(why));
            return;
        }
        for path in &entry.path {
            let Some(found) = revisions(copy, commit, path) else {
                self.not_compared
                    .push(not(format!("{repo} has no {path} at commit {commit}")));
                continue;
            };
            for revision in found {
                if matches!(revision.change, Fate::None) {
                    self.unchanged += 1;
                    continue;
                }
                let of_profile = self.changed.entry(profile.to_owned()).or_default();
                of_profile.push((name.clone(), entry.clone(), revision));
            }
        }
    }

    fn json(&self) -> Value {
        let changed: Vec<Value> = self
            .changed
            .iter()
            .map(|(profile, changes)| {
                let changes: Vec<Value> = changes
                    .iter()
                    .map(|(name, entry, revision)| {
                        let mut told = json!({
                            "evidence": name, "kind": word(&entry.kind), "repo": entry.repo,
                            "commit": entry.commit, "path": revision.path,
                        });
                        revision.change.say(&mut told);
                        told
                    })
                    .collect();
                json!({"profile": profile, "changes": changes})
            })
            .collect();
        let not_compared: Vec<Value> = self
            .not_compared
            .iter()
            .map(|(profile, name, why)| json!({"profile": profile, "evidence": name, "why": why}))
            .collect();
        json!({
            "changed": changed, "unchanged": self.unchanged, "not_compared": not_compared,
            "missing": self.missing, "unpinned": self.unpinned,
        })
    }

    fn text(&self, from: &Path) -> String {
        let mut text = String::new();
        let mut say = |told: &str| text.push_str(&format!("{}\n", line(told)));
        for (profile, changes) in &self.changed {
            say(profile);
            for (name, entry, revision) in changes {
                let repo = entry.repo.as_deref().unwrap_or_default();
                say(&format!(
                    "  {name}: {repo}: {}: {}",
                    revision.path, revision.change
                ));
                for value in revision.change.values() {
                    say(&format!("    {value}"));
                }
            }
        }
        for (profile, name, why) in &self.not_compared {
            say(&format!("{profile}: {name} was not compared: {why}"));
        }
        for (repo, count) in &self.missing {
            say(&format!("not there: {repo}, for {}", counted(*count, "source")));
        }
        let one = self.missing.keys().find_map(|repo| short(repo));
        if let Some(one) = one {
            let to = from.join(&one);
            let clone = format!("git clone --bare https://github.com/{one} {}", to.display());
            say(&format!("`{clone}` brings one, where it is on GitHub"));
        }
        if !self.not_compared.is_empty() {
            say(
                "`git fetch --unshallow` completes a copy that lacks a commit; a wrong commit or path is corrected in the profile",
            );
        }
        let changes: usize = self.changed.values().map(Vec::len).sum();
        let _ = writeln!(
            text,
            "{} unchanged, {changes} changed, {} not compared, {} not there, {} unpinned",
            counted(self.unchanged, "file"),
            self.not_compared.len(),
            match self.missing.len() {
                1 => "1 repository".to_owned(),
                n => format!("{n} repositories"),
            },
            self.unpinned,
        );
        text
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
