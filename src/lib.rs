//! nrcompose runs an unmodified Compose stack with no root process and no capability, and proves that
//! every service still answers.
//!
//! One way through the house; a stage never imports a later one:
//!
//! - `locate`: which files, which project directory, which name
//! - `load`: those files as one canonical tree, as Compose itself would read them
//! - `model`: narrow typed views of a service
//! - `facts`: what is known of an image, each value with its source
//! - `plan`: who a service runs as, what the controls decide, and what comes of it
//! - `lower`: what the plan wants in the words of a target; Compose is one
//! - `render`: the plan as an override, a full file, a diff, an explanation
//! - `act`: hand over to `docker compose`, or verify
//!
//! [`pipeline`] goes that way for whoever wants a plan, from `locate` to an override that is proven to say it; [`cli`] is
//! one of them.
//!
//! [`tree`], [`diagnostic`], [`docker`], [`input`], [`mark`], [`nearest`], [`template`], [`dotenv`], [`visible`] and
//! [`whole_file`] are the common ground of all of them.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub(crate) mod act;
pub(crate) mod capability;
pub mod cli;
pub mod controls;
pub mod diagnostic;
pub(crate) mod docker;
pub mod dotenv;
pub mod engine;
pub mod facts;
pub(crate) mod input;
pub mod load;
pub mod locate;
pub mod lower;
pub mod mark;
pub(crate) mod model;
pub(crate) mod nearest;
pub mod pipeline;
pub mod plan;
pub mod render;
pub mod template;
pub mod tree;
pub mod verify;
pub(crate) mod visible;
pub(crate) mod whole_file;
