//! What changes, service by service: reasons, then a unified diff of the effective service.

use super::yaml::{self, Out};
use super::{PlanView, explain};
use crate::tree::{Node, Path};
use crate::visible::line;
use similar::TextDiff;

/// The diff from `base` to `hardened`; variables stay variables, so that no secret is printed.
pub(crate) fn diff(view: &PlanView, base: &Node, hardened: &Node, wanted: &[String]) -> String {
    let mut text = String::new();
    let chosen = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    for (name, service) in view.plan.services.iter().filter(|(name, _)| chosen(name)) {
        if !text.is_empty() {
            text.push('\n');
        }
        explain::one(&mut text, name, service, view, false);
        text.push_str(&unified(base, hardened, &Path::of(["services", name.as_str()])));
    }
    for section in ["services", "configs"] {
        for name in hardened
            .get(section)
            .and_then(Node::as_map)
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
        {
            let path = Path::of([section, name.as_str()]);
            if base.at(&path).is_none() && wanted.is_empty() {
                text.push('\n');
                text.push_str(&unified(base, hardened, &path));
            }
        }
    }
    text
}

/// One node before and after; nothing when they are the same.
fn unified(base: &Node, hardened: &Node, path: &Path) -> String {
    let text = |tree: &Node| {
        tree.at(path)
            .map(|n| yaml::write(&Out::as_written(n)))
            .unwrap_or_default()
    };
    let (before, after) = (text(base), text(hardened));
    if before == after {
        return String::new();
    }
    let before_name = if before.is_empty() {
        "/dev/null".to_owned()
    } else {
        line(&path.to_string()).into_owned()
    };
    TextDiff::from_lines(&before, &after)
        .unified_diff()
        .context_radius(2)
        .header(&before_name, &line(&format!("{path} (hardened)")))
        .to_string()
}
