//! The command line: one file a command.

pub mod profiles;
pub mod verify;
