//! From planned runs to results: one engine, events out.

mod panic;

pub(crate) use panic::panic_message;
