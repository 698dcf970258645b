//! Looks at running containers.
//!
//! Three ways, the least intrusive first: the `/proc` of this machine, when the engine is on it; a helper
//! container beside the one that is looked at; the engine's `top`.

pub(crate) mod facts;
pub mod files;
pub mod helper;
pub(crate) mod local;
pub(crate) mod mounts;
pub(crate) mod network;
pub(crate) mod paths;
pub(crate) mod proc;
pub(crate) mod programs;
pub(crate) mod status;
pub(crate) mod top;
pub(crate) mod window;
