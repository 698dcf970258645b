//! Volumes that belong to a Compose project and stay.

use super::docker::{Docker, lines, words};
use super::{Engine, EngineResult, EngineVolume};

impl Docker {
    /// Makes one with these labels; it is nobody's to remove again.
    pub(super) fn make_lasting_volume(&self, name: &str, labels: &[(&str, String)]) -> EngineResult<()> {
        let mut args = words(&["volume", "create"]);
        for (label, value) in labels {
            args.extend(["--label".to_owned(), format!("{label}={value}")]);
        }
        args.extend(words(&["--", name]));
        self.ask(&format!("making the volume {name}"), &args).map(drop)
    }

    /// Those of a project that have a label.
    pub(super) fn volumes_with(&self, label: &str, project: &str) -> EngineResult<Vec<EngineVolume>> {
        let doing = format!("looking for volumes of the project {project}");
        let of_project = format!("label=com.docker.compose.project={project}");
        let labelled = format!("label={label}");
        let args = [
            "volume",
            "ls",
            "-q",
            "--filter",
            &of_project,
            "--filter",
            &labelled,
        ];
        let names: Vec<String> = lines(&self.ask(&doing, &words(&args))?)
            .map(String::from)
            .collect();
        self.volumes(&names)
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::Engine;
    use crate::engine::replay::Replay;

    #[test]
    fn what_lasts_has_its_labels_and_no_mark_of_a_run() {
        let docker = Replay::parse(
            r#"[
                {"args": ["volume", "create", "--label", "a=1", "--label", "b=x y", "--", "p_data"], "stdout": "p_data\n"},
                {"args": ["volume", "ls", "-q", "--filter", "label=com.docker.compose.project=p", "--filter", "label=a"],
                 "stdout": "p_data\n"},
                {"args": ["volume", "inspect", "--", "p_data"], "stdout": [{"Name": "p_data", "Labels": {"a": "1"}}]}
            ]"#,
        )
        .unwrap();
        let labels = [("a", "1".to_owned()), ("b", "x y".to_owned())];
        docker.create_lasting_volume("p_data", &labels).unwrap();
        let found = docker.labelled_volumes("a", "p").unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, "p_data");
    }
}
