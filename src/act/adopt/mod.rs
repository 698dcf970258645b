//! Taking over what a container wrote in its own layer, and giving it back: files are copied through the engine alone, as
//! archives, with owners and modes. No program runs for that, neither an image's nor ours, and every copy is read again
//! and compared before anything rests on it.

mod contents;
mod copy;
mod looks;
mod places;

pub(crate) use copy::{CopiedWith, into_layer, into_volume};
pub(crate) use places::{LayerPlace, find};
