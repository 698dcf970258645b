//! `--format`, wherever there is one.

use super::session::Session;
use crate::pipeline::failure::Failure;
use crate::render::Format;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// For commands that report.
pub(crate) fn text_or_json() -> impl TypedValueParser<Value = Format> {
    one_of([Format::Text, Format::Json])
}

/// For commands that write a file.
pub(crate) fn yaml_or_json() -> impl TypedValueParser<Value = Format> {
    one_of([Format::Yaml, Format::Json])
}

fn one_of(known: [Format; 2]) -> impl TypedValueParser<Value = Format> {
    let words = known.map(|format| {
        let about = match format {
            Format::Text => "For a person",
            Format::Yaml => "As the files are",
            Format::Json => "For a program",
        };
        PossibleValue::new(format.name()).help(about)
    });
    let named = move |word: String| known.into_iter().find(|format| format.name() == word);
    PossibleValuesParser::new(words).try_map(move |word| named(word).ok_or("there is no such format"))
}

impl Session {
    /// Writes what was rendered in a format to standard output.
    ///
    /// # Errors
    /// As for data.
    pub(crate) fn show_as(&self, format: Format, text: &str) -> Result<(), Failure> {
        match format {
            Format::Text => self.show(text),
            Format::Yaml => self.print(text),
            Format::Json => self.json(text),
        }
    }
}
