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
mod deferred;
mod failure;
mod holder;
mod lock;
mod locking;
mod machine;
mod prune;
mod publish;
mod run_json;
mod turn;
mod unfinished;

mod bytes;
mod entries;
mod result_file;
mod value;

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
pub(crate) use base::{Access, Durability, Store};
pub(crate) use build::{Build, LazyBuild};
pub(crate) use checkpoint::{CheckpointHeader, FoundCheckpoint};
pub(crate) use directory::{Digits, Directory};
pub(crate) use failure::Failure;
pub(crate) use lock::{CodeLock, Lock};
pub(crate) use prune::Reach;
pub(crate) use reader::{Reader, Surveyed};
pub(crate) use record::{
    AnyOutput, Decoded, Described, Finished, Look, Lookup, Publication, Record, Stale, StoredRun,
    Unfit, Usage, Wanted,
};
pub(crate) use value::as_stored;
