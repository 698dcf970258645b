//! Local copies of repositories, read through `git` without running anything of theirs: no hook, no pager, no filter,
//! nothing fetched.

use crate::diagnostic::Diagnostic;
use crate::facts::image_ref::matches;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The person's `git`.
#[derive(Debug)]
pub(super) struct Git(PathBuf);

/// One copy.
#[derive(Debug)]
pub(super) struct Repository<'a> {
    git: &'a Git,
    directory: PathBuf,
}

impl Git {
    /// The first on `PATH`.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn find() -> Result<Git, Diagnostic> {
        which::which("git").map(Git).map_err(|_| {
            let none = Diagnostic::error("looking for git: it is not on PATH");
            none.help("install git; it is only used to read what is in the folder of `--from`")
        })
    }

    /// The copy of a repository in a folder, whether it is there as `owner/name` or as `owner+name`, bare or with a work
    /// tree, or in a folder `repo` of its own.
    pub(super) fn open(&self, from: &Path, repo: &str) -> Option<Repository<'_>> {
        let name = short(repo)?;
        let places = [name.clone(), format!("{name}.git"), name.replace('/', "+")];
        let inside = ["", ".git", "repo", "repo/.git"];
        let mut all = places
            .iter()
            .flat_map(|place| inside.iter().map(move |i| from.join(place).join(i)));
        let directory = all.find(|d| d.join("HEAD").is_file() && d.join("objects").is_dir())?;
        Some(Repository { git: self, directory })
    }
}

/// `owner/name` of what a profile calls a repository; none for what would lead elsewhere.
pub(super) fn short(repo: &str) -> Option<String> {
    let path = repo.split_once("://").map_or(repo, |(_, rest)| rest);
    let path = path.trim_end_matches('/');
    let parts: Vec<&str> = path.strip_suffix(".git").unwrap_or(path).split('/').collect();
    let [.., owner, name] = parts.as_slice() else {
        return None;
    };
    let is_plain = |part: &&str| !part.is_empty() && !part.starts_with('.') && !part.contains('\0');
    [owner, name]
        .into_iter()
        .all(is_plain)
        .then(|| format!("{owner}/{name}"))
}

impl Repository<'_> {
    /// Whether it has this commit.
    pub(super) fn has(&self, commit: &str) -> bool {
        self.git(&["cat-file", "-e", &format!("{commit}^{{commit}}")])
            .is_some()
    }

    /// The files that a path or a pattern means at a commit, each with the name of its content. A folder is one of them.
    pub(super) fn files(&self, commit: &str, path: &str) -> Vec<(String, String)> {
        let path = path.trim_matches('/');
        if !path.contains(['*', '?', '[']) {
            let id = self.git(&["rev-parse", "--verify", "--quiet", &format!("{commit}:{path}")]);
            let id = id.map(|id| String::from_utf8_lossy(&id).trim().to_owned());
            return id.map(|id| (path.to_owned(), id)).into_iter().collect();
        }
        let all = self.tree(commit);
        all.into_iter().filter(|(file, _)| is_meant(path, file)).collect()
    }

    /// Where in a commit this content is.
    pub(super) fn place_of(&self, commit: &str, content: &str) -> Option<String> {
        let mut all = self.tree(commit).into_iter();
        all.find(|(_, id)| id == content).map(|(file, _)| file)
    }

    /// A file's text; none for a folder and for what is no text.
    pub(super) fn text(&self, content: &str) -> Option<String> {
        String::from_utf8(self.git(&["cat-file", "blob", content])?).ok()
    }

    fn tree(&self, commit: &str) -> Vec<(String, String)> {
        let list = self.git(&["ls-tree", "-r", "-z", "--full-tree", commit]);
        let list = list.unwrap_or_default();
        let items = list.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        items
            .filter_map(|item| {
                let (about, file) = item.split_once('\t')?;
                Some((file.to_owned(), about.rsplit(' ').next()?.to_owned()))
            })
            .collect()
    }

    /// What a question is answered with; none when git says no.
    fn git(&self, words: &[&str]) -> Option<Vec<u8>> {
        #[allow(clippy::disallowed_methods, reason = "it is not docker that is started")]
        let mut command = Command::new(&self.git.0);
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"GIT_") {
                command.env_remove(name);
            }
        }
        let settings = [
            "core.hooksPath=/dev/null",
            "core.fsmonitor=false",
            "protocol.allow=never",
        ];
        let output = command
            .args(["--no-pager", "--no-optional-locks", "--no-replace-objects"])
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .arg("--git-dir")
            .arg(&self.directory)
            .args(words)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(Stdio::null())
            .output()
            .ok()?;
        output.status.success().then_some(output.stdout)
    }
}

/// Whether a pattern means a file: `*` stands for anything within one part of a path, `**` for any parts.
fn is_meant(pattern: &str, file: &str) -> bool {
    let parts: Vec<&str> = pattern.split('/').collect();
    let of_file: Vec<&str> = file.split('/').collect();
    are_meant(&parts, &of_file)
}

fn are_meant(patterns: &[&str], parts: &[&str]) -> bool {
    match (patterns, parts) {
        ([], []) => true,
        (["**", rest @ ..], _) => (0..=parts.len()).any(|n| are_meant(rest, &parts[n..])),
        ([pattern, patterns @ ..], [part, parts @ ..]) => {
            matches(pattern, part) && are_meant(patterns, parts)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_looked_for_in_the_folder_alone() {
        assert_eq!(short("a/b").as_deref(), Some("a/b"));
        assert_eq!(short("https://git.example/a/b.git/").as_deref(), Some("a/b"));
        assert_eq!(short("https://git.example/group/a/b").as_deref(), Some("a/b"));
        for elsewhere in ["b", "", "../b", "a/..", "/b", "a/.git", "a//"] {
            assert_eq!(short(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn patterns_stay_within_a_part() {
        assert!(is_meant("entrypoint/*.sh", "entrypoint/10-listen.sh"));
        assert!(!is_meant("entrypoint/*.sh", "entrypoint/deep/10-listen.sh"));
        assert!(is_meant("**/run", "root/etc/run"));
        assert!(is_meant("a/**", "a/b/c"));
        assert!(!is_meant("*.sh", "a"));
    }
}
