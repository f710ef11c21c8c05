//! Results on disk: found, stored once, never lost. `docs/format.md` says why each step is where it is.

mod base;
mod build;
mod build_id;
mod record;
mod stale;

mod added;
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
mod kept;
mod lock;
mod lockless;
mod machine;
mod prune;
mod publish;
mod run_json;
mod survey;
mod turn;
mod unfinished;

mod checkpoint_file;
mod cursor;
mod entries;
mod result_file;
mod value;

mod disk;
mod layout;
mod lock_file;
mod native;

mod directory;

#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;

pub(crate) use attempt::Attempt;
pub(crate) use base::{Access, Durability, Store};
pub(crate) use build::{Build, LazyBuild};
pub(crate) use checkpoint::FoundCheckpoint;
pub(crate) use checkpoint_file::CheckpointHeader;
pub(crate) use directory::{Digits, Directory};
pub(crate) use failure::Failure;
pub(crate) use lock::{CodeLock, Lock};
pub(crate) use prune::Reach;
pub(crate) use reader::Reader;
pub(crate) use record::{
    Decoded, Described, Finished, Look, Lookup, Publication, Record, StoredRun, Unfit, Usage,
    Wanted,
};
pub(crate) use stale::Stale;
pub(crate) use survey::Surveyed;
pub(crate) use value::as_stored;
