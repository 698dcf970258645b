//! A directory in memory, and what an author's own entry for it lacks.

use crate::model::TmpfsEntry;
use crate::tree::Path;

/// A tmpfs and its mount options.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scratch {
    /// Absolute path in the container.
    pub path: String,
    /// Its owner; none leaves it to the engine.
    pub uid: Option<u32>,
    /// Its group.
    pub gid: Option<u32>,
    /// As mount(8) takes it.
    pub size: Option<String>,
    /// Octal.
    pub mode: Option<String>,
    /// Whether programs may be executed from it.
    pub exec: bool,
    /// Further options, as the person wrote them: they count more than those above.
    pub more: Vec<String>,
    /// The author's own mount of it, which this takes the place of.
    pub instead_of: Option<Path>,
    /// Whether the service's user may write it: another owner or mode is the person's business.
    pub is_writable: bool,
}

impl Scratch {
    /// Its mount options, in the order of mount(8)'s page.
    pub fn options(&self) -> Vec<String> {
        let mut options = self.plain();
        if self.exec && !self.more.iter().any(|o| o == "exec") {
            options.push("exec".to_owned());
        }
        options.extend(self.more.iter().cloned());
        options
    }

    /// The options that an author's own entry lacks. Who owns it and how is the author's, unless a person says so.
    pub fn missing(&self, entry: &TmpfsEntry) -> Vec<String> {
        let is_said = |option: &String| self.more.contains(option);
        let lacks = |option: &String| match option.split_once('=') {
            Some((name, value)) if is_said(option) => entry.option(name) != Some(value),
            Some((name, _)) => entry.option(name).is_none(),
            None if option == "exec" => !executes(entry),
            None if option == "noexec" => executes(entry),
            None => !entry.options.contains(&option.as_str()),
        };
        self.options().into_iter().filter(lacks).collect()
    }

    fn plain(&self) -> Vec<String> {
        let number = |id: Option<u32>| id.map(|id| id.to_string());
        let options = [
            ("uid", number(self.uid)),
            ("gid", number(self.gid)),
            ("size", self.size.clone()),
            ("mode", self.mode.clone()),
        ];
        let said = options
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        said.map(|(name, value)| format!("{name}={value}")).collect()
    }
}

/// Whether programs can be executed from it: of `noexec` and `exec` the later one counts.
fn executes(entry: &TmpfsEntry) -> bool {
    let mut said = entry.options.iter().rev();
    said.find(|o| ["exec", "noexec"].contains(o)) == Some(&"exec")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Node;

    #[test]
    fn what_an_entry_lacks_is_what_is_not_said_last() {
        let missing = |exec, more: &[&str], entry: &str| {
            let scratch = Scratch {
                exec,
                uid: Some(1000),
                more: more.iter().map(|o| (*o).to_owned()).collect(),
                ..Scratch::default()
            };
            let node = Node::synthetic(entry);
            scratch.missing(&TmpfsEntry::of(&node, None).unwrap()).join(",")
        };
        assert_eq!(missing(true, &[], "/run"), "uid=1000,exec");
        assert_eq!(missing(true, &[], "/run:uid=5,exec"), "");
        assert_eq!(missing(true, &[], "/run:uid=5,noexec,exec"), "");
        assert_eq!(missing(true, &[], "/run:uid=5,exec,noexec"), "exec");
        assert_eq!(missing(false, &["noexec"], "/run:uid=5"), "");
        assert_eq!(missing(false, &["noexec"], "/run:uid=5,exec"), "noexec");
        assert_eq!(missing(false, &["nosuid"], "/run:uid=5"), "nosuid");
        assert_eq!(missing(false, &["nosuid"], "/run:uid=5,nosuid"), "");
        // A person's word counts more than what the author says; ours does not.
        assert_eq!(
            missing(false, &["mode=0700"], "/run:uid=5,mode=0755"),
            "mode=0700"
        );
        assert_eq!(missing(false, &["mode=0700"], "/run:uid=5,mode=0700"), "");
    }
}
