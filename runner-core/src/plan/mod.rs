//! Configs and what the store has → states. Pure: no I/O.

mod state;

pub use state::State;
