//! The override: a file that says only what changes, in the words in which Compose merges it to exactly that.
//!
//! How an attribute is said is a row of [`FORMS`]. What has to be repeated unchanged is repeated as its author
//! wrote it, so that no variable is resolved into the file.

use super::yaml::{self, Out};
use crate::lower::{Edit, Op};
use crate::mark;
use crate::model;
use crate::tree::{Among, Map, Node, Path, Value};
use indexmap::IndexMap;

/// How a change of an attribute is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OverrideForm {
    /// The new value replaces the old one.
    Scalar,
    /// Only the new items: Compose appends. Anything but an addition needs the complete list.
    Append,
    /// The complete list with `!override`: Compose would append, and refuse what then stands there twice.
    Complete,
    /// Only the new and the changed items: Compose puts one in the place of that with the same target.
    ByTarget,
    /// Only the entries that change.
    Entries,
    /// The same, and what Compose only adds where nothing is said: the default network.
    Joined,
    /// The complete list without a tag: Compose replaces it.
    Replace,
}

/// By attribute of a service, sorted. (Compose 2.40: `override/merge.go` and `override/uncity.go` of its library.)
const FORMS: &[(&str, OverrideForm)] = &[
    ("cap_add", OverrideForm::Append),
    ("cap_drop", OverrideForm::Append),
    ("command", OverrideForm::Replace),
    ("configs", OverrideForm::Append),
    ("depends_on", OverrideForm::Entries),
    ("environment", OverrideForm::Entries),
    ("expose", OverrideForm::Complete),
    ("group_add", OverrideForm::Append),
    ("healthcheck", OverrideForm::Entries),
    ("init", OverrideForm::Scalar),
    ("labels", OverrideForm::Entries),
    ("network_mode", OverrideForm::Scalar),
    ("networks", OverrideForm::Joined),
    ("ports", OverrideForm::Complete),
    ("privileged", OverrideForm::Scalar),
    ("read_only", OverrideForm::Scalar),
    ("secrets", OverrideForm::Append),
    ("security_opt", OverrideForm::Append),
    ("sysctls", OverrideForm::Entries),
    ("tmpfs", OverrideForm::Complete),
    ("user", OverrideForm::Scalar),
    ("volumes", OverrideForm::ByTarget),
];

/// An override as it was written by [`render`], without the services that are not there any more; those that nrcompose
/// added stay as long as the service they are for.
pub(crate) fn of_services(text: &str, is_there: impl Fn(&str) -> bool) -> String {
    let mut kept = String::new();
    let (mut in_services, mut keep) = (false, true);
    for line in text.lines() {
        if !line.starts_with(' ') {
            (in_services, keep) = (line == "services:", true);
        } else if in_services && !line.starts_with("   ") {
            let name = line.split(':').next().unwrap_or(line).trim().trim_matches('"');
            let prefixes = [model::INIT_PREFIX, model::SOCKET_PREFIX];
            let of = prefixes.iter().find_map(|p| name.strip_prefix(p));
            keep = is_there(of.unwrap_or(name));
        }
        if keep {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The services of which an override as it was written by [`render`] says anything.
pub(crate) fn services(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().skip_while(|line| *line != "services:").skip(1);
    lines
        .take_while(|line| line.starts_with(' '))
        .filter(|line| !line.starts_with("   "))
        .map(|line| line.split(':').next().unwrap_or(line).trim().trim_matches('"'))
}

/// Whether an override as it was written by [`render`] says anything of a service.
pub(crate) fn names_service(text: &str, service: &str) -> bool {
    services(text).any(|name| name == service)
}

/// The override that turns `base` into `hardened` by these edits; `None` when there are none.
///
/// # Errors
/// The services of which an edit cannot be said, and why: it would resolve a variable, or its attribute has no row.
pub(crate) fn render(
    base: &Node,
    hardened: &Node,
    edits: &[Edit],
) -> Result<Option<String>, Vec<(String, String)>> {
    if edits.is_empty() {
        return Ok(None);
    }
    let mut sections: IndexMap<&str, Vec<(String, Out)>> = IndexMap::new();
    let mut unsayable = Vec::new();
    for ((section, name), edits) in touched(edits) {
        let path = Path::of([section, name]);
        let Some(new) = hardened.at(&path) else { continue };
        let out = match base.at(&path) {
            // One that nrcompose adds, in a whole file that it wrote before and somebody has changed since.
            Some(_) if edits.iter().any(|e| e.path == path) => {
                Out::Tagged("!override", Box::new(Out::literal(new)))
            }
            Some(_) if section == "services" => match service(&path, base, hardened, &edits) {
                Ok(out) => out,
                Err(why) => {
                    unsayable.push((name.to_owned(), why));
                    continue;
                }
            },
            _ => Out::literal(new),
        };
        sections.entry(section).or_default().push((name.to_owned(), out));
    }
    if !unsayable.is_empty() {
        return Err(unsayable);
    }
    let document = Out::Map(
        sections
            .into_iter()
            .map(|(k, v)| (k.to_owned(), Out::Map(v)))
            .collect(),
    );
    Ok(Some(format!("{}\n{}", mark::OVERRIDE, yaml::write(&document))))
}

/// The edits without the configs they add, for a run in which nothing runs: Compose's own dry run looks for what it
/// copies into a container, and fails where it copied nothing (2.40).
pub(crate) fn without_configs(edits: &[Edit]) -> Vec<Edit> {
    let is_of_configs = |edit: &Edit| match edit.path.segments() {
        [section, ..] if section == "configs" => true,
        [section, _, key, ..] => section == "services" && key == "configs" && matches!(edit.op, Op::Add(_)),
        _ => false,
    };
    edits.iter().filter(|e| !is_of_configs(e)).cloned().collect()
}

/// Which services, configs … are touched, and by which edits; sorted: the bytes must be the same on every run.
pub(super) fn touched(edits: &[Edit]) -> Vec<((&str, &str), Vec<&Edit>)> {
    let mut all: IndexMap<(&str, &str), Vec<&Edit>> = IndexMap::new();
    for edit in edits {
        if let [section, name, ..] = edit.path.segments() {
            all.entry((section, name)).or_default().push(edit);
        }
    }
    all.sort_by_key(|(section, name), _| (*section != "services", *section, *name));
    all.into_iter().collect()
}

/// What the override says of a service that the base has.
fn service(path: &Path, base: &Node, hardened: &Node, mine: &[&Edit]) -> Result<Out, String> {
    let mut keys: Vec<&str> = mine
        .iter()
        .filter_map(|e| e.path.segments().get(2))
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let mut out = Vec::new();
    for key in keys {
        let at = path.join(key);
        let form = FORMS.iter().find(|(k, _)| *k == key).map(|(_, f)| *f);
        let form = form.ok_or_else(|| format!("{at} cannot be said in an override"))?;
        let edits: Vec<&Edit> = mine.iter().copied().filter(|e| at.contains(&e.path)).collect();
        out.push((key.to_owned(), attribute(form, &at, base, hardened, &edits)?));
    }
    Ok(Out::Map(out))
}

/// One attribute.
fn attribute(
    form: OverrideForm,
    at: &Path,
    base: &Node,
    hardened: &Node,
    edits: &[&Edit],
) -> Result<Out, String> {
    let Some(new) = hardened.at(at) else {
        return Ok(Out::Tagged("!reset", Box::new(Out::Null)));
    };
    let complete = || {
        items_keep_their_text(at, base.at(at), new)?;
        Ok::<_, String>(Out::as_written(new))
    };
    let had = base
        .at(at)
        .is_some_and(|n| !n.items().is_empty() || n.as_str().is_some());
    Ok(match form {
        OverrideForm::Scalar => Out::literal(new),
        OverrideForm::Replace => complete()?,
        OverrideForm::Complete if had => Out::Tagged("!override", Box::new(complete()?)),
        OverrideForm::Append if edits.iter().any(|e| !matches!(e.op, Op::Add(_))) => {
            Out::Tagged("!override", Box::new(complete()?))
        }
        OverrideForm::ByTarget if edits.iter().any(|e| e.op == Op::Remove) => {
            Out::Tagged("!override", Box::new(complete()?))
        }
        OverrideForm::ByTarget | OverrideForm::Complete | OverrideForm::Append => {
            let before = Among::of(base.at(at).map(Node::items).unwrap_or_default());
            Out::List(
                new.items()
                    .iter()
                    .filter(|i| !before.contains(i))
                    .map(Out::literal)
                    .collect(),
            )
        }
        OverrideForm::Entries => entries(at, base, hardened, edits)?,
        OverrideForm::Joined => {
            let mut out = vec![];
            for (name, node) in base.at(at).and_then(Node::as_map).into_iter().flatten() {
                if !node.origin.is_written() {
                    out.push((name.clone(), Out::literal(node)));
                }
            }
            if let Out::Map(changed) = entries(at, base, hardened, edits)? {
                out.extend(changed);
            }
            Out::Map(out)
        }
    })
}

/// The entries that edits name: whole values, since below them Compose merges by rules of its own.
fn entries(at: &Path, base: &Node, hardened: &Node, edits: &[&Edit]) -> Result<Out, String> {
    let depth = at.segments().len();
    let mut names: Vec<&str> = edits
        .iter()
        .filter_map(|e| e.path.segments().get(depth))
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut out = Vec::new();
    for name in names {
        let path = at.join(name);
        let value = match hardened.at(&path) {
            None => Out::Tagged("!reset", Box::new(Out::Null)),
            Some(new) => {
                items_keep_their_text(&path, base.at(&path), new)?;
                Out::as_written(new)
            }
        };
        out.push((name.to_owned(), value));
    }
    Ok(Out::Map(out))
}

/// A node that an edit took its author's text from would be written with its variables resolved.
fn items_keep_their_text(at: &Path, old: Option<&Node>, new: &Node) -> Result<(), String> {
    let Some(old) = old else { return Ok(()) };
    let has_variable = |n: &Node| {
        n.raw
            .as_deref()
            .is_some_and(|r| r.replace("$$", "").contains('$'))
    };
    match (&old.value, &new.value) {
        _ if new.raw.is_some() => Ok(()),
        _ if has_variable(old) && !matches!(new.value, Value::Str(_)) => Err(format!(
            "{at} takes values from variables, which must not be resolved into a file"
        )),
        (Value::Map(a), Value::Map(b)) => children(at, a, b),
        (Value::Seq(a), Value::Seq(b)) => b
            .iter()
            .enumerate()
            .try_for_each(|(i, n)| items_keep_their_text(&at.join(i), a.get(i), n)),
        _ => Ok(()),
    }
}

fn children(at: &Path, old: &Map, new: &Map) -> Result<(), String> {
    new.iter()
        .try_for_each(|(k, n)| items_keep_their_text(&at.join(k), old.get(k), n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_that_are_gone_are_left_out() {
        let text = "# mark\nservices:\n  a:\n    user: \"1:1\"\n  \"b\":\n    user: \"2:2\"\n  nrcompose-init-a:\n    user: \"0:0\"\nconfigs:\n  c:\n    content: x\n";
        assert_eq!(of_services(text, |_| true), text);
        let left = of_services(text, |name| name == "b");
        assert_eq!(
            left,
            "# mark\nservices:\n  \"b\":\n    user: \"2:2\"\nconfigs:\n  c:\n    content: x\n"
        );
        assert!(of_services(text, |name| name == "a").contains("nrcompose-init-a"));
    }

    #[test]
    fn every_attribute_has_one_row_and_they_are_sorted() {
        assert!(FORMS.is_sorted_by_key(|(k, _)| *k));
        let mut keys: Vec<_> = FORMS.iter().map(|(k, _)| k).collect();
        keys.dedup();
        assert_eq!(keys.len(), FORMS.len());
    }
}
