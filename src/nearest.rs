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

/// Edits between two words; two letters in the wrong order are one (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut edits = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                edits = edits.min(rows[i - 2][j - 2] + 1);
            }
            row.push(edits);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
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
