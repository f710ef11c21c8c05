//! Runs that were going on when their program ended: one of them may be the reason, so they come last.

use std::cmp::Reverse;

use super::planned::Planned;
use crate::{
    api::State,
    base::{Error, printable},
    cli::{JobOrder, Request},
    execute::{Job, Trust},
};

/// Maximum number of runs that are named.
const NAMED_MAX: usize = 3;

impl Planned {
    /// Finds the runs about to start that were going on when a program ended, and names them.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(super) fn find_cut_off(&mut self, request: &Request) -> Result<(), Error> {
        for index in self.to_run(request.rerun) {
            let key = self.identities[index].key;
            let has_no_result =
                matches!(self.loaded[index].state, State::Missing | State::Failed(_));
            if has_no_result && self.store.is_cut_off(key)? {
                let begun_again = self.store.failures.begun_again(key)?;
                self.cut_off.insert(index, begun_again);
            }
        }
        let hint = if request.isolate || request.timeout.is_some() {
            ""
        } else {
            "; with --isolate, a run ends nothing but itself"
        };
        let said = [
            (Trust::Less, "ended", "done last"),
            (Trust::Least, "ended again", "done last, and alone"),
        ];
        for (trust, ended, done) in said {
            let runs = self.cut_off.keys().copied();
            let mut runs: Vec<usize> = runs.filter(|&run| self.trust(run) == trust).collect();
            runs.sort_unstable();
            let names: Vec<String> = runs
                .iter()
                .take(NAMED_MAX)
                .map(|&run| format!("`{}`", printable(self.labels.get(run))))
                .collect();
            let (names, more) = (names.join(", "), runs.len().saturating_sub(NAMED_MAX));
            let warning = match (runs.len(), more) {
                (0, _) => continue,
                (1, _) => {
                    format!("the program {ended} while {names} was running: it is {done}{hint}")
                }
                (_, 0) => {
                    format!("the program {ended} while {names} were running: they are {done}{hint}")
                }
                _ => format!(
                    "the program {ended} while {names} and {more} more were running: they are {done}{hint}"
                ),
            };
            self.warnings.push(warning);
        }
        Ok(())
    }

    fn trust(&self, run: usize) -> Trust {
        match self.cut_off.get(&run) {
            None => Trust::Full,
            Some(0) => Trust::Less,
            Some(_) => Trust::Least,
        }
    }

    /// Returns the jobs of these runs in their order, and last those that were begun most often when a program ended.
    pub(super) fn jobs(
        &self,
        mut runs: Vec<usize>,
        slots: usize,
        order: Option<JobOrder>,
    ) -> Vec<Job> {
        match order {
            Some(JobOrder::AsGiven) => {}
            Some(JobOrder::Random) => runs.sort_by_key(|&run| self.identities[run].key),
            None if slots == 1 => {}
            Some(JobOrder::Longest) | None => {
                if let Some(estimates) = self.estimates(&runs) {
                    let mut order: Vec<_> = runs.iter().copied().zip(estimates).collect();
                    order.sort_by_key(|(_, estimate)| Reverse(*estimate));
                    runs = order.into_iter().map(|(index, _)| index).collect();
                }
            }
        }
        runs.sort_by_key(|run| self.cut_off.get(run).copied());
        let job = |run| Job::new(run, self.study.cost(run), self.trust(run));
        runs.into_iter().map(job).collect()
    }
}
