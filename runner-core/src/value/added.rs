//! The value that a field's absence meant.

use serde::Serialize;

use super::config::Shape;
use super::{
    digest::Digest,
    leaf::Leaf,
    leaves::{Names, leaves},
    path,
    scalar::Value,
    schema::Schema,
    walk::Walker,
};

/// The evaluated value of `#[config(added = …)]`.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Added {
    pub(crate) digest: Result<Digest, String>,
    /// The value in postcard; none if it cannot be stored.
    pub(crate) bytes: Option<Vec<u8>>,
    /// The value as people read it.
    pub(crate) shown: String,
}

/// Evaluates an `added` value; called by generated code.
#[doc(hidden)]
pub fn added<T: Serialize + ?Sized>(value: &T, shape: Shape) -> Added {
    evaluated(value, shape, Walker::new())
}

/// Evaluates an `added` value of an `ordered` field; called by generated code.
#[doc(hidden)]
pub fn added_in_order<T: Serialize + ?Sized>(value: &T, shape: Shape) -> Added {
    let mut walker = Walker::new();
    walker.is_ordered = true;
    evaluated(value, shape, walker)
}

fn evaluated<T: Serialize + ?Sized>(value: &T, shape: Shape, mut walker: Walker) -> Added {
    let schema = Schema::new(shape);
    Added {
        digest: walker.config(value, &schema).map(|walked| walked.value),
        bytes: postcard::to_stdvec(value).ok(),
        shown: shown(&leaves(value, &schema, Names::Serde)),
    }
}

fn shown(leaves: &[Leaf]) -> String {
    let value = |leaf: &Leaf| match &leaf.value {
        Value::Text(text) => format!("{text:?}"),
        value => value.to_string(),
    };
    match leaves {
        [leaf] if leaf.path.is_empty() || leaf.path == path::KIND => value(leaf),
        leaves => {
            let parts = leaves
                .iter()
                .map(|leaf| format!("{}: {}", leaf.path, value(leaf)));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
        }
    }
}
