//! [`output_shape`]: the paths and kinds of an output's scalars, kept to explain later why it no longer fits.

use serde::Serialize;

use super::{compare::STORED_MAX, leaves::first_leaves};

/// The path and kind of each scalar inside an output, as far as the first [`STORED_MAX`].
pub(crate) fn output_shape<T: Serialize + ?Sized>(output: &T) -> Vec<(String, String)> {
    first_leaves(output, STORED_MAX)
        .into_iter()
        .map(|leaf| (leaf.path, leaf.kind.name().to_owned()))
        .collect()
}
