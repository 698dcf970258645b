//! A user that follows from what a service is given: ids in its environment, directories of the host.

use super::default::own_user;
use super::{Identity, IdentityScene, parse_ids};
use crate::facts::host::{FoundKind, UNMAPPED};
use crate::facts::profile::Others;
use crate::facts::settings::Ids;
use crate::model::{Mount, MountKind, Service};
use crate::plan::decision::Evidence;
use crate::plan::identity::named_mount::is_directory;
use crate::plan::service_facts::ServiceFacts;
use crate::plan::service_facts::Writes;
use std::path::Path;

/// The ids an author gave to the image through PUID, PGID and relatives; root among them is no wish of ours.
pub(super) fn asked_ids(service: Service, facts: &ServiceFacts) -> Option<Identity> {
    let ids = facts.profile.ids.as_ref()?;
    let variable = |names: &[String]| {
        names.iter().find_map(|name| {
            let (value, origin) = facts.environment(service, name)?;
            Some((name.clone(), value.trim().parse::<u32>().ok()?, origin))
        })
    };
    let (uid_name, uid, origin) = variable(&ids.uid)?;
    let gid = variable(&ids.gid);
    let default = parse_ids(&ids.default);
    let gid_value = gid
        .as_ref()
        .map(|g| g.1)
        .or(default.map(|d| d.gid))
        .unwrap_or(uid);
    if uid == 0 {
        return None;
    }
    let names = gid.map_or_else(
        || uid_name.clone(),
        |(gid_name, ..)| format!("{uid_name} and {gid_name}"),
    );
    Some(Identity::new(
        Ids { uid, gid: gid_value },
        format!("{names} name the ids its author wants"),
        vec![Evidence::File(origin), facts.evidence("ids", &ids.evidence)],
    ))
}

/// The one owner of the host directories that hold what the service itself keeps: not a configuration, which is whoever's
/// wrote it, nor what is known only to be read, nor what is to be given to the service anyway. What is root's nobody
/// takes. One that does not exist yet will be made by whoever runs nrcompose.
pub(super) fn bind_owner(scene: &IdentityScene) -> Option<Identity> {
    let IdentityScene { settings, host, .. } = *scene;
    let mounts = kept_on_host(scene);
    let owners = mounts.iter().filter_map(|mount| {
        let path = Path::new(mount.source?);
        match host.look(path) {
            Some(found) if found.kind == FoundKind::Directory => Some((
                Ids {
                    uid: found.uid,
                    gid: found.gid,
                },
                mount,
            )),
            Some(_) => None,
            None => settings
                .caller_inside()
                .filter(|_| host.will_make(path))
                .map(|ids| (ids, mount)),
        }
    });
    let is_user = |ids: &Ids| ids.uid != 0 && ids.uid != UNMAPPED && ids.gid != UNMAPPED;
    let mut owners = owners.filter(|(ids, _)| is_user(ids));
    let (ids, mount) = owners.next()?;
    if owners.any(|(other, _)| other != ids) {
        return None;
    }
    let because = format!(
        "{} on this host belongs to {ids}{}",
        mount.source?,
        settings.engine.counted()
    );
    let user = own_user(scene.facts);
    let evidence = vec![Evidence::File(mount.node.origin)];
    Some(match (user, ids) {
        // It is its own already; what its start script left of the group means nothing.
        (Some(own), Ids { uid, gid: 0 }) if own.ids.uid == uid => own,
        // What it owns it may write, whatever group that is in: it need not be root's, where root is the machine's.
        (_, Ids { uid, gid: 0 }) if !settings.engine.maps_ids() => {
            Identity::new(Ids { uid, gid: uid }, because, evidence)
        }
        _ => Identity::new(ids, because, evidence),
    })
}

/// The directories of the host whose owner says who a service should be. Where it is known which of them the service does
/// not work without, only those.
fn kept_on_host<'s>(scene: &IdentityScene<'s>) -> Vec<Mount<'s>> {
    let mut mounts = scene.service.mounts();
    let is_given = |m: &Mount| {
        let mut asked = scene.config.volumes.keys();
        asked.any(|name| is_directory(scene.host, scene.directory, m, name))
    };
    mounts.retain(|m| {
        m.kind == MountKind::Bind
            && !m.read_only
            && scene.facts.keeps_its_own(scene.service, &m.target)
            && !is_given(m)
    });
    let is_needed = |m: &Mount| scene.facts.writes(scene.service, &m.target) == Writes::Does;
    if mounts.iter().any(is_needed) {
        mounts.retain(is_needed);
    }
    mounts
}

/// Who a service is instead of its image's own user, which another one may be as well: the owner of what that could not
/// write.
pub(super) fn owner_instead_of(own: &Identity, scene: &IdentityScene) -> Option<Identity> {
    let facts = scene.facts;
    if facts
        .profile
        .user
        .as_ref()
        .is_none_or(|u| u.others == Others::None)
    {
        return None;
    }
    let groups = [scene.service.added_groups(), own.groups.clone()].concat();
    let is_closed = |mount: &Mount| {
        let found = mount
            .source
            .and_then(|source| scene.host.directory(source.as_ref()));
        // That its group may write it is enough: joining that is less of a change.
        found.is_some_and(|f| !f.is_writable(own.ids, &groups) && (f.gid == 0 || f.mode & 0o020 == 0))
    };
    let mounts = kept_on_host(scene);
    let is_needed = |m: &&Mount| facts.writes(scene.service, &m.target) == Writes::Does;
    let closed = mounts.iter().filter(is_needed).any(is_closed);
    let owner = if closed { bind_owner(scene) } else { None };
    owner.map(|identity| super::in_its_group(identity, facts))
}
