//! The label of a run on what Compose makes for it.

use super::run::{LABEL, Run};
use serde_json::{Value, json};

impl Run {
    /// Puts the label on everything that a Compose file defines: services, volumes, and the network that Compose adds.
    pub fn mark(&self, file: &mut Value) {
        if let Value::Object(file) = file {
            let networks = file.entry("networks").or_insert_with(|| json!({}));
            if let Value::Object(networks) = networks {
                networks.entry("default").or_insert_with(|| json!({}));
            }
        }
        for section in ["services", "volumes", "networks"] {
            let all = file.get_mut(section).and_then(Value::as_object_mut);
            for one in all.into_iter().flat_map(|all| all.values_mut()) {
                if one.is_null() {
                    *one = json!({});
                }
                let Value::Object(one) = one else { continue };
                // What is there already is nobody's to mark.
                if one.get("external").and_then(Value::as_bool) == Some(true) {
                    continue;
                }
                match one.get_mut("labels") {
                    Some(Value::Array(labels)) => labels.push(self.label().into()),
                    Some(Value::Object(labels)) => {
                        labels.insert(LABEL.to_owned(), self.to_string().into());
                    }
                    _ => {
                        one.insert("labels".to_owned(), json!({LABEL: self.to_string()}));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_of_a_file_bears_the_label() {
        let run = Run::new().unwrap();
        let mut file = json!({
            "services": {"a": {"labels": ["x=y"]}, "b": {"labels": {"x": "y"}}, "c": {}},
            "volumes": {"v": null, "w": {"external": true}},
        });
        run.mark(&mut file);
        let text = run.to_string();
        let services = &file["services"];
        assert_eq!(services["a"]["labels"], json!(["x=y", run.label()]));
        assert_eq!(services["b"]["labels"], json!({"x": "y", LABEL: text}));
        for one in [
            &services["c"],
            &file["volumes"]["v"],
            &file["networks"]["default"],
        ] {
            assert_eq!(one["labels"], json!({LABEL: text}));
        }
        assert_eq!(file["volumes"]["w"], json!({"external": true}));
    }
}
