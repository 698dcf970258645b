//! May these ids do this to that path? As the kernel decides by owner and mode; access lists are not seen.

use crate::capability;
use crate::verify::observation::{Credentials, Observation, PathFact};

/// What one wants to do.
#[derive(Clone, Copy)]
pub(super) enum Want {
    Read = 4,
    Write = 2,
    Search = 1,
}

/// Why these credentials may not; `Ok(None)` when they may, `Err` when it cannot be known.
pub(super) fn denied(
    seen: &Observation,
    who: &Credentials,
    path: &str,
    want: Want,
) -> Result<Option<String>, String> {
    for above in ancestors(path) {
        match fact(seen, above)? {
            None => return Ok(Some(format!("{above} does not exist"))),
            Some(fact) if !may(who, fact, Want::Search) => {
                return Ok(Some(format!(
                    "uid {} may not enter {}",
                    who.uid[3],
                    describe(above, fact)
                )));
            }
            Some(_) => {}
        }
    }
    match fact(seen, path)? {
        None => Ok(Some(format!("{path} does not exist"))),
        Some(fact) if may(who, fact, want) && (!fact.directory || may(who, fact, Want::Search)) => Ok(None),
        Some(fact) => Ok(Some(format!(
            "uid {} has no such right on {}",
            who.uid[3],
            describe(path, fact)
        ))),
    }
}

fn fact(seen: &Observation, path: &str) -> Result<Option<PathFact>, String> {
    seen.paths
        .get(path)
        .copied()
        .ok_or_else(|| format!("the owner of {path} could not be read"))
}

/// `/data (999:999 0750)`.
pub(super) fn describe(path: &str, fact: PathFact) -> String {
    format!("{path} ({}:{} {:04o})", fact.uid, fact.gid, fact.mode)
}

/// The directories above a path, the root first.
pub(crate) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let inner = path
        .char_indices()
        .skip(1)
        .filter(|(_, c)| *c == '/')
        .map(|(i, _)| &path[..i]);
    std::iter::once("/")
        .chain(inner)
        .filter(move |above| *above != path)
}

fn may(who: &Credentials, fact: PathFact, want: Want) -> bool {
    let has = |name| {
        who.powers
            .as_ref()
            .is_some_and(|p| capability::mask(&[name]) & p.effective != 0)
    };
    // Without /proc the capabilities are not known; a root of which nothing is known is taken to have them.
    if has("DAC_OVERRIDE") || (who.powers.is_none() && who.uid[3] == 0) {
        return true;
    }
    if has("DAC_READ_SEARCH")
        && (matches!(want, Want::Read) || (fact.directory && matches!(want, Want::Search)))
    {
        return true;
    }
    let shift = if who.uid[3] == fact.uid {
        6
    } else if who.gid[3] == fact.gid || who.groups.contains(&fact.gid) {
        3
    } else {
        0
    };
    fact.mode >> shift & want as u32 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directory_above_is_named_once() {
        assert_eq!(
            ancestors("/var/lib/x").collect::<Vec<_>>(),
            ["/", "/var", "/var/lib"]
        );
        assert_eq!(ancestors("/data").collect::<Vec<_>>(), ["/"]);
        assert_eq!(ancestors("/").count(), 0);
    }
}
