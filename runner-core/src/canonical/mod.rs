//! The typed token walk over serde values: what makes two configs, or two outputs, the same.
//!
//! Nothing here reads a clock, a file or the environment: equal values give equal digests on every machine, for ever.
//! The tokens are pinned by golden vectors in `golden.rs`.

mod added;
mod compare;
mod compound;
mod cursor;
mod digest;
mod for_scalars;
mod leaf;
mod leaf_at;
mod leaves;
mod leaves_compound;
mod leaves_cursor;
mod output_shape;
mod path;
mod probe;
mod probe_cursor;
mod scalar;
mod schema;
mod tag;
mod walk;
mod was;

pub use added::{Added, added};
pub(crate) use compare::compare_shapes;
pub(crate) use digest::Digest;
pub(crate) use for_scalars::for_scalars;
pub(crate) use leaf::{Kind, Leaf, Mark, Value};
pub(crate) use leaf_at::leaf_at;
pub(crate) use leaves::{Names, leaves, scalars};
pub(crate) use output_shape::output_shape;
pub(crate) use probe::shape_of;
pub(crate) use schema::{FieldSchema, Past, Schema};
pub(crate) use walk::{Scope, Walker};
pub use was::{Was, was};

#[cfg(test)]
mod former_tests;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod golden_scalars;
#[cfg(test)]
mod leaves_tests;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod probe_tests;
#[cfg(test)]
mod ruleless_tests;
#[cfg(test)]
mod rules_tests;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
