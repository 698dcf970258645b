//! The plan: the one value that every command reads.

pub mod claim;
pub mod decision;
