//! The merge key `<<`: the mapping's own keys win, then the first mapping of a list. It is shallow.

use crate::diagnostic::Diagnostic;
use crate::tree::{Map, Node, Origin, Value};

/// Adds what `<<` brings to a mapping whose own keys are all there.
pub(super) fn apply(map: &mut Map, merged: Node, at: Origin) -> Result<(), Diagnostic> {
    match merged.value {
        Value::Map(source) => add(map, source),
        Value::Seq(sources) => {
            for source in sources {
                match source.value {
                    Value::Map(source) => add(map, source),
                    other => return Err(wrong(&other, at)),
                }
            }
        }
        other => return Err(wrong(&other, at)),
    }
    Ok(())
}

fn add(map: &mut Map, source: Map) {
    for (key, node) in source {
        map.entry(key).or_insert(node);
    }
}

fn wrong(value: &Value, at: Origin) -> Diagnostic {
    Diagnostic::error(format!(
        "reading YAML: `<<` merges {}, not a mapping",
        value.kind()
    ))
    .at(at)
    .help("give it an alias to a mapping (`<<: *name`) or a list of such aliases")
}
