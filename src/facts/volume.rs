//! Whether a volume that is on the engine already is this project's alone: what the project says of it may not be all.

use crate::engine::{EngineVolume, Mounting};
use crate::model::bind_of;

/// By what Compose marks a volume that it made.
const PROJECT: &str = "com.docker.compose.project";

/// A volume that is not the project's alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignVolume {
    /// What it is, to follow its name: `was made for the project other`.
    pub why: String,
    /// The directory of the engine's machine that it is a bind mount of.
    pub bind: Option<String>,
}

/// Why a volume is not the project's alone, if it is not. One that nobody marked may have been filled by hand before the
/// first start, such as a backup that was restored, and is the project's if nobody else mounts it.
pub(crate) fn kept(volume: &EngineVolume, project: &str, mounting: &[Mounting]) -> Option<ForeignVolume> {
    let because = |why: String| Some(ForeignVolume { why, bind: None });
    if !matches!(volume.driver.as_str(), "" | "local") {
        return because(format!("is kept by the driver {}", volume.driver));
    }
    let option = |name: &str| volume.options.get(name).map(String::as_str).unwrap_or_default();
    if let Some(device) = bind_of(option("o"), option("device")) {
        return Some(ForeignVolume {
            why: format!("is the host directory {device}"),
            bind: Some(device.to_owned()),
        });
    }
    if let Some((name, value)) = volume.options.iter().find(|(_, value)| !value.is_empty()) {
        return because(format!("was made with options of its own ({name}={value})"));
    }
    if let Some(other) = volume.labels.get(PROJECT).filter(|other| *other != project) {
        return because(format!("was made for the project {other}"));
    }
    let is_other = |m: &&Mounting| m.project != project && m.mounts.contains(&volume.name);
    let other = mounting.iter().find(is_other)?;
    because(match other.project.as_str() {
        "" => format!("is mounted by the container {} as well", other.name),
        project => format!("is mounted by {} of the project {project} as well", other.name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(
        options: &[(&str, &str)],
        labels: &[(&str, &str)],
        driver: &str,
        users: &[(&str, &str)],
    ) -> Option<String> {
        let map = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            pairs.collect()
        };
        let volume = EngineVolume {
            name: "p_data".into(),
            driver: driver.into(),
            options: map(options),
            labels: map(labels),
        };
        let mounting: Vec<Mounting> = users
            .iter()
            .map(|(name, project)| Mounting {
                name: (*name).to_owned(),
                project: (*project).to_owned(),
                mounts: vec!["/srv".into(), "p_data".into()],
            })
            .collect();
        kept(&volume, "p", &mounting).map(|k| k.why)
    }

    #[test]
    fn only_what_is_the_projects_alone_may_be_given_away() {
        let mine = [(PROJECT, "p")];
        assert_eq!(of(&[], &mine, "local", &[("p-web-1", "p")]), None);
        assert_eq!(of(&[], &[], "local", &[]), None);
        for (kept, wanted) in [
            (
                of(&[], &[(PROJECT, "q")], "local", &[]),
                "was made for the project q",
            ),
            (
                of(&[], &mine, "local", &[("q-web-1", "q")]),
                "q-web-1 of the project q",
            ),
            (of(&[], &[], "local", &[("backup", "")]), "the container backup"),
            (of(&[], &mine, "nfs", &[]), "the driver nfs"),
            (
                of(
                    &[("type", "none"), ("o", "bind,rw"), ("device", "/srv/x")],
                    &mine,
                    "local",
                    &[],
                ),
                "the host directory /srv/x",
            ),
            (
                of(&[("type", "nfs")], &mine, "local", &[]),
                "options of its own (type=nfs)",
            ),
        ] {
            assert!(
                kept.as_ref().is_some_and(|k| k.contains(wanted)),
                "{wanted}: {kept:?}"
            );
        }
    }
}
