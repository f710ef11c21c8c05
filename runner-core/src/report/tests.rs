//! What reports look like, to the character.

mod cells;
mod clash;
mod export;
mod groups;
mod metrics;
mod order;
mod table;
mod wide;

use super::format::Format;
use crate::api::Experiment;
use crate::api::Runs;

fn check<E: Experiment>(runs: &Runs<E>, format: Format, expected: &str) {
    let mut written = Vec::new();
    runs.write(format, &mut written)
        .expect("a vector takes everything");
    let written = String::from_utf8(written).expect("reports are text");
    assert_eq!(written, expected, "\n{written}");
}
