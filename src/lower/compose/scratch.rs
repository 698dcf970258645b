//! The short form of `tmpfs:`, which alone can say an owner.

use crate::lower::{Edit, Op};
use crate::model::{Service, TmpfsEntry};
use crate::plan::intent::Scratch;
use crate::tree::Node;

/// The author's own short entry with what it lacks; else a new one, in the place of one in the long form.
pub(super) fn edits(service: Service, scratch: &Scratch) -> Vec<Edit> {
    let mut entries = service.tmpfs().into_iter();
    let own = entries.find(|entry| scratch.instead_of == Some(entry.place(service)));
    if let Some(entry) = own {
        return vec![extended(service, &entry, &scratch.missing(&entry))];
    }
    let options = scratch.options();
    let text = match options.is_empty() {
        true => scratch.path.clone(),
        false => format!("{}:{}", scratch.path, options.join(",")),
    };
    let long = scratch.instead_of.clone().map(Edit::remove);
    long.into_iter()
        .chain([Edit::add(service, "tmpfs", text)])
        .collect()
}

/// Options behind the author's own text, so that its variables stay.
fn extended(service: Service, entry: &TmpfsEntry, options: &[String]) -> Edit {
    let separator = if entry.options.is_empty() { ":" } else { "," };
    let extended = |text: &str| {
        let text = text.trim_end_matches([':', ',']);
        format!("{text}{separator}{}", options.join(","))
    };
    let mut node = Node::synthetic(extended(entry.node.as_str().unwrap_or(&entry.path)));
    node.raw = entry.node.raw.as_deref().map(|raw| extended(raw).into());
    Edit {
        path: entry.place(service),
        op: Op::Set(node),
    }
}
