//! `nrcompose up -d --nr-verify`: start, wait until everything stands, prove it, and say what is not so.

use super::handed::as_written;
use super::options::PlanOptions;
use super::own_flags::Then;
use super::passthrough;
use super::session::Session;
use super::start::{self, Next, Starting, VolumesBefore};
use super::transaction;
use super::unsaved;
use super::verify::{self, VerifyArgs};
use crate::act::compose::{self, Invocation, Pass};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::{Moment, Topic};
use crate::pipeline::failure::Failure;
use crate::verify::wait_until_stable::settle;
use std::ffi::OsString;
use std::time::Duration;

/// How long a stack may take to stand.
const LIMIT: Duration = Duration::from_secs(180);

/// Starts, waits, verifies, and rolls back where that was asked for. Gives Compose's exit code when it fails, else
/// that of `verify`.
///
/// # Errors
/// Nothing can be started or looked at; `up` would stay in the foreground.
pub(crate) fn verified(invocation: &Invocation, session: &Session, then: Then) -> Result<u8, Failure> {
    let detached = |w: &OsString| ["-d", "--detach", "--wait"].iter().any(|d| w == d);
    if !invocation.command.iter().any(detached) {
        let error = Diagnostic::error("--nr-verify needs a start in the background");
        return Err(error.help("add `-d` or `--wait`").into());
    }
    let ready = passthrough::ready("up", invocation, session)?;
    let engine = session.docker()?.kept();
    let before = match &ready.prepared {
        Some(prepared) if then == Then::Rollback => VolumesBefore::look(prepared, &engine)?,
        _ => VolumesBefore::default(),
    };
    let code = match transaction::is_one("up", invocation, &ready, session) {
        true => transaction::run(invocation, ready, session)?,
        false => match start::before("up", invocation, &ready, session)? {
            Next::HandOn(rest) => compose::run(&rest, &ready.pass, session.settings.stdin.taken())?,
            Next::Ended(code) => code,
        },
    };
    if code != 0 {
        return Ok(code);
    }
    let session = &session.in_moment(Moment::Proof);
    let (location, prepared) = session.prepare(&PlanOptions::default())?;
    if passthrough::is_dry("up", invocation, &prepared.project) {
        return Ok(code);
    }
    let expected = verify::expected(&prepared)?;
    let project = &prepared.project.name;
    settle(&engine, project, LIMIT)?;
    let args = VerifyArgs {
        probe: true,
        ..VerifyArgs::default()
    };
    let mut out = Vec::new();
    let report = verify::verify(&engine, project, &expected, &args, &mut out);
    session.show(&String::from_utf8_lossy(&out))?;
    let report = report?;
    if then == Then::Rollback {
        let mut broken = report.broken();
        // What was left running was not started, and is as its author wrote it.
        broken.retain(|service| session.left.get().is_none_or(|left| !left.contains_key(*service)));
        unsaved::keep(&engine, &prepared, session, &mut broken)?;
        if !broken.is_empty() {
            let ready = passthrough::ready("up", invocation, session)?;
            Starting::new(invocation, &prepared, &ready.pass, session)?.take_back(&broken, &before)?;
            roll_back(invocation, session, &as_written(&location), &broken)?;
        }
    }
    Ok(report.exit_code(false))
}

/// Starts services again from the author's files alone.
fn roll_back(
    invocation: &Invocation,
    session: &Session,
    pass: &Pass,
    services: &[&str],
) -> Result<(), Failure> {
    let words = ["up", "-d", "--no-deps", "--force-recreate"]
        .iter()
        .chain(services);
    let plain = Invocation {
        globals: invocation.globals.clone(),
        command: words.map(OsString::from).collect(),
    };
    let names = services.join(", ");
    let code = compose::run(&plain, pass, session.settings.stdin.taken())?;
    let warning = if code == 0 {
        Diagnostic::new(
            Topic::RolledBack,
            format!("rolled back, and running as its author wrote it: {names}"),
        )
        .help(
            "the next `up` hardens it again; `x-nrcompose: {skip: REASON}` in the service keeps it as it is",
        )
    } else {
        Diagnostic::new(
            Topic::RolledBack,
            format!("rolling back {names} failed: docker compose ended with code {code}"),
        )
        .help("start it without nrcompose: `docker compose up -d`")
    };
    session.tell(&warning, &crate::tree::Sources::default());
    Ok(())
}
