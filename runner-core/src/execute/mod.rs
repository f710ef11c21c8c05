//! From planned runs to results: one engine, events out.

mod collector;
mod engine;
mod event;
pub(crate) mod isolate;
mod machine;
mod panic;
mod queue;
mod ran;
mod rerun;
mod signals;
mod slow;
mod task;

pub(crate) use collector::GRACE;
pub(crate) use engine::{Policy, execute};
pub(crate) use event::{Event, LabelOf, Listener, Silent, Tell, Totals};
pub(crate) use panic::{Panic, catch, install_hook, panic_message};
pub(crate) use queue::Job;
pub(crate) use rerun::{Found, Rerun};
pub(crate) use signals::{STATUS_KEY, Signals};
pub(crate) use task::{Done, Outcome, Task};
