//! Files that were parsed already: a project that is loaded again, to prove its override, is parsed once.

use super::parse::Document;
use crate::tree::FileId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// What was parsed, until it is asked for again. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Memo(Rc<RefCell<HashMap<FileId, ParsedText>>>);

/// A text, and its documents.
type ParsedText = (Rc<str>, Vec<Document>);

impl Memo {
    /// The documents of this text in this place among the sources, which their origins name.
    pub(super) fn take(&self, file: FileId, text: &str) -> Option<Vec<Document>> {
        let (known, documents) = self.0.borrow_mut().remove(&file)?;
        (*known == *text).then_some(documents)
    }

    /// Keeps them for the next time.
    pub(super) fn put(&self, file: FileId, text: &Rc<str>, documents: &[Document]) {
        let kept = (text.clone(), documents.to_vec());
        self.0.borrow_mut().insert(file, kept);
    }
}
