//! The typed token walk over serde values: what makes two configs, or two outputs, the same.
//!
//! Nothing here reads a clock, a file or the environment: equal values give equal digests on every machine, for ever.
//! The tokens are pinned by golden vectors in `golden.rs`.

mod added;
mod compound;
mod cursor;
mod digest;
mod leaf;
mod leaf_at;
mod leaves;
mod leaves_cursor;
mod path;
mod scalar;
mod schema;
mod tag;
mod walk;

pub use added::{Added, added};
pub use digest::Digest;
pub(crate) use leaf::{Kind, Leaf, Mark, Value};
pub(crate) use leaf_at::leaf_at;
pub(crate) use leaves::{Names, leaves};
pub(crate) use schema::Schema;
pub(crate) use walk::{Scope, Walker};

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
