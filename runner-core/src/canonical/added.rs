//! The value that a field's absence meant.

use serde::Serialize;

use super::{Digest, schema::Schema, walk::Walker};
use crate::config::Shape;

/// The evaluated value of `#[config(added = …)]`.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Added {
    pub(super) digest: Result<Digest, String>,
}

/// Evaluates an `added` value; called by generated code.
#[doc(hidden)]
pub fn added<T: Serialize + ?Sized>(value: &T, shape: Shape) -> Added {
    Added {
        digest: Walker::new()
            .config(value, &Schema::new(shape))
            .map(|walked| walked.value),
    }
}
