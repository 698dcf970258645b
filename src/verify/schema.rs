//! `schemas/verify.json`: what `verify --format json` writes. Generated, and kept in step by this test.

use super::report::Report;
use std::path::Path;

#[test]
fn the_schema_is_the_one_of_the_types() {
    let mut schema = schemars::generate::SchemaSettings::default()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Report>()
        .to_value();
    schema["title"] = "What `nrcompose verify --format json` writes".into();
    let text = serde_json::to_string_pretty(&schema).expect("json") + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/verify.json");
    if std::env::var_os("NRCOMPOSE_BLESS").is_some() {
        std::fs::write(&file, &text).expect("written");
    }
    let stored = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        stored == text,
        "schemas/verify.json is not what the types say; run: NRCOMPOSE_BLESS=1 cargo test schema"
    );
}
