//! This program as a file that runs in a container of any image: it brings everything itself.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// The program, if it can run in a container of this architecture (`amd64` or `x86_64`; empty: any).
///
/// # Errors
/// Why it cannot.
pub(crate) fn find(architecture: &str) -> Result<PathBuf> {
    // Who packages a build that is not static may put a static one beside it.
    let program = match std::env::var_os("NRCOMPOSE_HELPER") {
        Some(path) => path.into(),
        None => std::env::current_exe().context("looking for this program's own file")?,
    };
    fits(&program, architecture)?;
    Ok(program)
}

/// The program without what only a debugger reads.
pub(crate) struct OwnProgram {
    /// As images say it.
    pub architecture: &'static str,
    /// What a loader needs of the file.
    pub bytes: Vec<u8>,
}

impl OwnProgram {
    /// Reads it.
    ///
    /// # Errors
    /// It is no program.
    pub(crate) fn read(path: &Path) -> Result<OwnProgram> {
        let mut bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let elf = Elf::parse(&bytes).context("this program's own file is no ELF program")?;
        let end = bytes.len().min(elf.end);
        bytes.truncate(end);
        // The table of sections was behind that: where it was, how large its rows are, how many, which has the names.
        for field in [40..48, 58..64] {
            bytes
                .get_mut(field)
                .context("this program's own file is too short")?
                .fill(0);
        }
        Ok(OwnProgram {
            architecture: elf.architecture,
            bytes,
        })
    }
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
    if !architecture.is_empty() && elf.architecture != as_images_say(architecture) {
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
    /// Where the last byte is that is loaded.
    end: usize,
}

impl Elf {
    /// The machine, and whether a loader is asked for; 64 bits, little endian, as all our targets are.
    fn parse(head: &[u8]) -> Option<Elf> {
        let short = |at: usize| Some(u16::from_le_bytes(head.get(at..at + 2)?.try_into().ok()?));
        let word = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
        let long = |at: usize| Some(u64::from_le_bytes(head.get(at..at + 8)?.try_into().ok()?));
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
        const LOADED: u32 = 1;
        const INTERPRETER: u32 = 3;
        let has = |i: &usize, kind| word(table + i * size) == Some(kind);
        let interpreter = (0..count).any(|i| has(&i, INTERPRETER));
        let loaded = (0..count).filter(|i| has(i, LOADED));
        let ends = loaded.filter_map(|i| Some(long(table + i * size + 8)? + long(table + i * size + 32)?));
        Some(Elf {
            architecture,
            interpreter,
            end: ends.max()?.try_into().ok()?,
        })
    }
}

/// Engines name their machine otherwise than images do.
fn as_images_say(architecture: &str) -> &str {
    match architecture {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
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
            head[56] = 2;
            head.resize(192, 0);
            head[64..68].copy_from_slice(&kind.to_le_bytes());
            // So long is what is loaded.
            head[120..124].copy_from_slice(&1_u32.to_le_bytes());
            head[120 + 32..120 + 40].copy_from_slice(&150_u64.to_le_bytes());
            Elf::parse(&head).map(|e| (e.architecture, e.interpreter, e.end))
        };
        assert_eq!(head(3), Some(("amd64", true, 150)));
        assert_eq!(head(6), Some(("amd64", false, 150)));
        assert!(Elf::parse(b"#!/bin/sh").is_none());
    }
}
