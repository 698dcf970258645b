//! What is known of each image, each value with its source.

pub mod builtin;
pub mod catalog;
pub mod check;
pub mod config;
pub mod dockerfile;
pub mod engine;
pub mod host;
pub mod ids;
pub mod image_ref;
pub mod layer;
pub mod library;
pub mod local;
pub mod merge;
pub mod profile;
pub mod recipes;
#[cfg(test)]
mod schema;
pub mod settings;
mod strength;
pub mod volume;

pub use catalog::{Catalog, GENERIC, ImageFacts, Lookup, Provenance, folders};
pub use dockerfile::Recipe;
pub use image_ref::ImageRef;
pub use library::Problem;
pub use local::Local;
