//! The word that somebody probably meant.

/// The known word that is at most two edits away from `word`; of several the nearest, then the first by the alphabet.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let length = word.chars().count();
    // A word of another length is further away than that, however long somebody made it.
    let close = known
        .into_iter()
        .filter(|k| k.chars().count().abs_diff(length) <= 2);
    let nearest = close.map(|k| (distance(word, k), k)).min();
    nearest.filter(|(edits, _)| *edits <= 2).map(|(_, k)| k)
}

/// Edits between two words; neighbours that changed places are one (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let (mut before, mut last) = (Vec::new(), None);
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for x in a.chars() {
        let mut next = vec![row[0] + 1];
        for (j, y) in b.iter().enumerate() {
            let mut edits = (next[j] + 1)
                .min(row[j + 1] + 1)
                .min(row[j] + usize::from(x != *y));
            if j > 0 && last == Some(*y) && b[j - 1] == x {
                edits = edits.min(before[j - 1] + 1);
            }
            next.push(edits);
        }
        (before, row, last) = (row, next, Some(x));
    }
    row.last().copied().unwrap_or_default()
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
        assert_eq!(
            [
                distance("prots", "ports"),
                distance("wbe", "db"),
                distance("", "ab")
            ],
            [1, 2, 2]
        );
    }
}
