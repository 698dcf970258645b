//! Variables in values, and the types of what comes out. Keys are never interpolated.

use super::error::{Fault, WalkResult};
use super::path_table::Level;
use crate::template::{self, TemplateError, Variables};
use crate::tree::{Node, Origin, Value};
use indexmap::IndexMap;
use std::borrow::Cow;

/// What a text becomes after its variables are filled in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cast {
    /// `true`, `yes`, `off` …
    Bool,
    /// A decimal integer.
    Int,
    /// A number.
    Float,
    /// A number of single precision.
    Float32,
}

use Cast::{Bool, Float, Float32, Int};

/// Texts at these places are cast; all others stay text.
pub(super) static CASTS: &[(&str, Cast)] = &[
    ("configs.*.external", Bool),
    ("networks.*.attachable", Bool),
    ("networks.*.enable_ipv4", Bool),
    ("networks.*.enable_ipv6", Bool),
    ("networks.*.external", Bool),
    ("networks.*.internal", Bool),
    ("secrets.*.external", Bool),
    ("services.*.cpu_count", Int),
    ("services.*.cpu_percent", Float),
    ("services.*.cpu_period", Int),
    ("services.*.cpu_quota", Int),
    ("services.*.cpu_rt_period", Int),
    ("services.*.cpu_rt_runtime", Int),
    ("services.*.cpu_shares", Int),
    ("services.*.cpus", Float32),
    ("services.*.deploy.placement.max_replicas_per_node", Int),
    ("services.*.deploy.replicas", Int),
    ("services.*.deploy.restart_policy.max_attempts", Int),
    ("services.*.deploy.rollback_config.max_failure_ratio", Float),
    ("services.*.deploy.rollback_config.parallelism", Int),
    ("services.*.deploy.update_config.max_failure_ratio", Float),
    ("services.*.deploy.update_config.parallelism", Int),
    ("services.*.healthcheck.disable", Bool),
    ("services.*.healthcheck.retries", Int),
    ("services.*.init", Bool),
    ("services.*.oom_kill_disable", Bool),
    ("services.*.oom_score_adj", Int),
    ("services.*.pids_limit", Int),
    ("services.*.ports.*.target", Int),
    ("services.*.privileged", Bool),
    ("services.*.read_only", Bool),
    ("services.*.scale", Int),
    ("services.*.stdin_open", Bool),
    ("services.*.tty", Bool),
    ("services.*.ulimits.*", Int),
    ("services.*.ulimits.*.hard", Int),
    ("services.*.ulimits.*.soft", Int),
    ("services.*.volumes.*.read_only", Bool),
    ("services.*.volumes.*.volume.nocopy", Bool),
    ("volumes.*.external", Bool),
];

/// The variables of a file, and those that were asked for and are not set.
#[derive(Debug)]
pub(super) struct Environment<'a> {
    values: &'a IndexMap<String, String>,
    unset: IndexMap<String, Origin>,
    here: Origin,
    /// How many bytes variables were filled into so far.
    filled: usize,
}

impl<'a> Environment<'a> {
    /// These variables.
    pub(super) fn new(values: &'a IndexMap<String, String>) -> Self {
        Environment {
            values,
            unset: IndexMap::new(),
            here: Origin::NONE,
            filled: 0,
        }
    }

    /// The names that became an empty text, and where first.
    pub(super) fn unset(self) -> IndexMap<String, Origin> {
        self.unset
    }
}

impl Variables for Environment<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    fn unset(&mut self, name: &str) {
        self.unset.entry(name.to_owned()).or_insert(self.here);
    }
}

/// Fills in every text below this node.
pub(super) fn interpolate(
    node: &mut Node,
    level: Option<&Level<Cast>>,
    environment: &mut Environment,
) -> WalkResult<()> {
    match &mut node.value {
        Value::Map(map) => {
            for (key, child) in map.iter_mut() {
                let level = level.and_then(|l| l.child(key));
                interpolate(child, level, environment).map_err(|f| f.under(key))?;
            }
        }
        Value::Seq(items) => {
            for (position, item) in items.iter_mut().enumerate() {
                let level = level.and_then(Level::item);
                interpolate(item, level, environment).map_err(|f| f.under(position))?;
            }
        }
        Value::Str(text) => {
            let filled = fill(text, node.origin, environment)?;
            let cast = level.and_then(|l| l.row);
            let value = match (cast, filled) {
                (None, Cow::Borrowed(_)) => return Ok(()),
                (None, Cow::Owned(filled)) => Value::Str(filled),
                (Some(cast), filled) => cast
                    .apply(&filled)
                    .ok_or_else(|| wrong(*cast, &filled, node.origin))?,
            };
            node.rewrite(value);
        }
        _ => {}
    }
    Ok(())
}

/// Fills in one text.
pub(super) fn fill<'t>(
    text: &'t str,
    origin: Origin,
    environment: &mut Environment,
) -> WalkResult<Cow<'t, str>> {
    environment.here = origin;
    let filled = template::substitute(text, environment).map_err(|error| match error {
        TemplateError::Invalid => Fault::at(origin, format!("has an invalid template: {text:?}"))
            .help("write `$$` where a `$` is meant, and `${NAME}` or `${NAME:-default}` for a variable"),
        TemplateError::TooLarge => too_large(origin),
        TemplateError::TooDeep => Fault::at(origin, "has a template that nests too deep")
            .help("set the variable in .env instead of nesting defaults"),
        TemplateError::Missing { variable, message } => {
            let message = if message.is_empty() {
                String::new()
            } else {
                format!(": {message}")
            };
            Fault::at(
                origin,
                format!("needs the variable {variable}, which is not set{message}"),
            )
            .help(format!("set {variable} in the environment or in .env"))
        }
    })?;
    if let Cow::Owned(text) = &filled {
        environment.filled += text.len();
        if environment.filled > 8 * template::MAX {
            return Err(too_large(origin));
        }
    }
    Ok(filled)
}

fn too_large(origin: Origin) -> Box<Fault> {
    Fault::at(
        origin,
        "has variables that make the project larger than anybody needs",
    )
    .help("put what is so large into a file, and mount it")
}

impl Cast {
    /// The text as a value of this type, if it is one.
    pub(super) fn apply(self, text: &str) -> Option<Value> {
        match self {
            Bool => boolean(text).map(Value::Bool),
            Int => integer(text).map(Value::Int),
            Float => super::units::float(text).map(Value::Float),
            Float32 => super::units::float(text)
                .map(|_| text.parse::<f32>().map_or(f64::NAN, f64::from))
                .map(Value::Float),
        }
    }
}

/// A boolean of YAML 1.1, as Compose takes them from variables.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "y" | "yes" | "on" => Some(true),
        "false" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// A decimal integer, `+` allowed.
pub(super) fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

fn wrong(cast: Cast, text: &str, origin: Origin) -> Box<Fault> {
    let kind = match cast {
        Bool => "a boolean",
        Int => "an integer",
        Float | Float32 => "a number",
    };
    Fault::at(origin, format!("is {text:?}, which is not {kind}"))
        .help("correct the value, or the variable it comes from")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        assert!(super::super::path_table::is_sound(CASTS));
    }
}
