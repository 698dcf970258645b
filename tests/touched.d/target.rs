//! systemd: intents become directives of a unit's `[Service]`.

use super::{Row, Scope, Target};
use crate::plan::intent::Intent;

/// A unit's section.
pub struct Unit;

impl Target for Unit {
    type Output = Vec<String>;

    const NAME: &'static str = "unit";

    #[cfg(test)]
    const ROWS: &'static [(&'static str, &'static str)] = &[
        ("run_as", "done"),
        ("run_as_root", "done"),
        ("group", "done"),
        ("no_new_privileges", "done"),
        ("capabilities", "done"),
        ("scratch", "cannot"),
        ("own", "cannot"),
        ("volume", "cannot"),
        ("writable", "needless"),
        ("readable", "cannot"),
        ("listen", "needless"),
        ("publish", "cannot"),
        ("file", "cannot"),
        ("account", "cannot"),
        ("env", "cannot"),
        ("mention", "cannot"),
        ("read_only_root", "done"),
        ("own_init", "cannot"),
        ("socket_proxy", "cannot"),
    ];

    fn row(_scope: &Scope, intent: &Intent) -> Row<Vec<String>> {
        let one = |directive: String| Row::Done(vec![directive]);
        match intent {
            Intent::RunAs { ids, .. } => {
                Row::Done(vec![format!("User={}", ids.uid), format!("Group={}", ids.gid)])
            }
            Intent::RunAsRoot => one("User=0".to_owned()),
            Intent::Group { gid } => one(format!("SupplementaryGroups={gid}")),
            Intent::NoNewPrivileges => one("NoNewPrivileges=yes".to_owned()),
            Intent::Capabilities { keep, .. } => one(format!("CapabilityBoundingSet={}", keep.join(" "))),
            Intent::ReadOnlyRoot => one("ProtectSystem=strict".to_owned()),
            Intent::Writable { .. } => Row::Needless("directories are the machine's own"),
            Intent::Listen(_) => Row::Needless("the socket is handed over"),
            other => Row::Cannot(format!("a unit says nothing of {}", other.kind())),
        }
    }

    fn together<'i>(_scope: &Scope, _intents: impl Iterator<Item = &'i Intent>) -> Vec<String> {
        Vec::new()
    }
}
