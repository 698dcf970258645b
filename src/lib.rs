//! nrcompose runs an unmodified Compose stack with no root process and no capability, and proves that
//! every service still answers.
//!
//! One way through the house; a stage never imports a later one:
//!
//! - `locate`: which files, which project directory, which name
//! - `load`: those files as one canonical tree, as Compose itself would read them
//! - `model`: narrow typed views of a service
//! - `facts`: what is known of an image, each value with its source; what the person configures; what the engine is
//! - `plan`: who a service runs as, the decisions about it with their intents and claims, and what comes of them together
//! - `controls`: one rule a file: from what is known of a service to decisions about it
//! - `lower`: each intent in the words of a target; Compose is one
//! - `render`: the plan as an override, a full file, a diff, an explanation, JSON
//! - `act`: what changes the person's machine: state, directories, `docker compose` started
//! - `verify`: the plan's claims, judged on running containers
//! - `watch`: services after their start, until it is known whether they work
//!
//! Who goes that way:
//!
//! - `pipeline`: from `locate` to an override that is proven to say what was planned, for every command, test and benchmark
//! - `cli`: the commands, and all that is printed
//!
//! Beside the stages, handed to those that need it:
//!
//! - `owners`: who the entries of a tree belong to, by descriptor; the helper on the engine runs it
//! - `image_files`: the files of an image without their contents; the helper on the engine tells them
//! - `engine`: the container engine behind one trait
//!
//! The common ground, which any of them may use:
//!
//! - `capability`: the names of Linux capabilities
//! - `diagnostic`: the one shape of what a person is told, and the table of who is told what
//! - `docker`: where the `docker` command is found and started from
//! - `dotenv`: `.env` files in Compose's dialect
//! - `input`: files read within limits
//! - `mark`: the notes by which files of ours are known again
//! - `nearest`: the word that was probably meant
//! - `template`: Compose's variables
//! - `tree`: the value tree, every node with its origin
//! - `visible`: text of others, made harmless for a terminal
//! - `whole_file`: files written whole or not at all

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
pub mod image_files;
pub(crate) mod input;
pub mod load;
pub mod locate;
pub mod lower;
pub mod mark;
pub(crate) mod model;
pub(crate) mod nearest;
pub mod owners;
pub mod pipeline;
pub mod plan;
pub mod render;
pub mod template;
pub mod tree;
pub mod verify;
pub(crate) mod visible;
pub(crate) mod watch;
pub(crate) mod whole_file;
