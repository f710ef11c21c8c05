//! What a value is: the fields of its type, its content as typed tokens, as a tree and as text.
//!
//! Nothing here reads a clock, a file or the environment: equal values give equal digests on every machine, for ever.
//! The tokens are pinned by golden vectors in `golden.rs`.

mod config;
mod key;
mod shaped;

pub(crate) mod codec;
mod compare;
mod compound;
mod cursor;
mod digest;
mod older;
mod schema;
mod tag;
mod walk;

mod added;
mod for_scalars;
mod kind;
mod leaf;
mod leaf_at;
mod leaves;
mod leaves_compound;
mod leaves_cursor;
mod output_shape;
mod probe;
mod probe_cursor;
mod scalar;
mod sketch;
mod sketch_serializer;
mod tree;
mod tree_de;
mod tree_error;
mod tree_leaves;
mod tree_parts;
mod tree_ser;
mod was;

mod any;
mod ask;
mod field;
mod given;
mod json_text;
pub(crate) mod notation;
mod path;
pub(crate) mod place;
mod splice;
mod suggest;
pub(crate) mod text;

#[cfg(test)]
mod former_tests;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod golden_scalars;
#[cfg(test)]
mod key_tests;
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
pub(crate) mod sample_config;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tree_tests;

pub use added::{Added, added};
pub(crate) use any::{AnyConfig, AnyValue, BoxedConfig, ConfigType, typed, untyped};
pub(crate) use ask::{Place, ProbeType, Takes, probe};
pub(crate) use codec::What;
pub(crate) use compare::{STORED_MAX, compare_shapes};
pub use config::{
    Config, Field, Former, HoldsConfig, Members, PlainShape, Probe, Rules, Shape, Shaped, Variant,
    members,
};
pub(crate) use digest::Digest;
pub(crate) use field::{field_at, remark};
pub(crate) use for_scalars::for_scalars;
pub(crate) use given::Given;
pub(crate) use json_text::{config_json, json_text};
pub use key::Key;
pub(crate) use key::{Identity, Origin};
pub(crate) use kind::{Kind, Whole, for_wholes};
pub(crate) use leaf::{Leaf, Mark, Value};
pub(crate) use leaf_at::leaf_at;
pub(crate) use leaves::{Names, leaves};
pub(crate) use output_shape::output_shape;
pub(crate) use place::{put, resolve, steps, without_aliases};
pub(crate) use probe::shape_of;
#[cfg(test)]
pub(crate) use sample_config::{Layer, Mode, Optimizer, Sample, Schedule, samples};
pub(crate) use schema::{Past, Schema};
pub(crate) use sketch::{Lists, witnesses};
pub(crate) use splice::Splice;
pub(crate) use suggest::no_such;
#[cfg(test)]
pub(crate) use testing::{config, field, variant};
pub(crate) use text::split;
pub(crate) use tree::{Form, Named, Tree, to_shown_tree};
pub(crate) use tree_error::TreeError;
pub(crate) use tree_ser::{Writer, Writing, Written};
pub(crate) use walk::{Scope, Walker};
pub use was::{Was, was};
