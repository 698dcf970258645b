//! What a service is started with, in short: with the same, it is the same start.

use crate::act::started::short;
use crate::load::Project;
use crate::model;
use crate::tree::{Node, Value};
use std::fmt::Write;

/// The short of one service of a project, as `tree` has it. The folder of the project does not count, so that it is the same
/// on another machine.
pub(crate) fn of_service(project: &Project, tree: &Node, service: &str) -> String {
    let mut text = String::new();
    if let Some(node) = tree.get("services").and_then(|all| all.get(service)) {
        write(node, &mut text);
    }
    write_files(project, Some(service), &mut text);
    let folder = project.directory.display().to_string();
    short(text.replace(&format!("{folder}/"), "./").as_bytes())
}

/// The short of all that Compose would run: with the same, it makes no container anew.
pub(crate) fn of_project(project: &Project, tree: &Node) -> String {
    let mut text = String::new();
    write(tree, &mut text);
    write_files(project, None, &mut text);
    short(text.as_bytes())
}

/// The files of variables, of which the tree has only the names.
fn write_files(project: &Project, wanted: Option<&str>, text: &mut String) {
    for service in model::services(project).filter(|s| wanted.is_none_or(|name| name == s.name)) {
        for file in service.get("env_file").map(Node::items).unwrap_or_default() {
            let path = file.get("path").unwrap_or(file).as_str().unwrap_or_default();
            let content = crate::input::bytes(path.as_ref()).unwrap_or_default();
            _ = write!(text, "\n{path} {}", short(&content));
        }
    }
}

/// Every value with the keys to it; what it was read from does not count.
fn write(node: &Node, text: &mut String) {
    match &node.value {
        Value::Map(map) => {
            text.push('{');
            for (key, value) in map {
                _ = write!(text, "{key:?}:");
                write(value, text);
            }
            text.push('}');
        }
        Value::Seq(items) => {
            text.push('[');
            for item in items {
                write(item, text);
                text.push(',');
            }
            text.push(']');
        }
        value => _ = write!(text, "{value:?}"),
    }
}
