//! The controls: pure functions that look at one service and say what should become of it.

mod cure;
mod devices;
mod engine_socket;
mod environment;
mod files;
mod init;
mod inline_file;
mod namespaces;
mod passwd;
mod ports;
pub(crate) mod privileges;
pub(crate) mod published;
mod reach;
mod read_only;
pub(crate) mod readable;
mod root_only;
mod socket_proxy;
mod tmpfs;
mod tmpfs_places;
pub(crate) mod user;
mod volumes;

use crate::diagnostic::Diagnostic;
use crate::facts::config::Config;
use crate::facts::host::Host;
use crate::facts::settings::Settings;
use crate::load::Project;
use crate::plan::Plan;
use crate::plan::control::Control;
use crate::plan::service_facts::FactSources;

/// All controls. Their order does not matter: they share nothing but the identity.
pub const CONTROLS: &[Control] = &[
    Control {
        id: devices::ID,
        about: "let the user use the sockets and devices it is given",
        decide: devices::decide,
    },
    Control {
        id: environment::ID,
        about: "set the variables that the image needs as another user",
        decide: environment::decide,
    },
    Control {
        id: init::ID,
        about: "leave process 1 to an init that insists on it",
        decide: init::decide,
    },
    Control {
        id: namespaces::ID,
        about: "say what a service shares with the host",
        decide: namespaces::decide,
    },
    Control {
        id: passwd::ID,
        about: "give the user an entry in /etc/passwd where something looks for it",
        decide: passwd::decide,
    },
    Control {
        id: files::ID,
        about: "give the user the files that the image needs",
        decide: files::decide,
    },
    Control {
        id: readable::ID,
        about: "find files that the user cannot read",
        decide: readable::decide,
    },
    Control {
        id: user::ID,
        about: "run as a numeric non-root user",
        decide: user::decide,
    },
    Control {
        id: read_only::ID,
        about: "make the root filesystem read-only where asked",
        decide: read_only::decide,
    },
    Control {
        id: root_only::ID,
        about: "refuse what only root can do",
        decide: root_only::decide,
    },
    Control {
        id: socket_proxy::ID,
        about: "put a proxy before the engine's socket where asked",
        decide: socket_proxy::decide,
    },
    Control {
        id: tmpfs::ID,
        about: "give the user the runtime directories it writes",
        decide: tmpfs::decide,
    },
    Control {
        id: privileges::ID,
        about: "take away every privilege that the image does not need",
        decide: privileges::decide,
    },
    Control {
        id: ports::ID,
        about: "keep container ports bindable without a capability",
        decide: ports::decide,
    },
    Control {
        id: published::ID,
        about: "publish ports where the engine may",
        decide: published::decide,
    },
    Control {
        id: volumes::ID,
        about: "give the user the volumes it writes",
        decide: volumes::decide,
    },
];

impl Plan {
    /// Plans every service of a project, those of inactive profiles too, by all controls.
    ///
    /// # Errors
    /// A service that names a profile which does not exist, or suppresses a control which does not.
    pub fn new(
        project: &Project,
        sources: &FactSources,
        config: &Config,
        settings: Settings,
        host: &dyn Host,
    ) -> Result<Plan, Diagnostic> {
        Plan::by(CONTROLS, project, sources, config, settings, host)
    }
}

/// A path as one word of a shell command.
pub(crate) fn shell_word(path: &str) -> String {
    if path
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "/._-+@:,".contains(c))
    {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}
