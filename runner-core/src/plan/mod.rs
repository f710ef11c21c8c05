//! Configs and what the store has → states. Pure: no I/O.

mod estimate;
mod identify;
mod nearest_run;
mod selection;
mod spread;

pub(crate) use estimate::{KNOWN_MAX, KnownTimes, hash, makespan};
pub(crate) use identify::{Identified, identify};
pub(crate) use nearest_run::{Difference, Kinship, Nearness, Sought, differences};
pub(crate) use selection::{Shard, select};
pub(crate) use spread::spread;
