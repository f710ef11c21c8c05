//! From planned runs to results: one engine, events out.

mod event;
mod panic;

pub(crate) use event::{Event, LabelOf, Listener, Silent, Totals};
pub(crate) use panic::panic_message;
