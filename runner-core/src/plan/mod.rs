//! Configs and what the store has → states. Pure: no I/O.

mod estimate;
mod identify;
mod selection;
mod state;

pub(crate) use estimate::{Known, makespan};
pub(crate) use identify::{Identified, identify};
pub(crate) use selection::select;
pub use state::State;
