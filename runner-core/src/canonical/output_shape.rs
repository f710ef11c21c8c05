//! [`output_shape`]: the paths and kinds of an output's scalars, kept to explain later why it no longer fits.

use serde::Serialize;

use super::{Names, Schema, leaves};

/// The most leaves that are kept.
const LEAVES_MAX: usize = 64;

/// The path and kind of each scalar inside an output, as far as the first 64.
pub(crate) fn output_shape<T: Serialize + ?Sized>(output: &T) -> Vec<(String, String)> {
    leaves(output, &Schema::Plain, Names::Serde)
        .into_iter()
        .take(LEAVES_MAX)
        .map(|leaf| (leaf.path, leaf.kind.name().to_owned()))
        .collect()
}
