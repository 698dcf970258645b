//! The keywords of JSON Schema that have a part in a verdict.

/// All of them; those that hold schemas by name are distinguished by [`holds_names`].
pub(super) const KEYWORDS: [&str; 14] = [
    "$ref",
    "additionalProperties",
    "definitions",
    "enum",
    "items",
    "maximum",
    "minimum",
    "oneOf",
    "pattern",
    "patternProperties",
    "properties",
    "required",
    "type",
    "uniqueItems",
];

/// Whether what stands below a keyword are names that somebody chose, and not keywords.
pub(super) fn holds_names(keyword: &str) -> bool {
    matches!(keyword, "definitions" | "patternProperties" | "properties")
}
