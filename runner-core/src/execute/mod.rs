//! From planned runs to results: one engine, events out.

mod engine;
mod event;
pub(crate) mod isolate;
mod panic;
mod task;

pub(crate) use engine::{Job, execute};
pub(crate) use event::{Event, LabelOf, Listener, Silent, Totals};
pub(crate) use panic::{catch, install_hook, panic_message};
pub(crate) use task::{Done, Outcome, Task};
