//! A helper container: the least that can look at another one.

/// What to create. Whatever it does, it has no capability and cannot gain any, has no network of its own, and carries a
/// label by which leftovers are found. There is no way to ask for more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Helper {
    /// An image that is here already; nothing is pulled.
    pub image: String,
    /// `uid:gid`.
    pub user: String,
    /// Supplementary groups.
    pub groups: Vec<String>,
    /// The container whose processes it sees.
    pub pid_of: Option<String>,
    /// The container, or the network, that it is in; none otherwise.
    pub network: Option<Network>,
    /// Volume and target of each mount; a target may end in `:ro`.
    pub volumes: Vec<(String, String)>,
    /// Whether its own root filesystem is read-only. Files cannot be copied into it then.
    pub read_only: bool,
    /// Program and arguments; replaces the image's entrypoint.
    pub command: Vec<String>,
}

/// Where a helper is on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// In another container's network namespace.
    Of(String),
    /// In a network of the engine.
    Named(String),
}

/// The label on every helper container.
pub(crate) const LABEL: &str = "nrcompose.helper=1";

impl Helper {
    /// The arguments after `create`, which Docker and Podman share.
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut args: Vec<String> = ["--label", LABEL, "--pull", "never", "--no-healthcheck"]
            .map(String::from)
            .into();
        let mut push = |flag: &str, value: String| args.extend([flag.to_owned(), value]);
        push("--restart", "no".into());
        push("--cap-drop", "ALL".into());
        push("--security-opt", "no-new-privileges:true".into());
        for group in &self.groups {
            push("--group-add", group.clone());
        }
        for (volume, target) in &self.volumes {
            push("--volume", format!("{volume}:{target}"));
        }
        if let Some(id) = &self.pid_of {
            push("--pid", format!("container:{id}"));
        }
        push(
            "--network",
            match &self.network {
                None => "none".into(),
                Some(Network::Of(id)) => format!("container:{id}"),
                Some(Network::Named(name)) => name.clone(),
            },
        );
        if !self.user.is_empty() {
            push("--user", self.user.clone());
        }
        if let Some(program) = self.command.first() {
            push("--entrypoint", program.clone());
        }
        if self.read_only {
            args.push("--read-only".into());
        }
        args.push("--".into());
        args.push(self.image.clone());
        args.extend(self.command.iter().skip(1).cloned());
        args
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_helper_starts_from_nothing() {
        let helper = Helper {
            image: "app".into(),
            user: "65534:65534".into(),
            pid_of: Some("abc".into()),
            command: vec!["/nrcompose".into(), "observe".into()],
            ..Helper::default()
        };
        assert_eq!(
            helper.arguments().join(" "),
            "--label nrcompose.helper=1 --pull never --no-healthcheck --restart no --cap-drop ALL \
             --security-opt no-new-privileges:true --pid container:abc --network none --user 65534:65534 \
             --entrypoint /nrcompose -- app observe"
        );
    }
}
