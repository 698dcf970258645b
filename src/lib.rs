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
//! - `render`: the plan as an override, a full file, a diff, an explanation
//! - `act`: hand over to `docker compose`, or verify
//!
//! [`pipeline`] goes that way for whoever wants a plan, from `locate` to an override that is proven to say it; [`cli`] is
//! one of them.
//!
//! [`tree`], [`diagnostic`], [`docker`], [`input`], [`mark`], [`nearest`], [`template`], [`dotenv`], [`visible`] and [`whole_file`] are the common
//! ground of all of them.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod act;
pub mod capability;
pub mod cli;
pub mod controls;
pub mod diagnostic;
pub mod docker;
pub mod dotenv;
pub mod engine;
pub mod facts;
pub mod input;
pub mod load;
pub mod locate;
pub mod mark;
pub mod model;
pub mod nearest;
pub mod pipeline;
pub mod plan;
pub mod render;
pub mod template;
pub mod tree;
pub mod verify;
pub mod visible;
pub mod whole_file;
