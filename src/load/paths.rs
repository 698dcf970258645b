//! Relative paths become absolute ones.
//!
//! The author's text (`raw`) stays where it means the same in an override, that is, where paths start at the
//! project directory. A path from a file of another directory (include, extends) keeps no text: its value is
//! the only thing that is right.

use super::error::{Fault, WalkResult};
use super::path_table::Level;
use crate::locate::{absolute, is_remote};
use crate::tree::{Node, Value};
use std::path::Path;

/// What a path is.
#[derive(Debug, Clone, Copy)]
pub(super) enum PathKind {
    /// A directory, a URL, another service or image.
    Context,
    /// `extends.file`, which may be remote.
    Extends,
    /// A path of this machine.
    Local,
    /// A path that may be one of Windows.
    Unix,
    /// A watched path; symbolic links are followed.
    Watch,
    /// A mount, whose source is a path if it is a bind mount.
    Mount,
    /// A volume, whose device is a path if it is a bind mount.
    Device,
}

use PathKind::{Context, Device, Extends, Local, Mount, Unix, Watch};

/// Where paths stand.
pub(super) static PATHS: &[(&str, PathKind)] = &[
    ("configs.*.file", Unix),
    ("secrets.*.file", Unix),
    ("services.*.build.additional_contexts.*", Context),
    ("services.*.build.context", Context),
    ("services.*.build.ssh.*", Unix),
    ("services.*.develop.watch.*.path", Watch),
    ("services.*.env_file.*.path", Local),
    ("services.*.extends.file", Extends),
    ("services.*.label_file.*", Local),
    ("services.*.volumes.*", Mount),
    ("volumes.*", Device),
];

/// Where relative paths start.
#[derive(Debug)]
pub(super) struct Base<'a> {
    /// The directory of the file, absolute.
    pub directory: &'a Path,
    /// `~`.
    pub home: Option<&'a str>,
    /// Whether this is the project directory.
    pub is_project: bool,
}

/// Resolves everything below this node.
pub(super) fn resolve(node: &mut Node, level: &Level<PathKind>, base: &Base) -> WalkResult<()> {
    if let Some(kind) = level.row {
        return kind.resolve(node, base);
    }
    match &mut node.value {
        Value::Map(map) => {
            for (key, child) in map.iter_mut() {
                if let Some(level) = level.child(key) {
                    resolve(child, level, base).map_err(|f| f.under(key))?;
                }
            }
        }
        Value::Seq(items) => {
            if let Some(level) = level.item() {
                for (position, item) in items.iter_mut().enumerate() {
                    resolve(item, level, base).map_err(|f| f.under(position))?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

impl PathKind {
    fn resolve(self, node: &mut Node, base: &Base) -> WalkResult<()> {
        let resolved = match (self, node.as_str()) {
            (Mount, _) => return mount(node, base),
            (Device, _) => return device(node, base),
            (Unix, None) => return Ok(()),
            (_, None) => return Err(Fault::new(node, "is no path")),
            (Context, Some(text)) if is_elsewhere(text) => return Ok(()),
            (Extends, Some(text)) if is_remote(text) => return Ok(()),
            (Local | Extends | Watch | Context, Some("")) => return Ok(()),
            (Unix, Some(text)) => unix(text, base),
            (Watch, Some(text)) => real(&local(text, base)),
            (_, Some(text)) => local(text, base),
        };
        set(node, resolved, base);
        Ok(())
    }
}

fn set(node: &mut Node, resolved: String, base: &Base) {
    let changed = node.as_str() != Some(&resolved);
    node.rewrite(resolved);
    if changed && !base.is_project {
        node.raw = None;
    }
}

fn mount(node: &mut Node, base: &Base) -> WalkResult<()> {
    if node.get("type").and_then(Node::as_str) != Some("bind") {
        return Ok(());
    }
    let Some(source) = node.get("source") else {
        return Err(Fault::new(node, "is a bind mount without a source").help("add `source:`"));
    };
    let Some(text) = source.as_str() else {
        return Err(Fault::new(source, "is no path").under("source"));
    };
    let resolved = unix(text, base);
    let changed = resolved != text;
    if let Some(source) = node.as_map_mut().and_then(|m| m.get_mut("source")) {
        set(source, resolved, base);
    }
    if changed && !base.is_project {
        node.raw = None;
    }
    Ok(())
}

fn device(node: &mut Node, base: &Base) -> WalkResult<()> {
    if node.get("driver").and_then(Node::as_str) != Some("local") {
        return Ok(());
    }
    let options = node
        .as_map_mut()
        .and_then(|m| m.get_mut("driver_opts"))
        .and_then(Node::as_map_mut);
    let Some(options) = options.filter(|o| o.get("o").and_then(Node::as_str) == Some("bind")) else {
        return Ok(());
    };
    if let Some(device) = options.get_mut("device")
        && let Some(text) = device.as_str()
    {
        let resolved = unix(text, base);
        set(device, resolved, base);
    }
    Ok(())
}

fn local(text: &str, base: &Base) -> String {
    let text = expand_home(text, base);
    if text.starts_with('/') {
        text
    } else {
        join(&text, base)
    }
}

fn unix(text: &str, base: &Base) -> String {
    let text = expand_home(text, base);
    if text.starts_with('/') || is_windows(&text) {
        text
    } else {
        join(&text, base)
    }
}

fn join(text: &str, base: &Base) -> String {
    absolute(base.directory, Path::new(text)).display().to_string()
}

/// `~/x` and also `~x` are below the home directory.
fn expand_home(text: &str, base: &Base) -> String {
    match (text.strip_prefix('~'), base.home) {
        (Some(rest), Some(home)) => absolute(Path::new(home), Path::new(rest.trim_start_matches('/')))
            .display()
            .to_string(),
        _ => text.to_owned(),
    }
}

fn is_windows(text: &str) -> bool {
    let bytes = text.as_bytes();
    let drive = matches!(bytes, [d, b':', b'\\' | b'/', ..] if d.is_ascii_alphabetic());
    let share = text
        .strip_prefix("\\\\")
        .is_some_and(|rest| rest.contains('\\') && !rest.starts_with('\\'));
    drive || share
}

fn is_elsewhere(text: &str) -> bool {
    let prefixes = [
        "service:",
        "https://",
        "http://",
        "git://",
        "ssh://",
        "github.com/",
        "git@",
    ];
    text.contains("://") || prefixes.iter().any(|p| text.starts_with(p))
}

/// The path with its first symbolic link followed, as the reference does.
fn real(path: &str) -> String {
    let mut current = std::path::PathBuf::from("/");
    for part in path.split('/').filter(|p| !p.is_empty()) {
        current.push(part);
        let is_link = current
            .symlink_metadata()
            .is_ok_and(|m| m.file_type().is_symlink());
        if is_link && let Ok(target) = current.canonicalize() {
            return path.replacen(&current.display().to_string(), &target.display().to_string(), 1);
        }
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        assert!(super::super::path_table::is_sound(PATHS));
    }

    #[test]
    fn paths_of_windows_are_known() {
        assert!(is_windows("C:\\a") && is_windows("c:/a") && is_windows("\\\\host\\share"));
        assert!(!is_windows("c:a") && !is_windows("a/b"));
    }
}
