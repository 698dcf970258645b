//! Side effects on the person's machine: their files and directories, nrcompose's state, `docker compose` started.
//!
//! Besides, `engine` makes and removes what carries its label, `facts::local` keeps what it read of an image, and
//! `profiles check`, `verify` and `test` clear away what they made. Every file is written by `whole_file`. The rooms that
//! plan change nothing; `tests/house` names them and judges it.

pub(crate) mod adopt;
pub(crate) mod adopted;
pub(crate) mod compose;
pub(crate) mod date;
pub(crate) mod directories;
pub(crate) mod engine_info_cache;
pub(crate) mod file;
pub(crate) mod home;
pub(crate) mod layers;
pub(crate) mod output;
pub(crate) mod ownership;
pub(crate) mod person;
pub(crate) mod receipt_source;
pub(crate) mod receipts;
pub(crate) mod started;
pub(crate) mod state;
pub(crate) mod told;
