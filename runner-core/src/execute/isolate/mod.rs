//! Runs in processes of their own.
//!
//! A child is the same program, started again. It is told over a socket, its standard input until then, which config to run;
//! it locks, runs and publishes with the code that runs in threads use, so that a child that outlives its parent can
//! race nobody. The parent believes the store, not the child: neither its last words nor its exit status.
//!
//! - Parent: [`Isolated`] is one slot's share. It keeps a `Child`, and for each run a `Watch` over its words, its output and
//!   its time.
//! - Child: [`enter`] never returns there; `worker` takes orders, `guard` watches for the parent's end and for SIGTERM.

mod child;
mod death;
mod enter;
mod frame;
mod gauge;
mod guard;
mod isolated;
mod leftover;
mod limits;
mod log;
mod message;
mod meter;
mod program_file;
mod run_time;
mod stopwatch;
mod watch;
mod worker;

pub(super) use death::LAST_LINES;
pub(crate) use enter::{enter, is_worker_of_another};
pub(crate) use isolated::Isolated;
pub(crate) use limits::Isolation;
pub(crate) use log::LogTail;
pub(crate) use meter::Meter;
