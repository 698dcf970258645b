//! A project or a plan as something to read or to run: the model, an override file, a full file, a diff, an
//! explanation, JSON.

pub mod diff;
pub mod explain;
mod format;
pub mod full;
pub mod human;
pub mod init_service;
pub mod json;
pub mod model;
pub mod override_file;
pub mod yaml;

pub use format::Format;
