//! Side effects: files written, directories made, `docker compose` started. Nothing else in the crate changes
//! anything.

pub(crate) mod compose;
pub(crate) mod directories;
pub(crate) mod engine_info_cache;
pub(crate) mod file;
pub(crate) mod home;
pub(crate) mod layers;
pub(crate) mod output;
pub(crate) mod person;
pub(crate) mod state;
