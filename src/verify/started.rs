//! Who started a container, and by which plan: today's plan is not that of a container which was started by another one, and
//! one that was started without us is not hardened at all.

use crate::engine::Container;
use crate::plan::claim::Claim;
use std::collections::BTreeMap;

/// What Compose notes of the files it was given.
const FILES: &str = "com.docker.compose.project.config_files";

/// The ids by which a start of ours under another plan runs a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OtherPlan {
    uid: u32,
    gid: Option<u32>,
    /// What today's plan says.
    planned: u32,
}

/// Whether a start of ours made it; `None` where nobody can say.
fn is_ours(overrides: &BTreeMap<String, String>, container: &Container) -> Option<bool> {
    let file = overrides.get(container.service())?;
    let files = container.config.labels.get(FILES)?;
    Some(files.split(',').any(|f| f == file))
}

/// What to say of who started it.
pub(super) fn note(
    overrides: &BTreeMap<String, String>,
    container: &Container,
    planned: &[Claim],
) -> Option<String> {
    let other = other_plan(overrides, container, planned).map(OtherPlan::note);
    drift(overrides, container).or(other)
}

/// What to say of a container that something else than nrcompose made anew.
fn drift(overrides: &BTreeMap<String, String>, container: &Container) -> Option<String> {
    let is_foreign = is_ours(overrides, container) == Some(false);
    is_foreign.then(|| {
        let service = container.service();
        format!("started without nrcompose, as its author wrote it: `nrcompose up -d {service}` hardens it")
    })
}

/// The plan that a container of ours was started by, where it is not today's: an older one, or one with `--nr-random-uid`.
pub(super) fn other_plan(
    overrides: &BTreeMap<String, String>,
    container: &Container,
    claims: &[Claim],
) -> Option<OtherPlan> {
    if is_ours(overrides, container) != Some(true) {
        return None;
    }
    let planned = claims.iter().find_map(|c| match c {
        Claim::Uid { uid } => Some(*uid),
        _ => None,
    })?;
    let mut ids = container
        .config
        .user
        .splitn(2, ':')
        .map(|n| n.parse::<u32>().ok());
    let uid = ids.next()??;
    let gid = ids.next().flatten();
    (uid != planned && uid != 0).then_some(OtherPlan { uid, gid, planned })
}

impl OtherPlan {
    /// What must hold under it: the same, with its ids.
    pub(super) fn claims(self, planned: Vec<Claim>) -> Vec<Claim> {
        let OtherPlan { uid, gid, .. } = self;
        let own = |claim: Claim| match claim {
            Claim::Uid { .. } => Some(Claim::Uid { uid }),
            Claim::Gid { .. } => gid.map(|gid| Claim::Gid { gid }),
            Claim::OwnedBy { path, gid: was, .. } => Some(Claim::OwnedBy {
                path,
                uid,
                gid: gid.unwrap_or(was),
            }),
            Claim::PasswdEntry { .. } => Some(Claim::PasswdEntry { uid }),
            // An arbitrary user is in group 0 by design, as images for OpenShift expect it.
            Claim::NoRootGroup if gid == Some(0) => None,
            other => Some(other),
        };
        planned.into_iter().filter_map(own).collect()
    }

    /// What to say of it.
    pub(super) fn note(self) -> String {
        let OtherPlan { uid, planned, .. } = self;
        format!(
            "started by another plan, as uid {uid}; today's says {planned}, and the next `nrcompose up -d` follows it"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(user: &str, files: &str) -> Container {
        serde_json::from_value(serde_json::json!({
            "Id": "a", "Name": "/a", "State": {"Status": "running"}, "HostConfig": {},
            "Config": {"User": user, "Labels": {"com.docker.compose.service": "web", FILES: files}},
        }))
        .unwrap()
    }

    #[test]
    fn a_plan_is_that_of_the_start() {
        let overrides = BTreeMap::from([("web".to_owned(), "/s/override.yaml".to_owned())]);
        let ours = "/p/compose.yaml,/s/override.yaml";
        let planned = vec![Claim::Uid { uid: 101 }, Claim::NoRootGroup, Claim::NoRootProcess];
        let of = |user: &str, files: &str| other_plan(&overrides, &container(user, files), &planned);
        assert_eq!(of("101:101", ours), None);
        assert_eq!(of("0:0", ours), None);
        assert_eq!(of("1000:1000", "/p/compose.yaml"), None);
        let random = of("1000680000:0", ours).unwrap();
        let uid = 1_000_680_000;
        assert_eq!(
            random.claims(planned.clone()),
            [Claim::Uid { uid }, Claim::NoRootProcess]
        );
        assert!(drift(&overrides, &container("", "/p/compose.yaml")).is_some());
        assert!(drift(&overrides, &container("", ours)).is_none());
        assert!(drift(&BTreeMap::new(), &container("", "/p/compose.yaml")).is_none());
    }
}
