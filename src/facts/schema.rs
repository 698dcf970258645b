//! `profiles/schema.json`: what editors check a profile against. Generated, and kept in step by this test.

use super::profile::Profile;
use std::path::Path;

#[test]
fn the_schema_is_the_one_of_the_types() {
    let mut schema = schemars::schema_for!(Profile).to_value();
    schema["title"] = "A profile of nrcompose".into();
    let text = serde_json::to_string_pretty(&schema).expect("json") + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/schema.json");
    if std::env::var_os("NRCOMPOSE_BLESS").is_some() {
        std::fs::write(&file, &text).expect("written");
    }
    let stored = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        stored == text,
        "profiles/schema.json is not what the types say; run: NRCOMPOSE_BLESS=1 cargo test schema"
    );
}
