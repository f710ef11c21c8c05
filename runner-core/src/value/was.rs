//! The value with which a field of the past stays part of the key.

use std::fmt;

use serde::Serialize;

use super::{
    cursor::Cursor,
    digest::Digest,
    leaves_cursor::Cursor as LeavesCursor,
    scalar::NotScalar,
    schema::Schema,
    walk::{Error, Walker},
};

/// The evaluated `was` of `#[config(removed(…))]` and `#[config(skip(was = …))]`.
///
/// It is kept as a value and written wherever a walk meets its type, so that the key is made exactly as if the field were
/// still there: fields inside it may be omitted, for example.
#[doc(hidden)]
pub struct Was(Box<dyn Written>);

/// Evaluates a `was` value; called by generated code.
#[doc(hidden)]
pub fn was<T: Serialize + Send + Sync + 'static>(value: T) -> Was {
    Was(Box::new(Holder(value)))
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
    pub(crate) fn walk(&self, cursor: Cursor<'_>) -> Result<(), Error> {
        self.0.walk(cursor)
    }

    pub(crate) fn leaves(&self, cursor: LeavesCursor<'_>) -> Result<(), NotScalar> {
        self.0.leaves(cursor)
    }

    pub(crate) fn digest(&self, walker: &mut Walker, schema: &Schema) -> Option<Digest> {
        self.0.digest(walker, schema)
    }
}

impl fmt::Debug for Was {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Was")
    }
}
