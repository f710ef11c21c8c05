//! [`Chosen`]: the results that are verified; [`Recomputed`]: those that were replaced, and differ.

use crate::{execute::Verification, value::Differences};

/// The results that are verified.
#[derive(Default)]
pub(super) struct Chosen {
    pub(super) runs: Vec<usize>,
    /// How they were chosen, for people.
    pub(super) how: String,
    pub(super) findings: Vec<(usize, Verification)>,
}

/// The outputs that were computed again although there was a result.
#[derive(Default)]
pub(super) struct Recomputed {
    pub(super) compared: usize,
    pub(super) differ: Vec<(usize, Differences)>,
}

impl Recomputed {
    pub(super) fn add(&mut self, run: usize, differences: Option<Differences>) {
        let Some(differences) = differences else {
            return;
        };
        self.compared += 1;
        if differences.count > 0 {
            self.differ.push((run, differences));
        }
    }
}
