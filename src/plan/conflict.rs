//! Two controls that want different things of one path: nobody can know which is right.

use super::context::Context;
use super::decision::{Decision, Op, Outcome};
use crate::tree::Path;
use indexmap::IndexMap;
use std::collections::HashMap;

/// What was wanted so far, so that an edit is only compared with those at, above and below its path.
#[derive(Default)]
struct Wanted<'a> {
    at: HashMap<&'a [String], ByControl<'a>>,
    below: HashMap<&'a [String], ByControl<'a>>,
}

/// A control's own edits do not contradict each other.
type ByControl<'a> = IndexMap<&'static str, Vec<(usize, &'a Path, &'a Op)>>;

/// The first two that clash: a refusal of the service.
pub fn conflict(cx: &Context, decisions: &[Decision]) -> Option<Decision> {
    let mut wanted = Wanted::default();
    let mut number = 0;
    for decision in decisions {
        let Outcome::Change(edits) = &decision.outcome else {
            continue;
        };
        for edit in edits {
            if let Some((path, control)) = wanted.clash(&edit.path, &edit.op, decision.control) {
                let blocker = format!(
                    "the controls {control} and {} want different things of {path}",
                    decision.control
                );
                let help = "set the attribute yourself, or skip one of them";
                return Some(cx.refusal(decision.control, blocker, Vec::new(), help));
            }
            wanted.add(number, &edit.path, &edit.op, decision.control);
            number += 1;
        }
    }
    None
}

impl<'a> Wanted<'a> {
    /// The earliest edit of another control that contradicts this one.
    fn clash(&self, path: &Path, op: &Op, control: &str) -> Option<(&'a Path, &'static str)> {
        let segments = path.segments();
        let above = (0..=segments.len()).filter_map(|end| self.at.get(&segments[..end]));
        let all = above.chain(self.below.get(segments));
        all.flatten()
            .filter(|(other, _)| **other != control)
            .flat_map(|(other, edits)| edits.iter().map(move |edit| (edit, *other)))
            .filter(|((_, seen, wants), _)| {
                let both_add = matches!(wants, Op::Add(_)) && matches!(op, Op::Add(_));
                let is_apart = is_beside(seen, wants, path) || is_beside(path, op, seen);
                *wants != op && !both_add && !is_apart
            })
            .min_by_key(|((number, _, _), _)| *number)
            .map(|((_, seen, _), other)| (*seen, other))
    }

    fn add(&mut self, number: usize, path: &'a Path, op: &'a Op, control: &'static str) {
        let segments = path.segments();
        let at = self.at.entry(segments).or_default().entry(control).or_default();
        // One addition to a list stands for all.
        if matches!(op, Op::Add(_)) && at.iter().any(|(_, _, known)| matches!(known, Op::Add(_))) {
            return;
        }
        at.push((number, path, op));
        for end in 0..segments.len() {
            let below = self.below.entry(&segments[..end]).or_default();
            below.entry(control).or_default().push((number, path, op));
        }
    }
}

/// Whether `op` adds an item to the list at `list`, and `part` is an attribute of one that is there.
fn is_beside(list: &Path, op: &Op, part: &Path) -> bool {
    matches!(op, Op::Add(_)) && part.segments().len() > list.segments().len() + 1
}
