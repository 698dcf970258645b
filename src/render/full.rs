//! The whole project as one hardened file: the person's own file edited in place where there is one, its
//! comments kept; several files merged into one, variables kept.

use super::override_file::touched;
use super::yaml::{self, Out};
use crate::lower::Edit;
use crate::mark::{self, WHOLE};
use crate::tree::{Node, Path};
use std::str::FromStr;
use yaml_edit::{Document, Mapping, YamlFile};

/// `text`, a Compose file, with these edits. Every attribute that an edit touches is written whole; the rest
/// stays byte for byte. The caller must load the result and compare: an edit below an anchor would be seen
/// wherever the anchor is used.
///
/// # Errors
/// A layout that cannot be edited.
pub(crate) fn edited(text: &str, base: &Node, hardened: &Node, edits: &[Edit]) -> Result<String, String> {
    let file = YamlFile::from_str(text).map_err(|e| e.to_string())?;
    let document = file.documents().next().ok_or("it has no document")?;
    let root = document.as_mapping().ok_or("its top level is no mapping")?;
    for ((section, name), edits) in touched(edits) {
        let path = Path::of([section, name]);
        let Some(new) = hardened.at(&path) else { continue };
        if !root.contains_key(section) {
            put(
                &root,
                section,
                &Out::Map(vec![(name.to_owned(), Out::literal(new))]),
            )?;
            continue;
        }
        let parent = root
            .get_mapping(section)
            .ok_or_else(|| format!("`{section}` is no plain mapping in it"))?;
        if base.at(&path).is_none() {
            put(&parent, name, &Out::literal(new))?;
            continue;
        }
        let own = parent
            .get_mapping(name)
            .ok_or_else(|| format!("{path} is no plain mapping in it"))?;
        for key in attributes(&edits) {
            match new.get(key) {
                Some(value) => put(&own, key, &Out::as_written(value))?,
                None => drop(own.remove(key)),
            }
        }
    }
    Ok(format!("{WHOLE}\n{}", mark::unmarked(&file.to_string())))
}

/// The whole tree as one file, as its authors wrote the parts, without comments.
pub(crate) fn merged(hardened: &Node) -> String {
    format!("{WHOLE}\n{}", yaml::write(&Out::as_written(hardened)))
}

/// The attributes that edits of one service touch, each once, in order.
fn attributes<'e>(edits: &[&'e Edit]) -> Vec<&'e str> {
    let mut keys: Vec<&str> = edits
        .iter()
        .filter_map(|e| e.path.segments().get(2))
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Sets `key` of a mapping in the file; the value goes through our own writer, which quotes what must be.
fn put(mapping: &Mapping, key: &str, value: &Out) -> Result<(), String> {
    let text = yaml::write(&Out::Map(vec![(key.to_owned(), value.clone())]));
    let fragment = Document::from_str(&text).map_err(|e| e.to_string())?;
    let entries = fragment.as_mapping().ok_or("a value could not be written")?;
    for entry in entries.entries() {
        if let (Some(key), Some(value)) = (entry.key_node(), entry.value_node()) {
            mapping.set(key, value);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::Op;
    use crate::tree::{Map, Value};

    #[test]
    fn comments_and_layout_stay() {
        let text = "# mine\nservices:\n  web: # here\n    image: nginx # pinned\n\nvolumes:\n  v:\n";
        let image = || {
            Node::synthetic(Value::from(Map::from_iter([(
                "image".to_owned(),
                Node::synthetic("nginx"),
            )])))
        };
        let base = Node::synthetic(Value::from(Map::from_iter([(
            "services".to_owned(),
            Node::synthetic(Value::from(Map::from_iter([("web".to_owned(), image())]))),
        )])));
        let edits = [Edit {
            path: Path::of(["services", "web", "user"]),
            op: Op::Set(Node::synthetic("101:101")),
        }];
        let hardened = crate::lower::apply::apply(&base, &edits);
        let out = edited(text, &base, &hardened, &edits).unwrap();
        assert_eq!(
            out,
            format!(
                "{WHOLE}\n{}",
                text.replace("# pinned\n", "# pinned\n    user: \"101:101\"\n")
            )
        );
    }
}
