//! The value with which a field of the past stays part of the key.

use std::fmt;

use serde::Serialize;

use super::tree::{Tree, to_shown_tree, to_tree};

use super::{
    Digest, Schema, Walker, cursor::Cursor, leaves_cursor::Cursor as LeavesCursor,
    scalar::NotScalar, tree_leaves::Node, walk::Error,
};

/// The evaluated `was` of `#[config(removed(…))]` and `#[config(skip(was = …))]`.
///
/// It is kept as a value and written wherever a walk meets its type, so that the key is made exactly as if the field were
/// still there: fields inside it may be omitted, for example.
#[doc(hidden)]
pub struct Was {
    compact: Result<Tree, String>,
    shown: Option<Tree>,
    old: Box<dyn Written>,
}

/// Evaluates a `was` value; called by generated code.
#[doc(hidden)]
pub fn was<T: Serialize + Send + Sync + 'static>(value: T) -> Was {
    let shown = to_shown_tree(&value).ok();
    let compact = to_tree(&value).map_err(|error| error.to_string());
    Was {
        compact,
        shown,
        old: Box::new(Holder(value)),
    }
}

/// Writes a value of whatever type; serde's own trait cannot be an object.
trait Written: Send + Sync {
    fn walk(&self, cursor: Cursor<'_>) -> Result<(), Error>;
    fn leaves(&self, cursor: LeavesCursor<'_>) -> Result<(), NotScalar>;
    fn digest(&self, walker: &mut Walker, schema: &Schema) -> Option<Digest>;
}

struct Holder<T>(T);

impl<T: Serialize + Send + Sync> Written for Holder<T> {
    fn walk(&self, cursor: Cursor<'_>) -> Result<(), Error> {
        self.0.serialize(cursor)
    }

    fn leaves(&self, cursor: LeavesCursor<'_>) -> Result<(), NotScalar> {
        self.0.serialize(cursor)
    }

    fn digest(&self, walker: &mut Walker, schema: &Schema) -> Option<Digest> {
        walker.aside(&self.0, schema)
    }
}

impl Was {
    /// The value in both forms, if it can be serialised.
    pub(super) fn node(&self) -> Option<Node<'_>> {
        let compact = self.compact.as_ref().ok()?;
        let shown = self.shown.as_ref()?;
        Some(Node { shown, compact })
    }

    pub(super) fn walk(&self, cursor: Cursor<'_>) -> Result<(), Error> {
        match &self.compact {
            Ok(tree) => tree.serialize(cursor),
            Err(error) => Err(Error(error.clone())),
        }
    }

    pub(super) fn leaves(&self, cursor: LeavesCursor<'_>) -> Result<(), NotScalar> {
        self.old.leaves(cursor)
    }

    pub(super) fn digest(&self, walker: &mut Walker, schema: &Schema) -> Option<Digest> {
        self.old.digest(walker, schema)
    }
}

impl fmt::Debug for Was {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Was")
    }
}
