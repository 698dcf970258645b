//! What is known of each image, each value with its source.

pub mod profile;
