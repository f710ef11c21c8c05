//! Tests of whole programs, as their users start them, and of what the derive writes into a crate of theirs.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "`UPDATE_EXPECT=1` writes what programs print in this way"
)]

mod apart;
mod bad_input;
mod bar;
mod changing;
mod checkpoint;
mod code;
mod completing;
mod corrupt;
mod cramped;
mod derive;
mod embedded;
mod events;
mod evolution;
mod expressions;
mod fault_clock;
mod fault_disk;
mod fault_kills;
#[cfg(target_os = "linux")]
mod fault_orphan;
mod fault_output;
mod fault_random;
#[cfg(target_os = "linux")]
mod fault_readme;
mod fault_signals;
mod fault_storm;
mod flags;
mod formats;
mod inside;
mod isolate;
mod isolate_kill;
mod judged;
mod kill;
mod library;
mod links;
#[cfg(target_os = "linux")]
mod memory;
mod numbers;
mod ordered;
mod own;
mod pins;
mod pins_stored;
mod poison;
mod process;
mod program;
mod pruning;
mod rerun;
mod result_file;
mod selecting;
mod session;
mod shard;
mod sharing;
mod shown;
#[cfg(target_os = "linux")]
mod spoil;
mod stopping;
mod streams;
mod suspend;
mod sweeping;
mod terminal;
mod tidy;
mod types;
mod users;
mod verify;
mod verifying;
mod versions;
