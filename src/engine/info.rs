//! What an engine says of itself.

use serde::{Deserialize, Serialize};

/// The part of `docker info` that decisions rest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Info {
    /// The engine's own id; empty where it has none.
    #[serde(rename = "ID", default)]
    pub id: String,
    /// `20.10.24`.
    #[serde(default)]
    pub server_version: String,
    /// `x86_64`.
    #[serde(default)]
    pub architecture: String,
    /// `linux`.
    #[serde(rename = "OSType", default)]
    pub os: String,
    /// What its machine is called.
    #[serde(default)]
    pub name: String,
    /// `Debian GNU/Linux 12 (bookworm)`, `Docker Desktop`.
    #[serde(default)]
    pub operating_system: String,
    /// `1` or `2`.
    #[serde(default)]
    pub cgroup_version: String,
    /// Where images and volumes are kept.
    #[serde(default)]
    pub docker_root_dir: String,
    /// `name=seccomp,profile=default`, `name=rootless`, `name=userns` …
    #[serde(default, deserialize_with = "super::container::or_default")]
    pub security_options: Vec<String>,
    /// What the client says of itself.
    #[serde(default)]
    pub client_info: ClientInfo,
    /// What is wrong on the engine's side, when it could not answer.
    #[serde(default, deserialize_with = "super::container::or_default")]
    pub server_errors: Vec<String>,
}

/// The part of `docker info` that is about the client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ClientInfo {
    /// Its plugins.
    #[serde(deserialize_with = "super::container::or_default")]
    pub plugins: Vec<Plugin>,
}

/// A plugin of the client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Plugin {
    /// `compose`.
    pub name: String,
    /// Its program.
    pub path: String,
}

impl Info {
    /// The program that is Compose, where the client says it.
    pub fn compose_plugin(&self) -> Option<&str> {
        let plugins = self.client_info.plugins.iter();
        let mut paths = plugins.filter(|p| p.name == "compose").map(|p| p.path.as_str());
        paths.rfind(|p| !p.is_empty())
    }

    /// Whether a process with uid 0 in a container is somebody else on the machine, and why.
    pub fn root_is_not_root(&self) -> Option<&'static str> {
        if self.has("rootless") {
            Some("the engine is rootless")
        } else if self.has("userns") {
            Some("the engine remaps users")
        } else {
            None
        }
    }

    /// Whether the engine itself runs without root.
    pub fn rootless(&self) -> bool {
        self.has("rootless")
    }

    /// Whether it runs in the virtual machine of Docker Desktop.
    pub fn is_desktop(&self) -> bool {
        self.operating_system.contains("Docker Desktop")
    }

    /// The names among the security options: `seccomp`, `apparmor`, `selinux`, `rootless`, `userns` …
    pub fn security(&self) -> Vec<&str> {
        let parts = self.security_options.iter().flat_map(|option| option.split(','));
        parts.filter_map(|part| part.strip_prefix("name=")).collect()
    }

    /// The first uid and gid that containers have on the machine, where the engine maps users: it keeps their data
    /// in a folder of that name, `/var/lib/docker/100000.100000`.
    pub fn remapped_to(&self) -> Option<(u32, u32)> {
        let folder = self.docker_root_dir.rsplit('/').next()?;
        let (uid, gid) = folder.split_once('.').filter(|_| self.remapped())?;
        Some((uid.parse().ok()?, gid.parse().ok()?))
    }

    /// Whether the engine maps container users to others (`userns-remap`).
    pub fn remapped(&self) -> bool {
        self.has("userns")
    }

    /// Major and minor version.
    pub fn version(&self) -> (u32, u32) {
        let mut parts = self.server_version.split(['.', '-', '+']);
        let mut number = || parts.next().and_then(|p| p.parse().ok()).unwrap_or(0);
        (number(), number())
    }

    fn has(&self, name: &str) -> bool {
        self.security_options
            .iter()
            .flat_map(|option| option.split(','))
            .any(|part| part == format!("name={name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rootless_and_remapped_engines_are_told() {
        let info = |options: &str| -> Info {
            serde_json::from_str(&format!(
                r#"{{"ServerVersion":"20.10.24+dfsg1","SecurityOptions":{options}}}"#
            ))
            .unwrap()
        };
        assert_eq!(
            info(r#"["name=seccomp,profile=default"]"#).root_is_not_root(),
            None
        );
        assert_eq!(
            info(r#"["name=seccomp","name=rootless"]"#).root_is_not_root(),
            Some("the engine is rootless")
        );
        assert_eq!(
            info(r#"["name=userns"]"#).root_is_not_root(),
            Some("the engine remaps users")
        );
        assert_eq!(info("null").version(), (20, 10));
    }
}
