//! From planned runs to results: one engine, events out.

mod collector;
mod engine;
mod event;
pub(crate) mod isolate;
mod keys;
mod machine;
mod panic;
mod queue;
mod rerun;
mod retry;
mod signals;
mod slow;
mod suspension;
mod task;

pub(crate) use collector::GRACE;
pub(crate) use engine::{Policy, execute};
pub(crate) use event::{Event, LabelOf, Listener, Silent, Tell, Totals};
pub(crate) use keys::STATUS_KEY;
pub(crate) use panic::{Panic, catch, install_hook, panic_message};
pub(crate) use queue::Job;
pub(crate) use rerun::{Found, Rerun};
pub(crate) use signals::Signals;
pub(crate) use suspension::Suspension;
pub(crate) use task::{Done, Outcome, Task};
