//! Results on disk: found, stored once, never lost. `docs/format.md` says why each step is where it is.
//!
//! The files stand in four groups, each built on those above it: the disk, names and notes on it, the parts of a [`Store`], and
//! what a store does.

mod again;
mod bytes;
mod disk;
mod file_system;
mod held_locks;
mod layout;
mod lock_file;
mod native;
mod room;
mod spare;
mod trees;

mod build;
mod directory;
mod locking;
mod notes;

mod agreement;
mod announcements;
mod batch;
mod checkpoint;
mod code;
mod failure;
mod lock;
mod reader;
mod record;
mod result_file;
mod run_directory;
mod stored_value;
mod verified;

mod artifacts;
mod aside;
mod attempt;
mod base;
mod find;
mod prune;
mod publish;
mod turn;
mod verify;

#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;

pub(crate) use artifacts::ArtifactDifference;
pub(crate) use attempt::Attempt;
pub(crate) use base::Store;
pub(crate) use build::{Build, LazyBuild};
pub(crate) use checkpoint::{CheckpointHeader, FoundCheckpoint};
pub use code::Code;
pub(crate) use directory::{Digits, Directory};
pub(crate) use disk::{Access, Durability};
pub(crate) use failure::Failure;
pub(crate) use lock::{ByteLock, Lock, SlotLocks};
pub(crate) use prune::{Prunable, Reach};
pub(crate) use reader::ResultReader;
pub(crate) use record::{
    AnyOutput, Decoded, Described, Effort, Finished, Look, Lookup, Publication, Record, Stale,
    StoredRun, Unfit, Usage, Wanted,
};
pub(crate) use stored_value::as_stored;
pub(crate) use verified::VerifiedNote;
pub(crate) use verify::VerifyStore;
