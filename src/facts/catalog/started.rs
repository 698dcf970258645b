//! What follows from what a service starts, where its image has no program of its own that a profile describes.

use super::Lookup;
use crate::facts::base_accounts;
use crate::facts::builtin;
use crate::facts::dockerfile::Build;
use crate::facts::merge::{self, Fragment};
use crate::facts::root_programs;
use crate::facts::script::Script;
use crate::facts::start::StartedProgram;
use serde_json::{Value, json};

/// Variables by which images are told whom to become, uid and gid.
const TOLD: [(&str, &str); 7] = [
    ("PUID", "PGID"),
    ("USER_ID", "GROUP_ID"),
    ("USER_UID", "USER_GID"),
    ("APP_UID", "APP_GID"),
    ("USERID", "GROUPID"),
    ("HOST_UID", "HOST_GID"),
    ("UID", "GID"),
];

/// What start scripts need to become whom they are told: they change accounts and owners, and step down.
const BECOMES: [&str; 6] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"];

/// Who starts, and what is known of where.
pub(super) struct ImageStartup<'a> {
    pub request: &'a Lookup<'a>,
    pub build: Option<&'a Build>,
    /// What is known of the image that it is built on.
    pub base: Option<&'a Fragment>,
    /// The profile of the image itself.
    pub profile: Option<&'a Fragment>,
}

impl ImageStartup<'_> {
    /// A part of a profile; none where the image's own profile knows what it starts.
    pub(super) fn part(&self) -> Option<Fragment> {
        let has_own_entrypoint = self.build.is_some_and(|b| b.entrypoint.is_some());
        let is_known = self.profile.is_some_and(|p| !is_open(p))
            || self.base.is_some_and(|b| !is_open(b) && !has_own_entrypoint);
        if is_known || self.is_somebody() {
            return None;
        }
        let told = self.told();
        let started = StartedProgram::of(&self.words(), &builtin::is_program, &|word| self.script(word));
        let is_known = |name: &str| builtin::is_program(name) || root_programs::find(name).is_some();
        let is_understood = started.is_understood(&is_known);
        let mut part = told.clone().unwrap_or_default();
        let program = started.program().and_then(|name| self.program(name));
        if let Some(program) = &program {
            part = merge::merge(part, program);
        }
        let mut from = self.evidence();
        if !is_understood {
            // What the image is made for is not what it starts.
            from["kind"] = json!("inferred");
            if self
                .build
                .is_some_and(|b| b.entrypoint.is_some() || b.command.is_some())
                && told.is_none()
            {
                let mut open = Fragment::new();
                open.insert("class".into(), json!({"value": "unknown", "evidence": "start"}));
                open.insert("evidence".into(), json!({"start": from}));
                part = merge::merge(part, &open);
                part.insert("user".into(), Value::Null);
            }
        }
        if let Some(mut read) = started.part(&|user| self.ids(user), &json!("start"), told.is_some()) {
            let steps_down = started.scripts.iter().any(|script| script.steps_down.is_some());
            if let (false, Some(needed)) = (steps_down, program.as_ref().or(self.base)) {
                add_needs(&mut read, needed);
            }
            read.insert("evidence".into(), json!({"start": from}));
            part = merge::merge(part, &read);
        }
        (!part.is_empty()).then_some(part)
    }

    /// Whether it runs as somebody from its first process on, whatever it starts.
    fn is_somebody(&self) -> bool {
        if let Some(declared) = self.build.and_then(|b| b.user.as_ref()) {
            let is_root = declared.ids.is_some_and(|(uid, _)| uid == 0);
            return !is_root && !matches!(declared.text.split(':').next(), Some("root" | "0"));
        }
        if let Some(base) = self.base {
            return base.get("class").is_some_and(|class| class["value"] == "nonroot");
        }
        let local = self.request.local.filter(|_| self.build.is_none());
        local.is_some_and(|l| l.ids(&l.user).is_none_or(|(uid, _)| uid != 0))
    }

    /// The words that the engine starts: the author's, else the Dockerfile's, else the image's.
    fn words(&self) -> Vec<String> {
        let said = self.request.circumstances.map(|c| &c.said);
        let entrypoint = said.and_then(|s| s.entrypoint.clone());
        let command = said.and_then(|s| s.command.clone());
        let of_image = self
            .request
            .local
            .map(|l| (l.entrypoint.clone(), l.command.clone()))
            .unwrap_or_default();
        let (own_entrypoint, own_command) = match self.build {
            None => of_image,
            // An entrypoint of its own takes the command of what it is built on away.
            Some(build) => {
                let own =
                    |words: &Option<(Vec<String>, usize)>| words.as_ref().map(|(words, _)| words.clone());
                let command = match build.entrypoint {
                    Some(_) => own(&build.command).unwrap_or_default(),
                    None => own(&build.command).unwrap_or(of_image.1),
                };
                (own(&build.entrypoint).unwrap_or(of_image.0), command)
            }
        };
        match entrypoint {
            Some(entrypoint) => [entrypoint, command.unwrap_or_default()].concat(),
            None => [own_entrypoint, command.unwrap_or(own_command)].concat(),
        }
    }

    fn script(&self, word: &str) -> Option<Script> {
        let of_context = self.request.recipe.and_then(|r| r.scripts.get(word));
        of_context
            .and_then(|text| Script::of_file(text))
            .or_else(|| self.request.local?.script(word))
    }

    /// What a user of the image is in numbers.
    pub(super) fn ids(&self, user: &str) -> Option<(u32, u32)> {
        if let Some(known) = self.build.and_then(|b| b.users.get(user)) {
            return Some(*known);
        }
        if let Ok(uid) = user.parse::<u32>() {
            return Some((uid, uid));
        }
        let local = || self.request.local?.ids(user);
        let described = || self.base.or(self.profile).and_then(|part| named(part, user));
        let image = self.build.map_or(self.request.image, |b| b.base.as_ref());
        local()
            .or_else(described)
            .or_else(|| base_accounts::ids(image?, user))
    }

    /// The profile of a program, its user in the numbers of this image.
    fn program(&self, name: &str) -> Option<Fragment> {
        let image = self.build.map_or(self.request.image, |b| b.base.as_ref());
        let part = merge::with_conditions(builtin::program(name)?, &self.request.of(image));
        // An image of an interpreter knows more of it.
        if is_open(&part) && (self.profile.is_some() || self.base.is_some()) {
            return None;
        }
        let mut part = merge::named_apart(&merge::extend(part, &Fragment::new()), "program:");
        let ids = part
            .get("user")
            .and_then(|user| self.ids(user.get("name")?.as_str()?));
        if let (Some((uid, gid)), Some(user)) = (ids, part.get_mut("user")) {
            user["uid"] = json!(uid);
            user["gid"] = json!(gid);
        }
        Some(part)
    }

    /// The ids by which an image that nobody described is told whom to become.
    fn told(&self) -> Option<Fragment> {
        if self.profile.is_some() || self.base.is_some() && self.build.is_none_or(|b| b.entrypoint.is_none())
        {
            return None;
        }
        let environment = &self.request.circumstances?.environment;
        let number = |name: &str| environment.get(name)?.trim().parse::<u32>().ok();
        let (uid, gid) = TOLD
            .iter()
            .find(|(uid, gid)| number(uid).is_some() && number(gid).is_some())?;
        let part = json!({
            "evidence": {"told": {"kind": "inferred", "says": format!("{uid} and {gid} tell a start script whom to become")}},
            "class": {"value": "root-start", "evidence": "told"},
            "start": {"value": "drops", "evidence": "told"},
            "ids": {
                "uid": uid, "gid": gid, "default": format!("{}:{}", number(uid)?, number(gid)?),
                "under_user": "ignored", "evidence": "told",
            },
            "root_start": {"capabilities": BECOMES, "evidence": "told"},
            "blockers": [{
                "note": format!("{uid} and {gid} tell its start script whom to become, which only root can"),
                "evidence": "told",
            }],
        });
        part.as_object().cloned()
    }

    /// Where what it starts was read.
    fn evidence(&self) -> Value {
        let said = self.request.circumstances.map(|c| &c.said);
        if said.is_some_and(|s| s.entrypoint.is_some() || s.command.is_some()) {
            return json!({"kind": "dockerfile", "says": "what it starts by the Compose file, read, not run"});
        }
        match (self.build, self.request.recipe, self.request.local) {
            (Some(build), Some(recipe), _) => {
                let lines = [&build.entrypoint, &build.command]
                    .into_iter()
                    .flatten()
                    .map(|(_, line)| *line);
                let place = format!("{}:{}", recipe.name.display(), lines.min().unwrap_or(1));
                json!({"kind": "dockerfile", "path": place, "says": "what it starts, read, not run"})
            }
            (_, _, Some(local)) => local.evidence_of_start(),
            _ => json!({"kind": "inferred", "says": "what it starts"}),
        }
    }
}

/// What the program needs where it starts as root, beside what the scripts in front of it need.
fn add_needs(read: &mut Fragment, program: &Fragment) {
    let of = |part: &Fragment| {
        part.get("root_start")
            .and_then(|set| set["capabilities"].as_array().cloned())
    };
    let (Some(mut all), Some(more)) = (of(read), of(program)) else {
        return;
    };
    all.extend(more);
    all.sort_by_key(ToString::to_string);
    all.dedup();
    if let Some(set) = read.get_mut("root_start") {
        set["capabilities"] = all.into();
    }
}

/// Whether what is started decides on it.
fn is_open(part: &Fragment) -> bool {
    part.get("any_program") == Some(&Value::Bool(true))
}

/// The numbers of the user of a profile, if it has this name.
fn named(part: &Fragment, user: &str) -> Option<(u32, u32)> {
    let known = part.get("user").filter(|known| known["name"] == user)?;
    let number = |key: &str| known[key].as_u64().and_then(|n| u32::try_from(n).ok());
    Some((number("uid")?, number("gid")?))
}
