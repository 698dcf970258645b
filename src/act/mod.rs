//! Side effects: files written, directories made, `docker compose` started. Nothing else in the crate changes
//! anything.

pub mod compose;
pub mod directories;
pub mod engine_info_cache;
pub mod file;
pub mod home;
pub mod layers;
pub mod output;
pub mod person;
pub mod state;
