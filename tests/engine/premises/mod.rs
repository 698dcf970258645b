//! What nrcompose takes for granted. Each test starts containers, and fails if the engine (or Compose) does
//! otherwise: then a control built on it is wrong.

mod binds;
mod compose;
mod file_capabilities;
mod groups;
mod init_service;
mod namespaces;
mod passwd;
mod ports;
mod privileges;
mod root_only;
mod stdio;
mod step_down;
mod tmpfs;
mod user;
mod volumes;

/// Nobody in particular, without any right.
const STRANGER: &[&str] = &[
    "--user",
    "1000:1000",
    "--cap-drop",
    "ALL",
    "--security-opt",
    "no-new-privileges:true",
];
