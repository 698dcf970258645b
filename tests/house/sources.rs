//! The text of every file below `src`, by its path.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Files by their paths, as `src/plan/mod.rs`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources(pub BTreeMap<String, String>);

impl Sources {
    /// All Rust files below `src` of a source tree.
    pub(crate) fn read(tree: &Path) -> Sources {
        let mut sources = Sources::default();
        let mut folders = vec![tree.join("src")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    let name = path.strip_prefix(tree).unwrap().display().to_string();
                    sources.0.insert(name, fs::read_to_string(&path).unwrap());
                }
            }
        }
        assert!(
            sources.0.len() > 50,
            "{} is no source tree of this crate",
            tree.display()
        );
        sources
    }

    /// The same with `text` at the end of a file; one that is not there is made.
    pub(crate) fn with(mut self, path: &str, text: &str) -> Sources {
        let file = self.0.entry(path.to_owned()).or_default();
        file.push('\n');
        file.push_str(text);
        self
    }
}
