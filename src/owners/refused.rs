//! What is answered of a tree that could not be worked on.

use super::frame::{self, Act, Answer, Orders, TreeOrder};
use super::serve::Work;
use super::tests::US;
use std::fs;
use std::io::Cursor;

/// A tree that cannot be given at all is told from one whose work was ended by an error: of the first nothing is on record.
#[test]
fn what_was_not_begun_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let order = TreeOrder {
        at: file.to_str().unwrap().to_owned(),
        subpath: None,
        identity: String::new(),
        give_to: US,
        recursive: true,
        keeps_bits: true,
        records: Vec::new(),
    };
    for act in [Act::Scan, Act::Set, Act::Restore] {
        let orders = Orders {
            act,
            trees: vec![order.clone()],
        };
        let mut input = Vec::new();
        frame::send(&mut input, frame::ORDERS, &serde_json::to_vec(&orders).unwrap()).unwrap();
        let mut output = Vec::new();
        let work = Work::read(&mut Cursor::new(input)).unwrap();
        work.run(&mut output).unwrap();
        let answer = Answer::take(&mut Cursor::new(output)).unwrap();
        assert!(
            matches!(&answer, Some(Answer::Refused(why)) if why.contains("opening it")),
            "{answer:?}"
        );
    }
    for answer in [
        Answer::Refused("why".to_owned()),
        Answer::Broken("why".to_owned()),
    ] {
        let mut sent = Vec::new();
        answer.send(&mut sent).unwrap();
        assert_eq!(Answer::take(&mut Cursor::new(sent)).unwrap(), Some(answer));
    }
}
