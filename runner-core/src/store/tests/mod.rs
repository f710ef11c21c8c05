//! The store against real files, and against a disk that crashes.

mod agreement;
mod artifacts;
mod checkpoint;
mod code;
mod crash;
mod damage;
mod deferred;
mod evolution;
mod fixture;
mod foreign;
mod lifecycle;
mod lock_file;
mod lockless;
mod machine;
mod naming;
mod near_locks;
mod others;
mod prune;
mod refusing;
mod special;
mod stale_names;
mod trees;
