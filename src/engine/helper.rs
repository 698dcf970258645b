//! A helper container: the least that can look at another one.

/// What to create. Whatever it does, it has no capability but those of its [`Rights`] and cannot gain any, has no network
/// of its own, and carries a label by which leftovers are found. There is no way to ask for more.
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
    /// Where a volume of its own is, into which files can be copied all the same. It is removed with the helper.
    pub own_volume: Option<String>,
    /// Program and arguments; replaces the image's entrypoint.
    pub command: Vec<String>,
    /// The trees whose owners it works on.
    pub trees: Vec<HelperTree>,
    /// What it may do with them.
    pub rights: Rights,
    /// Whether it reads its standard input. What it says is kept in no log then.
    pub has_input: bool,
}

/// A volume or a directory of the engine's machine, and where it is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelperTree {
    /// What.
    pub source: TreeSource,
    /// Where, in the helper.
    pub target: String,
}

/// What is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeSource {
    /// A volume that is there, by its name.
    Volume(String),
    /// A directory of the engine's machine that is there, by its absolute path.
    Directory(String),
}

/// What a helper may do with its trees. Only our own program is given any: see `engine/own_image.rs`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rights {
    /// What anybody may.
    #[default]
    None,
    /// See everything in them, and in the image. They are mounted read-only.
    Look,
    /// What its user may: they are mounted to be written.
    Try,
    /// Give everything in them to somebody.
    Give {
        /// Also who has setuid and setgid bits, which that takes, and put them back.
        bits: bool,
        /// Also setgid bits of groups that are not root's.
        setgid: bool,
    },
}

impl Rights {
    /// All capabilities that it has. Never `DAC_READ_SEARCH`: with it a handle opens any file of the machine.
    fn capabilities(self) -> Vec<&'static str> {
        match self {
            Rights::None | Rights::Try => Vec::new(),
            Rights::Look => vec!["DAC_OVERRIDE"],
            Rights::Give { bits, setgid } => {
                let more = [(bits, "FOWNER"), (setgid, "FSETID")];
                let more = more
                    .into_iter()
                    .filter_map(|(is_needed, name)| is_needed.then_some(name));
                ["CHOWN", "DAC_OVERRIDE"].into_iter().chain(more).collect()
            }
        }
    }
}

impl HelperTree {
    /// As the engine's command line takes it, a row of comma-separated values: nothing is copied into it from the image.
    fn mount(&self, is_read_only: bool) -> String {
        let (kind, source, more) = match &self.source {
            TreeSource::Volume(name) => ("volume", name, ",volume-nocopy"),
            TreeSource::Directory(path) => ("bind", path, ""),
        };
        let source = format!("source={source}").replace('"', "\"\"");
        let only = if is_read_only { ",readonly" } else { "" };
        format!("type={kind},\"{source}\",target={}{more}{only}", self.target)
    }
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
        for capability in self.rights.capabilities() {
            push("--cap-add", capability.into());
        }
        for tree in &self.trees {
            let is_read_only = matches!(self.rights, Rights::None | Rights::Look);
            push("--mount", tree.mount(is_read_only));
        }
        if let Some(target) = &self.own_volume {
            push("--mount", format!("type=volume,target={target},volume-nocopy"));
        }
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
        if self.has_input {
            args.extend(["--interactive", "--log-driver", "none"].map(String::from));
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

    #[test]
    fn who_may_only_look_gets_nothing_that_can_be_written() {
        let tree = |source| HelperTree {
            source,
            target: "/t/0".into(),
        };
        let helper = |rights| Helper {
            rights,
            trees: vec![
                tree(TreeSource::Volume("data".into())),
                tree(TreeSource::Directory("/a,\"b".into())),
            ],
            ..Helper::default()
        };
        let capabilities = |rights| {
            let args = helper(rights).arguments();
            let pairs = args.windows(2).filter(|pair| pair[0] == "--cap-add");
            pairs.map(|pair| pair[1].clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(capabilities(Rights::None), "");
        assert_eq!(capabilities(Rights::Look), "DAC_OVERRIDE");
        let give = |bits, setgid| Rights::Give { bits, setgid };
        assert_eq!(capabilities(give(false, false)), "CHOWN DAC_OVERRIDE");
        assert_eq!(capabilities(give(true, true)), "CHOWN DAC_OVERRIDE FOWNER FSETID");
        let mounts = |rights| {
            let args = helper(rights).arguments();
            let pairs = args.windows(2).filter(|pair| pair[0] == "--mount");
            pairs.map(|pair| pair[1].clone()).collect::<Vec<_>>()
        };
        let written = [
            "type=volume,\"source=data\",target=/t/0,volume-nocopy",
            "type=bind,\"source=/a,\"\"b\",target=/t/0",
        ];
        assert_eq!(mounts(give(false, false)), written);
        for rights in [Rights::None, Rights::Look] {
            assert_eq!(mounts(rights), written.map(|mount| format!("{mount},readonly")));
        }
    }
}
