//! The intents by name, for tables that must have a row for each.

use super::Intent;

macro_rules! kinds {
    ($($pattern:pat => $name:literal),+ $(,)?) => {
        impl Intent {
            /// Every kind.
            pub const KINDS: &[&str] = &[$($name),+];

            /// Which kind it is.
            pub fn kind(&self) -> &'static str {
                match self {
                    $($pattern => $name),+
                }
            }
        }
    };
}

kinds! {
    Intent::RunAs { .. } => "run_as",
    Intent::RunAsRoot => "run_as_root",
    Intent::Group { .. } => "group",
    Intent::NoNewPrivileges => "no_new_privileges",
    Intent::Capabilities { .. } => "capabilities",
    Intent::Scratch(_) => "scratch",
    Intent::Own(_) => "own",
    Intent::OwnDirectory(_) => "own_directory",
    Intent::Volume { .. } => "volume",
    Intent::Writable { .. } => "writable",
    Intent::Readable { .. } => "readable",
    Intent::Listen(_) => "listen",
    Intent::Publish { .. } => "publish",
    Intent::File { .. } => "file",
    Intent::Account { .. } => "account",
    Intent::Env { .. } => "env",
    Intent::Mention { .. } => "mention",
    Intent::ReadOnlyRoot => "read_only_root",
    Intent::OwnInit => "own_init",
    Intent::SocketProxy(_) => "socket_proxy",
}
