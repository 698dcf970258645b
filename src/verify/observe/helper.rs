//! The way for engines that are elsewhere: this program itself, in a container beside the one that is
//! looked at, as nobody, without a capability. It needs no shell in the image and no other image.

use super::proc::{Members, ProcView};
use super::window::{Watch, watch};
use super::{mounts, network};
use crate::engine::helper::Network;
use crate::engine::{Container, Engine, Helper, IdMap, Image, Temporary};
use crate::verify::observation::{KernelMount, Listener, Process};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The hidden verb by which the program knows that it is the helper.
pub const VERB: &str = "__observe";
/// Where it is put in the helper container.
const PLACE: &str = "/.nrcompose-helper";

/// What the helper says.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Told {
    /// All of the container, as its `/proc` has them.
    pub processes: Vec<Process>,
    /// The listening sockets.
    pub listening: Option<Vec<Listener>>,
    /// The mounts of the first process.
    pub mounts: Option<Vec<KernelMount>>,
}

/// Runs in the helper container: watches, and tells.
pub fn observe(window: Duration) -> Told {
    let proc = Path::new("/proc");
    let view = ProcView {
        proc: proc.into(),
        members: Members::AllBut(std::process::id()),
        // It is in the same user namespace, or in one with the same map.
        uids: IdMap::parse(""),
        gids: IdMap::parse(""),
    };
    let first = view.pids().first().map(|pid| proc.join(pid.to_string()));
    Told {
        processes: watch(vec![Watch::new(view)], window).pop().unwrap_or_default(),
        listening: network::listeners(&proc.join("self")),
        mounts: first
            .and_then(|p| std::fs::read_to_string(p.join("mountinfo")).ok())
            .map(|t| mounts::parse(&t)),
    }
}

/// Looks at a container by a helper, which is removed again.
pub fn look(
    engine: &dyn Engine,
    container: &Container,
    image: Option<&Image>,
    window: Duration,
) -> Result<Told> {
    if !container.host_config.pid_mode.is_empty() {
        bail!("it shares the processes of the machine or of another container");
    }
    let program = program(image.map_or("", |i| i.architecture.as_str()))?;
    let helper = Helper {
        image: container.image.clone(),
        user: "65534:65534".into(),
        pid_of: Some(container.id.clone()),
        network: network_of(container),
        command: vec![PLACE.into(), VERB.into(), window.as_millis().to_string()],
        ..Helper::default()
    };
    let helper = Temporary::create(engine, &helper)?;
    engine.copy_in(&helper.id, &program, PLACE)?;
    let output = engine.start(&helper.id, window + Duration::from_secs(30))?;
    if output.code != 0 {
        bail!(
            "the helper ended with code {}: {}",
            output.code,
            output.stderr.trim()
        );
    }
    serde_json::from_slice(&output.stdout).context("reading what the helper said")
}

/// A network that belongs to another container is joined there; `none` and `host` are as they are.
fn network_of(container: &Container) -> Option<Network> {
    match container.host_config.network_mode.as_str() {
        "none" => None,
        _ => Some(Network::Of(container.id.clone())),
    }
}

/// The program that is put into the helper container, if it can run in one of this architecture (empty: any).
///
/// # Errors
/// Why it cannot.
pub fn program(architecture: &str) -> Result<PathBuf> {
    // Who packages a build that is not static may put a static one beside it.
    let program = match std::env::var_os("NRCOMPOSE_HELPER") {
        Some(path) => path.into(),
        None => std::env::current_exe().context("looking for this program's own file")?,
    };
    fits(&program, architecture)?;
    Ok(program)
}

/// Whether a program can run in any container of this architecture: it must bring everything itself.
fn fits(program: &Path, architecture: &str) -> Result<()> {
    let mut head = vec![0; 4096];
    let read = {
        use std::io::Read;
        let mut file =
            std::fs::File::open(program).with_context(|| format!("reading {}", program.display()))?;
        file.read(&mut head)?
    };
    let elf = Elf::parse(&head[..read]).context("this program's own file is no ELF program")?;
    if elf.interpreter {
        bail!("this build of nrcompose is not static, so it cannot run in another image");
    }
    if !architecture.is_empty() && elf.architecture != architecture {
        bail!(
            "nrcompose is built for {}, the image for {architecture}",
            elf.architecture
        );
    }
    Ok(())
}

struct Elf {
    architecture: &'static str,
    interpreter: bool,
}

impl Elf {
    /// The machine, and whether a loader is asked for; 64 bits, little endian, as all our targets are.
    fn parse(head: &[u8]) -> Option<Elf> {
        let short = |at: usize| Some(u16::from_le_bytes(head.get(at..at + 2)?.try_into().ok()?));
        let word = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
        if head.get(..6)? != b"\x7fELF\x02\x01" {
            return None;
        }
        let architecture = match short(18)? {
            62 => "amd64",
            183 => "arm64",
            243 => "riscv64",
            _ => "another machine",
        };
        let (table, size, count) = (
            word(32)? as usize,
            usize::from(short(54)?),
            usize::from(short(56)?),
        );
        const INTERPRETER: u32 = 3;
        let interpreter = (0..count).any(|i| word(table + i * size) == Some(INTERPRETER));
        Some(Elf {
            architecture,
            interpreter,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_a_loader_is_not_static() {
        let head = |kind: u32| {
            let mut head = vec![0; 128];
            head[..6].copy_from_slice(b"\x7fELF\x02\x01");
            head[18] = 62;
            head[32] = 64;
            head[54] = 56;
            head[56] = 1;
            head[64..68].copy_from_slice(&kind.to_le_bytes());
            Elf::parse(&head).map(|e| (e.architecture, e.interpreter))
        };
        assert_eq!(head(3), Some(("amd64", true)));
        assert_eq!(head(1), Some(("amd64", false)));
        assert!(Elf::parse(b"#!/bin/sh").is_none());
    }
}
