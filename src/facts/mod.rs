//! What is known of each image, each value with its source.

pub(crate) mod base_accounts;
pub mod builtin;
pub(crate) mod catalog;
pub(crate) mod check;
pub(crate) mod condition;
pub mod config;
pub mod dockerfile;
pub mod engine;
pub mod evidence;
pub(crate) mod giving;
pub mod host;
pub(crate) mod ids;
pub(crate) mod image_ref;
pub(crate) mod layer;
pub mod library;
pub(crate) mod local;
pub(crate) mod merge;
pub(crate) mod mirror;
pub(crate) mod one_or_many;
pub mod profile;
pub mod recipes;
pub(crate) mod root_programs;
#[cfg(test)]
mod schema;
pub mod script;
pub mod settings;
pub mod start;
mod strength;
pub(crate) mod volume;

pub use catalog::{Catalog, GENERIC, ImageFacts, Lookup, Provenance, folders};
pub use dockerfile::Recipe;
pub use image_ref::ImageRef;
pub use library::Problem;
pub use local::Local;
