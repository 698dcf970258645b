//! What root does for the person who ran sudo is done with that person's rights. A link they made, or put in the way at
//! the right moment, then leads nowhere that they could not have gone themselves, and what is made is theirs.

use crate::facts::settings::Ids;
use rustix::process::{Gid, Uid, geteuid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use std::io;
use std::thread;

/// Does `act` with the rights of `owner` alone; as whoever we are if there is none, or if we are not root.
///
/// # Errors
/// Those of `act`; rights that cannot be given up, in which case nothing is done.
pub(crate) fn with_rights_of<T, E>(
    owner: Option<Ids>,
    act: impl FnOnce() -> Result<T, E> + Send,
) -> Result<T, E>
where
    T: Send,
    E: Send + From<io::Error>,
{
    let Some(ids) = owner.filter(|_| geteuid().is_root()) else {
        return act();
    };
    // The kernel keeps rights by thread: this one ends, and no other is ever without its own.
    thread::scope(|scope| {
        let work = thread::Builder::new().spawn_scoped(scope, || {
            give_up_rights(ids)?;
            act()
        });
        let ended = || io::Error::other("a thread of nrcompose ended early");
        work?.join().unwrap_or_else(|_| Err(ended().into()))
    })
}

/// The effective ids only: with the real ones, any program of theirs could send signals to this one. The supplementary
/// groups are not looked up, so these are at most the person's rights.
fn give_up_rights(ids: Ids) -> io::Result<()> {
    let (uid, gid) = (Uid::from_raw(ids.uid), Gid::from_raw(ids.gid));
    set_thread_groups(&[gid])?;
    set_thread_res_gid(None, gid, None)?;
    set_thread_res_uid(None, uid, None)?;
    Ok(())
}
