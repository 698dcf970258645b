//! What a Dockerfile puts into an image out of its context.

use crate::input;
use std::path::{Component, Path};

/// What comes into the image at a path.
#[derive(Debug, Clone)]
pub struct ContextCopy {
    /// A path in the context, or what a here-document says.
    pub from: CopySource,
    /// The path in the image; a directory may end with a slash.
    pub to: String,
}

/// Where a copy comes from.
#[derive(Debug, Clone)]
pub enum CopySource {
    /// A path below the context.
    Context(String),
    /// A text.
    Text(String),
}

impl ContextCopy {
    /// What stands in the image at `path` by it, if that is a text that can be read. A name without a folder may be
    /// anywhere, as on `PATH`.
    pub fn text_at(&self, path: &str, context: &Path) -> Option<String> {
        let name = path.rsplit('/').next()?;
        let to = self.to.trim_end_matches('/');
        let is_it = match path.starts_with('/') {
            true => to == path,
            false => to.rsplit('/').next() == Some(name),
        };
        let source = match &self.from {
            CopySource::Text(text) => return is_it.then(|| text.clone()),
            CopySource::Context(source) if source == "." => "",
            CopySource::Context(source) => source.trim_matches('/'),
        };
        let below = path.strip_prefix(to).and_then(|rest| rest.strip_prefix('/'));
        let below = below.or_else(|| (!path.starts_with('/')).then_some(name));
        let source_name = source.rsplit('/').next();
        let file = match below {
            _ if is_it && source_name != Some("") => source.to_owned(),
            // A file in a directory.
            Some(rest) if source_name == Some(rest) => source.to_owned(),
            // A whole directory.
            Some(rest) => format!("{source}/{rest}").trim_start_matches('/').to_owned(),
            None => return None,
        };
        let file = Path::new(&file);
        // Nothing outside the context comes into an image.
        let is_inside = file
            .components()
            .all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
        if !is_inside {
            return None;
        }
        let real = context.join(file).canonicalize().ok()?;
        if !real.starts_with(context.canonicalize().ok()?) {
            return None;
        }
        let text = input::text(&real).ok()?;
        (text.len() <= LONGEST).then_some(text)
    }
}

/// A script longer than this is a program.
const LONGEST: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_found_where_it_was_copied_from() {
        let context = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(context.path().join("docker")).expect("made");
        for name in ["entry.sh", "docker/start.sh"] {
            std::fs::write(context.path().join(name), name).expect("written");
        }
        for (from, to, path, found) in [
            ("entry.sh", "/entry.sh", "/entry.sh", Some("entry.sh")),
            ("entry.sh", "/", "/entry.sh", Some("entry.sh")),
            ("entry.sh", "/usr/local/bin/", "entry.sh", Some("entry.sh")),
            ("docker/start.sh", "/run.sh", "/run.sh", Some("docker/start.sh")),
            ("docker", "/opt/", "/opt/start.sh", Some("docker/start.sh")),
            (".", "/app/", "/app/entry.sh", Some("entry.sh")),
            ("entry.sh", "/entry.sh", "/other.sh", None),
            ("../entry.sh", "/entry.sh", "/entry.sh", None),
        ] {
            let copied = ContextCopy {
                from: CopySource::Context(from.to_owned()),
                to: to.to_owned(),
            };
            assert_eq!(
                copied.text_at(path, context.path()).as_deref(),
                found,
                "{from} {to} {path}"
            );
        }
    }
}
