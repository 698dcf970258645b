//! Tests on a real engine, with the stand-in images of `tests/images`. `tests/run` brings both up.
//!
//! - [`run`], [`container`], [`stack`]: bounded commands; things that remove themselves
//! - [`adopt`]: a stack taken over, and given back
//! - [`recorder`]: what the engine is asked for
//! - [`probe`], [`procs`]: does it answer, and as whom does it run
//! - [`doctor`]: what is told of the engine is so
//! - [`both_ways`]: the engine says the same over its socket and through its command
//! - [`defects`]: what engines are known to get wrong, and no test is about
//! - [`report`]: figures to be seen
//! - [`standins`]: the images are no kinder than the published ones
//! - [`premises`]: what nrcompose takes for granted of the engine and of Compose
//! - [`families`]: image families, tried by the product's own runner
//! - [`faults`]: what `verify` must find, and must not
//! - [`work_faults`]: what does not work, and what looks so, beside twins that work
//! - [`warm`]: a start of what runs costs no program and no container
//! - [`answers`]: what is said of what services answer
//! - [`verify`], [`trial`]: what it costs, that its ways agree, what follows from it
//! - [`handing_on`], [`same_words`], [`stopping`], [`refusal`]: the wrapper beside `docker compose` itself
//! - [`image_files`]: what is known of an image is the same in both ways of reading it, and nothing of it runs
//! - [`programs`]: what an image starts decides where nobody described it, and what a Dockerfile starts likewise
//! - [`fallback`], [`nextcloud`]: what is known to fail is not started hardened, and answers
//! - [`transaction`], [`watching`], [`goes_back`], [`twelve`]: a start is watched; what fails goes back, with its data
//! - [`leaving`]: nothing stays behind, however a command ends
//! - [`unsaved`]: what a container has in its own layer is not lost to a plan
//! - [`controls`]: each works because of its control, and fails without
//! - [`handles`], [`ours`]: what is started beside a service cannot open the host
//! - [`own_output`]: an override of ours in the project
//! - [`owners`]: what our own program does in a volume, whatever stands in it and however it is ended
//! - [`gone_volumes`]: what cleaning up does with records of volumes that are gone, and with our image
//! - [`same_volume`]: what is recorded is put back where it was changed and nowhere else
//! - [`progress`]: what takes long is told while it goes on
//! - [`owners_table`]: who answers over whose data, by the wrapper and by a written override, where plain Compose does
//! - [`remap`], [`ownership`], [`file_mode`]: what a changed port and a volume come to, by nrcompose and by a written override
//! - [`others_data`], [`used_volumes`], [`shell_less`]: volumes that are not, or were not, the service's alone, and images that cannot
//!   give them away
//! - [`host_directories`], [`taken_directories`]: those of the host: given on purpose, taken as they are, not taken from others
//! - [`six_services`], [`dsmr_reader`], [`python_dev`]: the examples
// clippy sees helpers outside of #[test] as no test code.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod adopt;
mod answers;
mod beside_plain;
mod both_ways;
mod container;
mod controls;
mod defects;
mod docker_calls;
mod doctor;
mod dsmr_reader;
mod engine_restart;
mod fallback;
mod families;
mod faults;
mod file_mode;
mod goes_back;
mod gone_volumes;
mod handing_on;
mod handles;
mod host_directories;
mod image_files;
mod leaving;
mod nextcloud;
mod others_data;
mod ours;
mod own_output;
mod owners;
mod owners_table;
mod ownership;
mod premises;
mod probe;
mod procs;
mod programs;
mod progress;
mod provider;
mod python_dev;
mod recorder;
mod redis;
mod refusal;
mod remap;
#[path = "../support/report.rs"]
mod report;
mod run;
mod same_volume;
mod same_words;
mod shell_less;
mod six_services;
mod stack;
mod standins;
mod stopping;
mod taken_directories;
mod transaction;
mod trial;
mod twelve;
mod unsaved;
mod used_volumes;
mod verify;
mod warm;
mod watching;
mod work_faults;
