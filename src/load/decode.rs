//! Every attribute as the kind of value it holds ([`Shape`]): what Compose does when it fills its own types,
//! with the same errors. What the author wrote stays in `raw`.

use super::error::{Fault, WalkResult};
use super::interpolate::{self, Cast};
use super::path_table::Level;
use super::{Shape, shellwords, units};
use crate::tree::{Map, Node, Value, text};
use std::rc::Rc;

/// Binds everything below this node.
pub(super) fn bind(node: &mut Node, level: &Level<Shape>) -> WalkResult<()> {
    match level.row {
        None => children(node, level),
        Some(shape) => {
            if node.is_null() {
                return Ok(());
            }
            shape.bind(node)?;
            children(node, level)
        }
    }
}

fn children(node: &mut Node, level: &Level<Shape>) -> WalkResult<()> {
    match &mut node.value {
        Value::Map(map) => {
            for (key, child) in map.iter_mut() {
                if let Some(level) = level.child(key) {
                    bind(child, level).map_err(|f| f.under(key))?;
                }
            }
        }
        Value::Seq(items) => {
            if let Some(level) = level.item() {
                for (position, item) in items.iter_mut().enumerate() {
                    bind(item, level).map_err(|f| f.under(position))?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn wrong(node: &Node, wanted: &str) -> Box<Fault> {
    let shown = node.scalar_text().map(|t| format!(" ({t})")).unwrap_or_default();
    Fault::new(
        node,
        format!("must be {wanted}, but is {}{shown}", node.value.kind()),
    )
    .help(format!("write it as {wanted}"))
}

impl Shape {
    fn bind(self, node: &mut Node) -> WalkResult<()> {
        use Shape::*;
        match self {
            Bool | Flag | AlwaysBool => cast(node, Cast::Bool, "a boolean"),
            Int | Number => integer(node, i64::MIN),
            Uint | Unsigned | AlwaysInt => unsigned(node),
            Float => cast(node, Cast::Float32, "a number"),
            Cpus => cpus(node),
            Bytes | AlwaysBytes => bytes(node),
            Delay | Duration => duration(node),
            Count => count(node),
            Mode => mode(node),
            Text | AlwaysText => textual(node),
            Strings => strings(node),
            Numbers => numbers(node),
            Command => command(node),
            Test => test(node),
            Environment => environment(node, false),
            Labels => environment(node, true),
            Mapping => mapping(node),
            Options => options(node),
            MultiOptions => multi_options(node),
            StringMap => string_map(node),
            Hosts => hosts(node),
            Ulimit => ulimit(node),
            Unread => Ok(()),
            Ssh | Record | Value | Entries => match node.as_map() {
                Some(_) => Ok(()),
                None => Err(wrong(node, "a mapping")),
            },
            Items => match node.value {
                super::Value::Seq(_) => Ok(()),
                _ => Err(wrong(node, "a list")),
            },
        }
    }
}

/// Whether Compose leaves a value out because it says nothing.
pub fn zero(shape: Shape, node: &Node) -> bool {
    use Shape::*;
    match (shape, &node.value) {
        (AlwaysBool | AlwaysBytes | AlwaysInt | AlwaysText | Command | Value, _) => false,
        (Unread, _) => true,
        (_, crate::tree::Value::Null) => true,
        (Flag | Number | Unsigned | Duration | Mode | Record | Ulimit, _) => false,
        (_, crate::tree::Value::Bool(b)) => !b,
        (_, crate::tree::Value::Int(i)) => *i == 0,
        (_, crate::tree::Value::Float(f)) => *f == 0.0,
        (Bytes, crate::tree::Value::Str(s)) => s == "0",
        (Delay, crate::tree::Value::Str(s)) => s == "0s",
        (_, crate::tree::Value::Str(s)) => s.is_empty(),
        (_, crate::tree::Value::Seq(s)) => s.is_empty(),
        (_, crate::tree::Value::Map(m)) => m.is_empty(),
        _ => false,
    }
}

fn cast(node: &mut Node, cast: Cast, wanted: &str) -> WalkResult<()> {
    let value = match (&node.value, cast) {
        (Value::Bool(_), Cast::Bool) | (Value::Float(_), Cast::Float32) => return Ok(()),
        #[allow(clippy::cast_precision_loss)] // as the reference converts
        (Value::Int(i), Cast::Float32) => Value::Float(*i as f64),
        (Value::Str(text), _) => match cast.apply(text) {
            Some(value) => value,
            None => return Err(wrong(node, wanted)),
        },
        _ => return Err(wrong(node, wanted)),
    };
    node.rewrite(value);
    Ok(())
}

fn integer(node: &mut Node, least: i64) -> WalkResult<()> {
    let number = match &node.value {
        Value::Int(i) => Some(*i),
        Value::Uint(u) => Some(i64::from_ne_bytes(u.to_ne_bytes())),
        #[allow(clippy::cast_possible_truncation)] // as the reference converts
        Value::Float(f) => Some(*f as i64),
        Value::Str(text) => interpolate::integer(text),
        _ => None,
    };
    match number.filter(|n| *n >= least) {
        Some(number) => {
            if node.as_int() != Some(number) {
                node.rewrite(number);
            }
            Ok(())
        }
        None => Err(wrong(node, "an integer")),
    }
}

/// Texts are not cast here, in the reference too.
fn unsigned(node: &mut Node) -> WalkResult<()> {
    match node.value {
        Value::Str(_) => Err(wrong(node, "an integer, not text")),
        Value::Uint(_) => Ok(()),
        _ => integer(node, 0),
    }
}

fn cpus(node: &mut Node) -> WalkResult<()> {
    match &node.value {
        Value::Str(text) => match units::float(text) {
            Some(number) => {
                node.rewrite(Value::Float(number));
                Ok(())
            }
            None => Err(wrong(node, "a number")),
        },
        _ => cast(node, Cast::Float32, "a number"),
    }
}

fn bytes(node: &mut Node) -> WalkResult<()> {
    let size = match &node.value {
        Value::Int(i) => *i,
        Value::Str(text) => units::bytes(text).ok_or_else(|| {
            Fault::new(node, format!("is {text:?}, which is not a size"))
                .help("write a number and a unit, like 64m or 1.5g")
        })?,
        _ => 0,
    };
    node.rewrite(size.to_string());
    Ok(())
}

fn duration(node: &mut Node) -> WalkResult<()> {
    let text = text::of(&node.value);
    match units::duration(&text) {
        Some(nanoseconds) => {
            node.rewrite(units::print_duration(nanoseconds));
            Ok(())
        }
        None => Err(Fault::new(node, format!("is {text:?}, which is not a duration"))
            .help("write it like 10s, 1m30s or 2h")),
    }
}

fn count(node: &mut Node) -> WalkResult<()> {
    match &node.value {
        Value::Int(_) => Ok(()),
        Value::Str(text) if text.to_lowercase() == "all" => {
            node.rewrite(-1);
            Ok(())
        }
        Value::Str(text) if interpolate::integer(text).is_some() => integer(node, i64::MIN),
        _ => Err(wrong(node, "`all` or a number")),
    }
}

fn mode(node: &mut Node) -> WalkResult<()> {
    let mode = match &node.value {
        Value::Int(i) => Some(*i),
        Value::Str(text) => i64::from_str_radix(text, 8).ok(),
        _ => None,
    };
    let Some(mode) = mode else {
        return Err(wrong(node, "a mode like \"0440\""));
    };
    let octal = if mode < 0 {
        format!("0-{:o}", mode.unsigned_abs())
    } else {
        format!("0{mode:o}")
    };
    node.rewrite(octal);
    Ok(())
}

fn textual(node: &mut Node) -> WalkResult<()> {
    match node.value {
        Value::Str(_) => Ok(()),
        Value::Int(i) => {
            node.rewrite(i.to_string());
            Ok(())
        }
        _ => Err(wrong(node, "text").help("put it in quotes")),
    }
}

fn strings(node: &mut Node) -> WalkResult<()> {
    match &mut node.value {
        Value::Str(_) => {
            let item = node.clone();
            *node = Node::new(vec![item], node.origin);
            Ok(())
        }
        Value::Seq(items) => {
            for (position, item) in items.iter_mut().enumerate() {
                if !item.is_null() {
                    textual(item).map_err(|f| f.under(position))?;
                }
            }
            Ok(())
        }
        _ => Err(wrong(node, "a list of texts")),
    }
}

fn numbers(node: &mut Node) -> WalkResult<()> {
    match &mut node.value {
        Value::Str(_) => strings(node),
        Value::Seq(items) => {
            items.iter_mut().for_each(print);
            Ok(())
        }
        _ => Err(wrong(node, "a list")),
    }
}

/// Any value as Go prints it.
fn print(node: &mut Node) {
    if node.as_str().is_none() {
        let text = text::of(&node.value);
        node.rewrite(text);
    }
}

fn command(node: &mut Node) -> WalkResult<()> {
    match &mut node.value {
        Value::Str(text) => {
            let Some(words) = shellwords::split(text) else {
                let what = format!("is {text:?}, which cannot be split into words");
                return Err(Fault::new(node, what).help("close all quotes, or write it as a list of words"));
            };
            let origin = node.origin;
            let words: Vec<Node> = words.into_iter().map(|w| Node::new(w, origin)).collect();
            node.rewrite(words);
            Ok(())
        }
        Value::Seq(items) => words(items),
        _ => {
            // neither text nor list: the reference reads nothing at all
            node.value = Value::Null;
            Ok(())
        }
    }
}

fn words(items: &[Node]) -> WalkResult<()> {
    match items.iter().position(|i| i.as_str().is_none()) {
        Some(position) => Err(wrong(&items[position], "text")
            .help("put it in quotes")
            .under(position)),
        None => Ok(()),
    }
}

fn test(node: &mut Node) -> WalkResult<()> {
    match &mut node.value {
        Value::Str(text) => {
            let items = [
                Node::new("CMD-SHELL", node.origin),
                Node::new(std::mem::take(text), node.origin),
            ];
            let raw = node.raw.clone().or_else(|| items[1].scalar_text().map(Rc::from));
            node.value = Value::Seq(items.into());
            node.raw = raw;
            Ok(())
        }
        Value::Seq(items) => words(items),
        _ => Err(wrong(node, "a text or a list")),
    }
}

/// Keys that begin with `x-` in a mapping of names: the reference takes them out and leaves this in their place.
fn take_extensions(map: &mut Map) {
    if !map.keys().any(|k| k.starts_with("x-")) {
        return;
    }
    let (extensions, rest): (Map, Map) = std::mem::take(map)
        .into_iter()
        .partition(|(k, _)| k.starts_with("x-"));
    let origin = extensions
        .values()
        .next()
        .map_or(crate::tree::Origin::NONE, |n| n.origin);
    *map = rest;
    map.insert(
        "#extensions".to_owned(),
        Node::new(text::of(&Value::from(extensions)), origin),
    );
}

fn environment(node: &mut Node, labels: bool) -> WalkResult<()> {
    let origin = node.origin;
    match &mut node.value {
        Value::Map(map) => {
            take_extensions(map);
            for value in map.values_mut() {
                match value.value {
                    Value::Null if labels => value.value = Value::from(""),
                    Value::Null => {}
                    _ => print(value),
                }
            }
            Ok(())
        }
        Value::Seq(items) => {
            let mut map = Map::with_capacity(items.len());
            for item in std::mem::take(items) {
                let (key, value) = entry(&item, labels)?;
                map.insert(key, value);
            }
            *node = Node::new(map, origin);
            Ok(())
        }
        _ => Err(wrong(node, "a mapping or a list of NAME=value")),
    }
}

fn entry(item: &Node, labels: bool) -> WalkResult<(String, Node)> {
    let text = text::of(&item.value);
    let (key, value) = text
        .split_once('=')
        .map_or((text.as_str(), None), |(k, v)| (k, Some(v)));
    if !labels && key.ends_with([' ', '\t', '\n', '\u{b}', '\u{c}', '\r', '\u{85}', '\u{a0}']) {
        return Err(Fault::new(
            item,
            format!("declares the variable {key:?}, with a blank at the end"),
        )
        .help("write NAME=value without blanks around the sign"));
    }
    let value = match value {
        Some(value) => Value::from(value),
        None if labels => Value::from(""),
        None => Value::Null,
    };
    let mut node = Node::new(value, item.origin);
    node.raw = item
        .raw
        .as_deref()
        .and_then(|raw| raw.strip_prefix(key)?.strip_prefix('='))
        .map(Rc::from);
    Ok((key.to_owned(), node))
}

fn mapping(node: &mut Node) -> WalkResult<()> {
    if let Value::Seq(_) = node.value {
        return environment(node, true);
    }
    options(node)
}

fn options(node: &mut Node) -> WalkResult<()> {
    let Some(map) = node.as_map_mut() else {
        return Err(wrong(node, "a mapping"));
    };
    take_extensions(map);
    for value in map.values_mut() {
        match value.value {
            Value::Null => value.value = Value::from(""),
            _ => print(value),
        }
    }
    Ok(())
}

fn string_map(node: &mut Node) -> WalkResult<()> {
    let Some(map) = node.as_map_mut() else {
        return Err(wrong(node, "a mapping"));
    };
    for (key, value) in map {
        match value.value {
            Value::Null => value.value = Value::from(""),
            _ => textual(value).map_err(|f| f.under(key))?,
        }
    }
    Ok(())
}

fn multi_options(node: &mut Node) -> WalkResult<()> {
    let Some(map) = node.as_map_mut() else {
        return Err(wrong(node, "a mapping"));
    };
    take_extensions(map);
    for value in map.values_mut() {
        match &mut value.value {
            Value::Seq(items) => items.iter_mut().for_each(print),
            _ => {
                print(value);
                let item = value.clone();
                *value = Node::new(vec![item], value.origin);
            }
        }
    }
    Ok(())
}

/// Hosts as a sorted list of `host=ip`.
fn hosts(node: &mut Node) -> WalkResult<()> {
    let mut list: Vec<Node> = Vec::new();
    match &node.value {
        Value::Map(map) => {
            for (host, addresses) in map.iter() {
                match &addresses.value {
                    Value::Null => host_entry(host, "", addresses, &mut list)?,
                    Value::Str(address) => host_entry(host, address, addresses, &mut list)?,
                    Value::Seq(items) => {
                        for item in items {
                            host_entry(host, &text::of(&item.value), item, &mut list)?;
                        }
                    }
                    _ => return Err(wrong(addresses, "an address")),
                }
            }
        }
        Value::Seq(items) => {
            for item in items {
                let text = text::of(&item.value);
                let Some((host, addresses)) = text.split_once('=').or_else(|| text.split_once(':')) else {
                    return Err(Fault::new(item, format!("has no address for the host {text:?}"))
                        .help("write it as host=address"));
                };
                for address in addresses.split(',') {
                    host_entry(host, address, item, &mut list)?;
                }
            }
        }
        _ => return Err(wrong(node, "a mapping or a list of host=address")),
    }
    list.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    node.value = Value::Seq(list);
    Ok(())
}

fn host_entry(host: &str, address: &str, node: &Node, list: &mut Vec<Node>) -> WalkResult<()> {
    if host.is_empty() || host.contains([':', '=']) {
        return Err(Fault::new(
            node,
            format!("has the host name {host:?}, which is none"),
        ));
    }
    let bare = address
        .strip_prefix('[')
        .and_then(|a| a.strip_suffix(']'))
        .filter(|a| !a.is_empty());
    let mut entry = Node::new(format!("{host}={}", bare.unwrap_or(address)), node.origin);
    entry.raw = node.raw.clone();
    list.push(entry);
    Ok(())
}

/// A pair of numbers stays one; texts are not numbers here.
fn ulimit(node: &mut Node) -> WalkResult<()> {
    let Some(map) = node.as_map() else {
        return match node.value {
            Value::Int(_) => Ok(()),
            _ => Err(wrong(node, "a number or a mapping of soft and hard")),
        };
    };
    for key in ["soft", "hard"] {
        if let Some(value) = map.get(key)
            && value.as_int().is_none()
        {
            return Err(wrong(value, "an integer").under(key));
        }
    }
    Ok(())
}
