//! Results on disk: found, stored once, never lost. `docs/format.md` says why each step is where it is.

mod base;
mod build;
mod build_id;
mod record;
mod stale;

mod added;
mod agreement;
mod claimed;
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
mod text_file;
mod turn;
mod unfinished;

mod checkpoint_file;
mod cursor;
mod entries;
mod result_file;
mod value;

mod disk;
mod event_file;
mod json_text;
mod layout;
mod lock_file;
mod native;

pub(crate) use attempt::Attempt;
pub(crate) use base::{Access, Durability, Store};
pub(crate) use build::{Build, LazyBuild};
pub(crate) use checkpoint::FoundCheckpoint;
pub(crate) use checkpoint_file::CheckpointHeader;
#[cfg(test)]
pub(crate) use disk::Disk;
pub(crate) use event_file::EventFile;
pub(crate) use failure::Failure;
pub(crate) use json_text::config_json;
pub(crate) use lock::{CodeLock, Lock};
pub(crate) use prune::Reach;
pub(crate) use reader::Reader;
pub(crate) use record::{
    Described, Finished, Look, Lookup, Publication, Record, StoredRun, Usage, Wanted,
};
pub(crate) use stale::Stale;
pub(crate) use survey::Surveyed;
pub(crate) use text_file::read_text;
pub(crate) use value::as_stored;

#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;
