//! Services that need a start as root.

use super::{Start, asked::asked_ids, parse_ids};
use crate::facts::profile::{Class, ImageStart, UnderUser};
use crate::facts::settings::Ids;
use crate::model::{Service, is_within};
use crate::plan::decision::Evidence;
use crate::plan::service_facts::ServiceFacts;
use crate::tree::Origin;

/// Whether the image needs a start as root: by its profile, or because what the author asked of it does.
pub(super) fn needs_root(service: Service, facts: &ServiceFacts) -> Option<Start> {
    let profile = &facts.profile;
    let worker = worker(service, facts);
    if matches!(profile.class.value, Class::RootStart | Class::Cannot) {
        let mut evidence = vec![facts.evidence("class", &profile.class.evidence)];
        let because = match (profile.blockers.first(), profile.class.value) {
            (Some(blocker), _) => {
                evidence.push(facts.evidence("blockers", &blocker.evidence));
                blocker.note.clone()
            }
            (None, Class::Cannot) => "this image needs root while it runs".to_owned(),
            (None, _) => "this image starts as root and drops it itself".to_owned(),
        };
        return Some(Start::Root {
            worker,
            because,
            evidence,
        });
    }
    let ids = profile.ids.as_ref()?;
    let (what, origin) = customisation(service).or_else(|| told_ids(service, facts))?;
    Some(Start::Root {
        worker,
        because: format!("{what}, which this image does only when it starts as root"),
        evidence: vec![Evidence::File(origin), facts.evidence("ids", &ids.evidence)],
    })
}

/// Who the processes of a start as root drop to, as far as that is known.
pub(in crate::plan) fn worker(service: Service, facts: &ServiceFacts) -> Option<Ids> {
    let profile = &facts.profile;
    // The user of a profile is then who it could run as, not who it becomes.
    let stays_root = (profile.start.as_ref()).is_some_and(|start| start.value == ImageStart::Root);
    asked_ids(service, facts)
        .map(|i| i.ids)
        .or_else(|| profile.ids.as_ref().and_then(|ids| parse_ids(&ids.default)))
        .or_else(|| {
            let user = profile.user.as_ref().filter(|_| !stays_root);
            user.map(|u| Ids {
                uid: u.uid,
                gid: u.gid,
            })
        })
        .filter(|ids| ids.uid != 0)
}

/// Ids from an `env_file`, for an image that fails under `user:` while it is given any: what stands in `environment:`
/// can be taken away (control *environment*), what stands in that file cannot.
fn told_ids(service: Service, facts: &ServiceFacts) -> Option<(&'static str, Origin)> {
    let ids = facts
        .profile
        .ids
        .as_ref()
        .filter(|i| i.under_user == UnderUser::Fails)?;
    let mut names = ids
        .uid
        .iter()
        .chain(&ids.gid)
        .filter(|name| service.environment(name).is_none());
    let (_, origin) = names.find_map(|name| facts.environment(service, name))?;
    Some(("it changes to the ids that its env_file names", origin))
}

/// What an author added to a PUID image that works only when the container starts as root.
fn customisation(service: Service) -> Option<(&'static str, Origin)> {
    if let Some((value, node)) = service.environment("DOCKER_MODS")
        && !value.is_empty()
    {
        return Some(("it installs DOCKER_MODS", node.origin));
    }
    // Single scripts are mounted there, too.
    service.mounts().iter().find_map(|m| {
        if is_within(&m.target, "/custom-cont-init.d") {
            Some(("it runs scripts from /custom-cont-init.d", m.node.origin))
        } else if is_within(&m.target, "/custom-services.d") {
            Some(("it runs services from /custom-services.d", m.node.origin))
        } else {
            None
        }
    })
}
