//! Tests of whole programs, as their users start them.

mod checkpoint;
mod events;
mod program;
mod shard;
mod tidy;
