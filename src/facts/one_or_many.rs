//! `evidence: docs` and `evidence: [docs, dockerfile]` are the same thing.
//!
//! Also compiled into the build script; so it uses nothing of the crate.

use serde::{Deserialize, Deserializer, Serializer, ser::SerializeSeq};

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    Ok(match OneOrMany::deserialize(d)? {
        OneOrMany::One(s) => vec![s],
        OneOrMany::Many(v) => v,
    })
}

pub(crate) fn serialize<S: Serializer>(list: &[String], s: S) -> Result<S::Ok, S::Error> {
    let mut seq = s.serialize_seq(Some(list.len()))?;
    for item in list {
        seq.serialize_element(item)?;
    }
    seq.end()
}
