//! Everything that is known of one image, and what it leads to: the plan for a service that says nothing else.

use super::super::options::{AssumeWord, PlanOptions};
use super::super::session::Session;
use super::{Format, list::from, word};
use crate::facts::profile::{Capabilities, Fact, Move, Note, Profile};
use crate::facts::{Catalog, ImageFacts, ImageRef};
use crate::locate::{ProcessSettings, Stdin};
use crate::pipeline::Prepared;
use crate::pipeline::failure::Failure;
use crate::render::{explain, json as plan_json};
use crate::visible::line;
use anyhow::{Context, Result};
use serde_json::json;
use std::io::Write;

/// Shows an image, or a profile by its name.
pub(super) fn show(
    session: &Session,
    catalog: &Catalog,
    wanted: &str,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let facts = known(catalog, wanted)?;
    let prepared = plan(session, &facts)?;
    if format == Format::Json {
        let shown = json!({
            "profile": facts.name,
            "from": from(&facts.origin),
            "informed": facts.informed(),
            "facts": facts.profile,
            "leads_to": plan_json::plan(&prepared.view(), &[]),
        });
        return Ok(writeln!(out, "{shown:#}").context("writing")?);
    }
    Page { facts: &facts, out }.whole()?;
    let plan = explain::explain(&prepared.view(), &[]);
    Ok(write!(out, "\nFor a service that says nothing else:\n{plan}").context("writing")?)
}

/// An image, or a profile by its name.
fn known(catalog: &Catalog, wanted: &str) -> Result<ImageFacts> {
    let image = ImageRef::parse(wanted);
    let known = image
        .as_ref()
        .is_some_and(|image| catalog.name_for(&image.name).is_some());
    let by_name = (!known).then(|| catalog.for_image(None, Some(wanted))).flatten();
    match by_name {
        Some(facts) => Ok(facts),
        None => {
            let image = image.with_context(|| format!("`{wanted}` is neither an image nor a profile"))?;
            catalog
                .for_image(Some(&image), None)
                .context("the generic profile is missing")
        }
    }
}

/// The plan for one service of this image, with a volume where the image declares one.
fn plan(session: &Session, facts: &ImageFacts) -> Result<Prepared, Failure> {
    let image = facts
        .image
        .as_ref()
        .map_or("example".to_owned(), ToString::to_string);
    let declared = facts.profile.writable.iter().filter(|w| w.volume);
    let mounts: Vec<String> = declared
        .enumerate()
        .map(|(i, w)| format!("data{i}:{}", w.path))
        .collect();
    let volumes: serde_json::Map<String, serde_json::Value> = (0..mounts.len())
        .map(|i| (format!("data{i}"), json!({})))
        .collect();
    let mut service = json!({"image": image, "volumes": mounts});
    if facts.image.is_none() {
        service["x-nrcompose"] = json!({"profile": facts.name});
    }
    let project = json!({"name": "example", "services": {"example": service}, "volumes": volumes});
    let settings = ProcessSettings {
        files: vec!["-".to_owned()],
        cwd: session.settings.cwd.clone(),
        environment: session.settings.environment.clone(),
        stdin: Stdin::with(project.to_string()),
        ..ProcessSettings::default()
    };
    let alone = Session {
        settings,
        ..session.clone()
    };
    // What is known of an image does not depend on the engine that is here.
    let options = PlanOptions {
        assume: session.plan.assume.or(Some(AssumeWord::Rootful)),
        ..PlanOptions::default()
    };
    Ok(alone.prepare(&options)?.1)
}

struct Page<'a> {
    facts: &'a ImageFacts,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn whole(&mut self) -> Result<()> {
        let facts = self.facts;
        let p: &Profile = &facts.profile;
        let head = format!("{} ({})", facts.name, from(&facts.origin));
        writeln!(self.out, "{}\n{}", line(&head), line(&p.about))?;
        self.fact("class", Some(&p.class))?;
        self.fact("start", p.start.as_ref())?;
        if let Some(user) = &p.user {
            let groups: Vec<String> = user.groups.iter().map(u32::to_string).collect();
            let groups = if groups.is_empty() {
                String::new()
            } else {
                format!(", groups {}", groups.join(", "))
            };
            let text = format!(
                "{}:{}{groups}, other ids: {}",
                user.uid,
                user.gid,
                word(&user.others)
            );
            self.line("user", &text, &user.evidence)?;
        }
        if let Some(ids) = &p.ids {
            let text = format!(
                "{} and {}, {} otherwise; under user: {}",
                ids.uid.join(" or "),
                ids.gid.join(" or "),
                ids.default,
                word(&ids.under_user)
            );
            self.line("ids by", &text, &ids.evidence)?;
        }
        self.fact("init", p.init.as_ref())?;
        for v in &p.environment {
            self.line("environment", &format!("{}={}", v.name, v.value), &v.evidence)?;
        }
        self.fact("shell", p.shell.as_ref())?;
        self.fact("needs passwd", p.needs_passwd.as_ref())?;
        for w in &p.writable {
            let marks = [
                ("volume", w.volume),
                ("exec", w.exec),
                ("content", w.content),
                ("optional", w.optional),
            ];
            let mut text = format!("{} {}", w.path, word(&w.kind));
            for part in [&w.owner, &w.mode].into_iter().flatten() {
                text.push_str(&format!(" {part}"));
            }
            for (mark, _) in marks.iter().filter(|(_, set)| *set) {
                text.push_str(&format!(" {mark}"));
            }
            self.line("writes", &text, &w.evidence)?;
        }
        for port in &p.ports {
            let protocol = port
                .protocol
                .map(|p| format!("/{}", word(&p)))
                .unwrap_or_default();
            let moved = port.moved.as_ref().map(told).unwrap_or_default();
            self.line("port", &format!("{}{protocol}{moved}", port.port), &port.evidence)?;
        }
        for f in &p.file_capabilities {
            let text = format!("{} {}", f.path, f.capabilities.join(", "));
            self.line("file capability", &text, &f.evidence)?;
        }
        self.capabilities("capabilities", p.capabilities.as_ref())?;
        self.capabilities("root start", p.root_start.as_ref())?;
        self.fact("no new privileges", p.no_new_privileges.as_ref())?;
        self.fact("read-only root", p.read_only.as_ref())?;
        self.notes("blocked", &p.blockers)?;
        self.notes("note", &p.gotchas)?;
        for a in &p.alternatives {
            self.line("instead", &format!("{}: moves {}", a.image, a.moves), &a.evidence)?;
        }
        if let Some(upstream) = &p.upstream {
            let (says, link) = (line(&upstream.says), line(&upstream.link));
            writeln!(self.out, "upstream says: {says}\n  {link}")?;
        }
        let proven = if facts.informed() {
            "a decision that rests on this is proven"
        } else {
            "a decision that rests on this is unproven"
        };
        Ok(writeln!(self.out, "{proven}")?)
    }

    fn fact<T: serde::Serialize>(&mut self, name: &str, fact: Option<&Fact<T>>) -> Result<()> {
        match fact {
            Some(fact) => self.line(name, &word(&fact.value), &fact.evidence),
            None => Ok(()),
        }
    }

    fn capabilities(&mut self, name: &str, set: Option<&Capabilities>) -> Result<()> {
        match set {
            Some(set) => self.line(name, &set.capabilities.join(", "), &set.evidence),
            None => Ok(()),
        }
    }

    fn notes(&mut self, name: &str, notes: &[Note]) -> Result<()> {
        notes
            .iter()
            .try_for_each(|note| self.line(name, &note.note, &note.evidence))
    }

    /// The value, and under it the strongest source of it.
    fn line(&mut self, name: &str, text: &str, evidence: &[String]) -> Result<()> {
        writeln!(self.out, "{name:>18}  {}", line(text))?;
        if let Some(source) = self.facts.strongest(evidence) {
            let told = format!("{}: {}", word(&source.kind), source.place());
            writeln!(self.out, "{:>18}    {}", "", line(&told))?;
        }
        Ok(())
    }
}

/// How the application is set to another port.
fn told(moved: &Move) -> String {
    let mut by: Vec<String> = moved
        .environment
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    by.extend(moved.arguments.iter().cloned());
    by.extend(moved.files.keys().cloned());
    format!(", moved to {} by {}", moved.to, by.join(" "))
}
