//! The value with which a field of the past stays part of the key.

use serde::Serialize;

use super::{
    cursor::Cursor,
    leaves::{Forms, Node},
    tree_error::TreeError,
    walk::Error,
};

/// The evaluated `was` of `#[config(removed(…))]` and `#[config(skip(was = …))]`.
///
/// It is kept as a value and written wherever a walk meets its type, so that the key is made exactly as if the field were
/// still there: fields inside it may be omitted, for example.
#[doc(hidden)]
#[derive(Debug)]
pub struct Was(Result<Forms, TreeError>);

/// Evaluates a `was` value; called by generated code.
#[doc(hidden)]
pub fn was<T: Serialize>(value: T) -> Was {
    Was(Forms::new(&|writer| value.serialize(writer)))
}

impl Was {
    pub(super) fn walk(&self, cursor: Cursor<'_>) -> Result<(), Error> {
        match &self.0 {
            Ok(forms) => forms.node().compact.serialize(cursor),
            Err(error) => Err(Error(error.to_string())),
        }
    }

    pub(super) fn node(&self) -> Option<Node<'_>> {
        self.0.as_ref().ok().map(Forms::node)
    }
}
