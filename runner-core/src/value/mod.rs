//! What a value is: the fields of its type, its content as typed tokens, as a tree and as text.
//!
//! Nothing here reads a clock, a file or the environment: equal values give equal digests on every machine, for ever.
//! The tokens are pinned by golden vectors in `golden.rs`.

mod config;
mod key;
mod long;
mod loss;
mod shaped;

pub(crate) mod codec;
mod compare;
mod compound;
mod cursor;
mod schema;
mod walk;

mod forms;
mod leaves;
mod made_up;
mod on_demand;
mod scalar;
mod self_describing;
mod tree;
mod tree_de;
mod tree_error;
mod tree_offer;
mod tree_parts;
mod tree_ser;
mod whole;
mod writing;

mod any;
mod ask;
mod difference;
mod entries;
pub(crate) mod json;
pub(crate) mod notation;
mod older;
pub(crate) mod path;
pub(crate) mod place;
pub(crate) mod text;
mod value_type;

#[cfg(test)]
mod compare_tests;
#[cfg(test)]
mod former_tests;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod golden_scalars;
#[cfg(test)]
mod json_tests;
#[cfg(test)]
mod key_tests;
#[cfg(test)]
mod leaves_tests;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod older_tests;
#[cfg(test)]
mod omitted_tests;
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

pub(crate) use any::{AnyValue, BoxedConfig, structures, typed, typed_ref, witnesses};
pub(crate) use ask::{Place, ProbeType, Takes};
pub(crate) use codec::What;
pub(crate) use compare::{compare_shapes, output_shape, shape_of};
pub use config::{
    Config, Field, Former, HoldsConfig, Members, PlainShape, Probe, Rules, Shape, Shaped, Variant,
    members,
};
pub(crate) use difference::{Differences, RunPaths};
pub(crate) use entries::check_entries;
pub(crate) use forms::Forms;
pub use key::Key;
pub(crate) use key::{Identity, Origin};
#[cfg(test)]
pub(crate) use leaves::leaves;
pub(crate) use leaves::{Leaf, Mark, Names, leaves_of};
pub(crate) use loss::Loss;
pub use loss::{BeforeAfter, ByEq, ByFields, ByShown, ByShownEq, Losses, Unseen};
pub(crate) use path::steps;
pub(crate) use place::{field_at, put, remark, resolve, without_aliases};
#[cfg(test)]
pub(crate) use sample_config::{Layer, Mode, Optimizer, Sample, Schedule, samples};
pub(crate) use scalar::{Digest, Kind, Value, Whole};
pub use schema::{Added, Was, added, added_in_order, was};
pub(crate) use schema::{Past, Schema};
pub(crate) use self_describing::{Encoding, is_self_describing};
#[cfg(test)]
pub(crate) use testing::{config, field, variant};
pub(crate) use text::split;
#[cfg(test)]
pub(crate) use tree::to_shown_tree;
pub(crate) use tree::{Named, Tree};
pub(crate) use tree_error::{TreeError, no_such};
pub(crate) use value_type::{ConfigType, ValueType, probe};
pub(crate) use walk::{Scope, Walker};
pub(crate) use writing::Lists;
#[cfg(test)]
pub(crate) use writing::Writing;
