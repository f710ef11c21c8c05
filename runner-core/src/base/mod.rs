//! What every room uses and what knows none of them: errors, panics, time, threads and text for people.

mod clock;
mod error;
pub mod exit;
pub(crate) mod human;
mod last_words;
pub(crate) mod panic;
pub(crate) mod parallel;
mod shown_line;
mod space;
mod statistics;
mod streams;
mod style;

#[cfg(test)]
pub(crate) mod random_text;

pub(crate) use clock::{Clock, helpers_work, processor_time, rough_timestamp, timestamp};
pub use error::Error;
pub(crate) use error::{ErrorKind, Needs};
pub(crate) use human::{count, did_you_mean, nearest, printable, printable_lines, steers};
pub(crate) use last_words::{Say, with_last_words};
pub(crate) use panic::{Panic, catch, install_hook, panic_message};
pub(crate) use parallel::locked;
#[cfg(test)]
pub(crate) use random_text::Random;
pub(crate) use shown_line::shown_line;
pub use statistics::{Count, Estimate, Interval, Margin, Method, Shares, Verdict, Why, percent};
pub(crate) use statistics::{
    Direction, GridValue, Judged, Moments, Ranking, Rule, Sides, interquartile, judge, rank,
};
pub(crate) use streams::{Redirected, close_unread, is_output_kept, release_terminal};
pub(crate) use style::{ColorChoice, Style, can_draw, is_terminal};
