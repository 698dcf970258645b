//! Single values of the configuration; every message has its line.

use super::form::KeyForm;
use super::tmpfs::Tmpfs;
use crate::diagnostic::Diagnostic;
use crate::facts::settings::Ids;
use crate::template::has_variables;
use crate::tree::{Node, Origin, Value};
use indexmap::IndexMap;

type ReadResult<T> = Result<T, Diagnostic>;

/// Why something is not to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The person's words.
    pub text: String,
    /// Where they say so.
    pub origin: Origin,
    /// Whether a policy file is in force that does not say so: then it counts as a finding.
    pub is_overruled: bool,
}

pub(super) fn wrong(node: &Node, form: KeyForm) -> Diagnostic {
    told(node, &form.wanted())
}

pub(super) fn told(node: &Node, wanted: &str) -> Diagnostic {
    Diagnostic::error(format!(
        "reading nrcompose's configuration: this is {}, not {wanted}",
        node.value.kind()
    ))
    .at(node.origin)
    .help(format!("write {wanted}"))
}

/// What was read, in its place.
pub(super) fn set<T>(place: &mut Option<T>, value: ReadResult<T>) -> ReadResult<()> {
    put(place, value.map(Some))
}

/// The same where there is always something.
pub(super) fn put<T>(place: &mut T, value: ReadResult<T>) -> ReadResult<()> {
    *place = value?;
    Ok(())
}

pub(super) fn flag(node: &Node, form: KeyForm) -> ReadResult<bool> {
    node.as_bool().ok_or_else(|| wrong(node, form))
}

pub(super) fn text(node: &Node, form: KeyForm) -> ReadResult<String> {
    node.as_str()
        .filter(|s| !s.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| wrong(node, form))
}

pub(super) fn texts(node: &Node, form: KeyForm) -> ReadResult<Vec<String>> {
    let Value::Seq(items) = &node.value else {
        return Err(wrong(node, form));
    };
    items.iter().map(|item| text(item, form)).collect()
}

pub(super) fn reason(node: &Node, form: KeyForm) -> ReadResult<Reason> {
    let text = text(node, form)?;
    // `no` is a text to Compose's YAML, and whoever writes it does not mean a reason.
    let word = text.trim().to_lowercase();
    if ["", "no", "n", "off", "false", "yes", "y", "on", "true"].contains(&word.as_str()) {
        return Err(told(
            node,
            "the reason, in words; leave the key out where it should not be",
        ));
    }
    Ok(Reason {
        text,
        origin: node.origin,
        is_overruled: false,
    })
}

/// One of the words of an enum, by its serde name.
pub(super) fn word<T: serde::de::DeserializeOwned>(node: &Node, form: KeyForm) -> ReadResult<T> {
    let text = node.as_str().ok_or_else(|| wrong(node, form))?;
    serde_json::from_value(serde_json::Value::from(text)).map_err(|_| {
        Diagnostic::error(format!(
            "reading nrcompose's configuration: `{text}` is not known here"
        ))
        .at(node.origin)
        .help(format!("write {}", form.wanted()))
    })
}

pub(super) fn ids(node: &Node, form: KeyForm) -> ReadResult<Ids> {
    let text = node.as_str().ok_or_else(|| wrong(node, form))?;
    text.parse().map_err(|why: String| {
        Diagnostic::error(format!("reading nrcompose's configuration: {why}"))
            .at(node.origin)
            .help("write numbers above 0, quoted: \"1000:1000\"")
    })
}

pub(super) fn suppressions(node: &Node, form: KeyForm) -> ReadResult<IndexMap<String, Reason>> {
    let map = node.as_map().ok_or_else(|| wrong(node, form))?;
    map.iter()
        .map(|(control, why)| Ok((control.clone(), reason(why, KeyForm::Text("the reason"))?)))
        .collect()
}

pub(super) fn owned(node: &Node, form: KeyForm) -> ReadResult<IndexMap<String, Origin>> {
    let map = node.as_map().ok_or_else(|| wrong(node, form))?;
    map.iter()
        .map(|(name, word)| match word.as_str() {
            Some("own") => Ok((name.clone(), word.origin)),
            _ => Err(told(word, "`own`, the one word that is known here")),
        })
        .collect()
}

pub(super) fn tmpfs(node: &Node, form: KeyForm) -> ReadResult<Vec<Tmpfs>> {
    let Value::Seq(items) = &node.value else {
        return Err(wrong(node, form));
    };
    let mut all: Vec<Tmpfs> = Vec::new();
    for item in items {
        let text = item.as_str().ok_or_else(|| told(item, "an absolute path"))?;
        let refuse = |(why, help): (String, String)| {
            Diagnostic::error(format!("reading nrcompose's configuration: {why}"))
                .at(item.origin)
                .help(help)
        };
        if item.raw.as_deref().is_some_and(has_variables) {
            let why = "a directory comes from a variable, whose value must not be written into the override";
            return Err(refuse((why.to_owned(), "write the path itself".to_owned())));
        }
        let one = Tmpfs::parse(text, item.origin).map_err(refuse)?;
        if all.iter().any(|other| other.path == one.path) {
            let why = format!("{} is named twice", one.path);
            return Err(refuse((why, "keep one of them".to_owned())));
        }
        all.push(one);
    }
    Ok(all)
}
