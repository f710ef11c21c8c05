//! From planned runs to results: one engine, events out.

mod begun;
mod courier;
mod crew;
mod engine;
mod event;
mod event_loop;
mod isolate;
mod machine;
mod nesting;
mod queue;
mod ran;
mod second_look;

mod signals;
mod task;
mod verification;
mod verify;

pub(crate) use courier::Courier;
pub(crate) use engine::{Policy, SlotsOf, execute};
pub(crate) use event::{Event, LabelOf, Listener, Silent, Totals};
pub(crate) use isolate::{
    Isolation, LogTail, PRINTED, Processes, arguments, enter, is_worker_of_another,
};
pub(crate) use machine::{processes_max, stack_bytes};
pub(crate) use nesting::Nesting;
pub(crate) use queue::{Job, Trust};
pub(crate) use ran::{DoneRun, Outcome, PriorRun, Rerun};
pub(crate) use signals::{STATUS_KEY, Signals};
pub(crate) use task::Task;
pub(crate) use verification::{Differing, Third, Verification, VerifiedRun, Verify, value_lines};
