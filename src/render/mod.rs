//! A project or a plan as something to read or to run.

pub mod model;
