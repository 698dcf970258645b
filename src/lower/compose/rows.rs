//! What becomes of each kind of intent in Compose, as a person wrote it down.

/// By kind, where the engine is a current one.
pub(super) const ROWS: &[(&str, &str)] = &[
    ("run_as", "done"),
    ("run_as_root", "done"),
    ("group", "done"),
    ("no_new_privileges", "done"),
    ("capabilities", "done"),
    ("scratch", "done"),
    ("own", "together"),
    ("own_directory", "together"),
    ("volume", "done"),
    ("writable", "needless"),
    ("readable", "done"),
    ("listen", "needless"),
    ("publish", "done"),
    ("file", "done"),
    ("account", "done"),
    ("env", "done"),
    ("mention", "done"),
    ("read_only_root", "done"),
    ("own_init", "done"),
    ("socket_proxy", "done"),
];
