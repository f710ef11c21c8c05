//! Tests of whole programs, as their users start them.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "`UPDATE_EXPECT=1` writes what programs print in this way"
)]

mod bad_input;
mod changing;
mod checkpoint;
mod completing;
mod corrupt;
mod embedded;
mod events;
mod evolution;
mod flags;
mod formats;
mod isolate;
mod isolate_kill;
mod kill;
mod library;
mod process;
mod program;
mod pruning;
mod rerun;
mod selecting;
mod session;
mod shard;
mod sharing;
mod shown;
#[cfg(target_os = "linux")]
mod suspend;
mod tidy;
mod types;
mod versions;
