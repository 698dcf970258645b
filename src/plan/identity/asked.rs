//! A user that follows from what a service is given: ids in its environment, directories of the host.

use super::{Identity, parse_ids};
use crate::facts::host::{FoundKind, Host, UNMAPPED};
use crate::facts::profile::Others;
use crate::facts::settings::{Ids, Settings};
use crate::model::{MountKind, Service};
use crate::plan::decision::Evidence;
use crate::plan::service_facts::ServiceFacts;
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

/// The one owner of all host directories that the service writes. One that does not exist yet will be made by
/// whoever runs nrcompose.
pub(super) fn bind_owner(
    service: Service,
    facts: &ServiceFacts,
    settings: &Settings,
    host: &dyn Host,
) -> Option<Identity> {
    if !facts
        .profile
        .user
        .as_ref()
        .is_none_or(|u| u.others == Others::Any)
    {
        return None;
    }
    let mounts = service.mounts();
    let written = mounts
        .iter()
        .filter(|m| m.kind == MountKind::Bind && !m.read_only);
    let mut owners = written.filter_map(|mount| {
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
    let (ids, mount) = owners.next()?;
    let is_user = ids.uid != 0 && ids.uid != UNMAPPED && ids.gid != UNMAPPED;
    if !is_user || owners.any(|(other, _)| other != ids) {
        return None;
    }
    Some(Identity::new(
        ids,
        format!(
            "{} on this host belongs to {ids}{}",
            mount.source?,
            settings.engine.counted()
        ),
        vec![Evidence::File(mount.node.origin)],
    ))
}
