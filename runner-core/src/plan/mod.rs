//! Configs and what the store has → states. Pure: no I/O.

mod estimate;
mod identify;
mod selection;
mod shard;
mod state;

pub(crate) use estimate::{Known, makespan};
pub(crate) use identify::{Identified, identify};
pub(crate) use selection::select;
pub(crate) use shard::Shard;
pub use state::State;
