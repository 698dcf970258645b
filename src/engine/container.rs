//! What an engine knows of a container.

pub(super) use super::binding::or_default;
pub(crate) use super::binding::{Binding, NetworkSettings};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The part of `docker container inspect` that verifying rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Container {
    /// The full id.
    pub id: String,
    /// With the engine's leading slash.
    pub name: String,
    /// The image's id.
    #[serde(default)]
    pub image: String,
    /// RFC 3339: when it was made.
    #[serde(default)]
    pub created: String,
    /// What it is doing.
    pub state: ContainerState,
    /// How often the restart policy restarted it.
    #[serde(default)]
    pub restart_count: u32,
    /// Programs running beside the container's own.
    #[serde(rename = "ExecIDs", default, deserialize_with = "or_default")]
    pub exec_ids: Vec<String>,
    /// The profile in force, where the machine has AppArmor.
    #[serde(default)]
    pub app_armor_profile: String,
    /// What it was given by the machine.
    pub host_config: HostConfig,
    /// What is mounted into it; a tmpfs is in the host config.
    #[serde(default, deserialize_with = "or_default")]
    pub mounts: Vec<ContainerMount>,
    /// What it runs.
    pub config: ContainerConfig,
    /// Published ports.
    #[serde(default, deserialize_with = "or_default")]
    pub network_settings: NetworkSettings,
    /// Where its own changes are kept.
    #[serde(default, deserialize_with = "or_default")]
    pub graph_driver: GraphDriver,
}

/// Where a container's own changes are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GraphDriver {
    /// By the driver's own names: `UpperDir` of overlay2.
    #[serde(default, deserialize_with = "or_default")]
    pub data: IndexMap<String, String>,
}

impl Container {
    /// Its Compose service, or its name.
    pub fn service(&self) -> &str {
        self.config
            .labels
            .get("com.docker.compose.service")
            .map_or_else(|| self.name.trim_start_matches('/'), String::as_str)
    }

    /// Its Compose project; empty where Compose did not make it.
    pub fn project(&self) -> &str {
        let label = self.config.labels.get("com.docker.compose.project");
        label.map_or("", String::as_str)
    }

    /// Whether Compose made it for `run` rather than for `up`.
    pub fn oneoff(&self) -> bool {
        self.config
            .labels
            .get("com.docker.compose.oneoff")
            .is_some_and(|v| v == "True")
    }
}

/// What a container is doing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerState {
    /// `created`, `running`, `paused`, `restarting`, `exited`, `dead`.
    pub status: String,
    /// Its first process on the engine's machine; 0 when it does not run.
    #[serde(default)]
    pub pid: u32,
    /// Of the last run.
    #[serde(default)]
    pub exit_code: i32,
    /// Whether the kernel ended it for want of memory.
    #[serde(rename = "OOMKilled", default)]
    pub oom_killed: bool,
    /// Why it did not start.
    #[serde(default)]
    pub error: String,
    /// RFC 3339.
    #[serde(default)]
    pub started_at: String,
    /// RFC 3339: the end of the run before; the year 1 when there was none.
    #[serde(default)]
    pub finished_at: String,
    /// Its healthcheck, if it has one.
    #[serde(default)]
    pub health: Option<Health>,
}

impl ContainerState {
    /// Whether its processes are there, or are made again.
    pub fn is_up(&self) -> bool {
        ["running", "paused", "restarting"].contains(&self.status.as_str())
    }

    /// Since when the log belongs to this run; empty for "from its beginning". The start is no such time: under load
    /// the engine notes it after the first lines were written.
    pub fn log_since(&self) -> &str {
        if self.finished_at.starts_with("0001-") {
            ""
        } else {
            &self.finished_at
        }
    }
}

/// What the healthcheck says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Health {
    /// `starting`, `healthy`, `unhealthy`, `none`.
    pub status: String,
    /// Failures in a row.
    #[serde(default)]
    pub failing_streak: u32,
    /// The last runs.
    #[serde(default, deserialize_with = "or_default")]
    pub log: Vec<HealthRun>,
}

/// One run of a healthcheck.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HealthRun {
    /// Its exit code.
    #[serde(default)]
    pub exit_code: i32,
    /// What it said.
    #[serde(default)]
    pub output: String,
}

/// What a container was given by the machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostConfig {
    /// Everything, without limits.
    #[serde(default)]
    pub privileged: bool,
    /// The root filesystem cannot be written.
    #[serde(default)]
    pub readonly_rootfs: bool,
    /// Capabilities added.
    #[serde(default, deserialize_with = "or_default")]
    pub cap_add: Vec<String>,
    /// Capabilities taken.
    #[serde(default, deserialize_with = "or_default")]
    pub cap_drop: Vec<String>,
    /// `no-new-privileges:true`, `seccomp=unconfined` …
    #[serde(default, deserialize_with = "or_default")]
    pub security_opt: Vec<String>,
    /// Extra groups.
    #[serde(default, deserialize_with = "or_default")]
    pub group_add: Vec<String>,
    /// Target and options of each tmpfs given by the short form.
    #[serde(default, deserialize_with = "or_default")]
    pub tmpfs: IndexMap<String, String>,
    /// `host`: not remapped although the engine remaps.
    #[serde(default)]
    pub userns_mode: String,
    /// `host` or `container:ID`.
    #[serde(default)]
    pub pid_mode: String,
    /// `host`, `none`, `container:ID`, or a network.
    #[serde(default)]
    pub network_mode: String,
    /// `host`, `private`, `shareable` …
    #[serde(default)]
    pub ipc_mode: String,
    /// Devices handed in.
    #[serde(default, deserialize_with = "or_default")]
    pub devices: Vec<Device>,
    /// `always` …
    #[serde(default, deserialize_with = "or_default")]
    pub restart_policy: RestartPolicy,
    /// `80/tcp` and where it is to be published, whether it runs or not.
    #[serde(default, deserialize_with = "or_default")]
    pub port_bindings: IndexMap<String, Option<Vec<Binding>>>,
}

/// A device handed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Device {
    /// On the machine.
    pub path_on_host: String,
    /// In the container.
    #[serde(default)]
    pub path_in_container: String,
    /// `rwm`.
    #[serde(default)]
    pub cgroup_permissions: String,
}

/// When the engine starts it again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RestartPolicy {
    /// `no`, `always`, `on-failure`, `unless-stopped`.
    #[serde(default)]
    pub name: String,
}

/// A bind mount or a volume.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerMount {
    /// `bind`, `volume`, `tmpfs`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// The volume's name.
    #[serde(default)]
    pub name: String,
    /// On the engine's machine.
    #[serde(default)]
    pub source: String,
    /// In the container.
    pub destination: String,
    /// Whether it may be written.
    #[serde(rename = "RW", default)]
    pub rw: bool,
    /// `rprivate`, `rshared` …
    #[serde(default)]
    pub propagation: String,
}

/// What a container runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerConfig {
    /// As given, or as in the image: empty is root.
    #[serde(default)]
    pub user: String,
    /// The image as it was named.
    #[serde(default)]
    pub image: String,
    /// Labels.
    #[serde(default, deserialize_with = "or_default")]
    pub labels: IndexMap<String, String>,
    /// `80/tcp` …: what the image or the service says it listens on.
    #[serde(default, deserialize_with = "or_default")]
    pub exposed_ports: IndexMap<String, serde_json::Value>,
    /// How health is asked for.
    #[serde(default)]
    pub healthcheck: Option<Healthcheck>,
    /// The entrypoint in force.
    #[serde(default, deserialize_with = "or_default")]
    pub entrypoint: Vec<String>,
    /// The command in force.
    #[serde(default, deserialize_with = "or_default")]
    pub cmd: Vec<String>,
}

/// How health is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Healthcheck {
    /// `["CMD", …]`, `["CMD-SHELL", …]`, `["NONE"]`.
    #[serde(default, deserialize_with = "or_default")]
    pub test: Vec<String>,
    /// Nanoseconds; 0 is the engine's default of 30 s.
    #[serde(default)]
    pub interval: u64,
}
