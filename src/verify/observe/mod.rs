//! Looks at running containers.
//!
//! Three ways, the least intrusive first: the `/proc` of this machine, when the engine is on it; a helper
//! container beside the one that is looked at; the engine's `top`.

pub mod facts;
pub mod files;
pub mod helper;
pub mod local;
pub mod mounts;
pub mod network;
pub mod paths;
pub mod proc;
pub mod status;
pub mod top;
pub mod window;
