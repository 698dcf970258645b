//! How what is shown is written.

/// A command takes those of them that it can write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For a person.
    #[default]
    Text,
    /// As the files are.
    Yaml,
    /// For a program.
    Json,
}

impl Format {
    /// As it is named on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Yaml => "yaml",
            Format::Json => "json",
        }
    }
}
