//! The word that somebody probably meant.

use strsim::osa_distance;

/// The known word that is at most two edits away from `word`, where two letters in the wrong order are one; of several the nearest, then the first by the alphabet.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let length = word.chars().count();
    // A word of another length is further away than that, however long somebody made it.
    let close = known
        .into_iter()
        .filter(|k| k.chars().count().abs_diff(length) <= 2);
    let nearest = close.map(|k| (osa_distance(word, k), k)).min();
    nearest.filter(|(edits, _)| *edits <= 2).map(|(_, k)| k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_was_meant() {
        assert_eq!(nearest("prots", ["ports", "profile"]), Some("ports"));
        assert_eq!(nearest("wbe", ["db", "web"]), Some("web"));
        assert_eq!(nearest("cache", ["db", "web"]), None);
        assert_eq!(nearest("x", []), None);
        // Two letters in the wrong order are one edit.
        assert_eq!(nearest("uesr", ["ueber", "user"]), Some("user"));
        assert_eq!(nearest("b", ["ac", "ab"]), Some("ab"));
        assert_eq!(nearest("pr", ["ports"]), None);
    }
}
