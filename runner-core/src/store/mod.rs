//! Results on disk: found, stored once, never lost. `docs/format.md` says why each step is where it is.

mod base;
mod build;
mod record;

mod absences;
mod agreement;
mod find;
mod listing;
mod reader;

mod aside;
mod attempt;
mod batch;
mod checkpoint;
mod failure;
mod holder;
mod lock;
mod locking;
mod prune;
mod publish;
mod run_directory;
mod turn;

mod bytes;
mod entries;
mod result_file;

mod disk;
mod files;
mod layout;
mod lock_file;
mod native;
mod notes;
mod process;

mod directory;

#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;

pub(crate) use attempt::Attempt;
pub(crate) use base::Store;
pub(crate) use build::{Build, LazyBuild};
pub(crate) use checkpoint::{CheckpointHeader, FoundCheckpoint};
pub(crate) use directory::{Digits, Directory};
pub(crate) use disk::{Access, Durability};
pub(crate) use entries::as_stored;
pub(crate) use failure::Failure;
pub(crate) use lock::{ByteLock, Lock};
pub(crate) use prune::Reach;
pub(crate) use reader::Reader;
pub(crate) use record::{
    AnyOutput, Decoded, Described, Effort, Finished, Look, Lookup, Publication, Record, Stale,
    StoredRun, Unfit, Usage, Wanted,
};
