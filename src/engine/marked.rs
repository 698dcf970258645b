//! Which containers carry a label of their own. An image made of a container inherits its labels, and so does every
//! container of that image: so a label says something about a container only where its image does not carry it.

use super::docker::Docker;
use super::{Container, Engine, EngineResult, Image};
use indexmap::IndexMap;
use std::slice;

/// Those of containers that bear a label themselves. Where the image is gone, one cannot know.
///
/// # Errors
/// The engine does not say what they are.
pub(crate) fn marked(docker: &Docker, ids: &[String], key: &str) -> EngineResult<Vec<Container>> {
    let mut images: IndexMap<String, Option<Image>> = IndexMap::new();
    let mut all = docker.still_there(ids)?;
    for one in &all {
        if !images.contains_key(&one.image) {
            let image = docker.images(slice::from_ref(&one.image))?.pop().flatten();
            images.insert(one.image.clone(), image);
        }
    }
    all.retain(|one| {
        let image = images.get(&one.image).and_then(Option::as_ref);
        let own = one.config.labels.get(key);
        own.is_some() && image.is_some_and(|image| image.config.labels.get(key) != own)
    });
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::docker::words;
    use crate::engine::replay::{Answer, Replay};
    use crate::engine::run;
    use serde_json::{Value, json};

    fn answer(args: &[&str], stdout: Value) -> Answer {
        Answer {
            args: words(args),
            code: 0,
            stdout,
            stderr: String::new(),
            tar: Vec::new(),
        }
    }

    fn container(id: &str, image: &str, labels: &Value) -> Value {
        json!({"Id": id, "Name": format!("/{id}"), "Image": image, "HostConfig": {}, "Config": {"Labels": labels},
               "State": {"Status": "running", "StartedAt": "2026-01-01T00:00:00Z"}})
    }

    #[test]
    fn a_label_of_the_image_says_nothing_of_a_container() {
        let (ours, theirs) = (json!({run::LABEL: "a"}), json!({run::LABEL: "b"}));
        let ids = words(&["own", "inherited", "over", "lost"]);
        let mut gone = answer(&["image", "inspect", "--", "none"], json!([]));
        (gone.code, gone.stderr) = (1, "Error: No such image: none".to_owned());
        let docker = Replay::docker(vec![
            answer(
                &["container", "inspect", "--", "own", "inherited", "over", "lost"],
                json!([
                    container("own", "bare", &ours),
                    container("inherited", "marked", &ours),
                    container("over", "marked", &theirs),
                    container("lost", "none", &ours)
                ]),
            ),
            answer(&["image", "inspect", "--", "bare"], json!([{"Id": "bare"}])),
            answer(
                &["image", "inspect", "--", "marked"],
                json!([{"Id": "marked", "Config": {"Labels": ours}}]),
            ),
            gone,
        ]);
        let found = marked(&docker, &ids, run::LABEL).unwrap();
        let found: Vec<&str> = found.iter().map(|c| c.id.as_str()).collect();
        assert_eq!(found, ["own", "over"]);
    }
}
