//! From the plan to the engine and back.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

use super::{
    planned::{Loaded, Planned},
    verifying::Recomputed,
};
use crate::{
    api::{Shared, State},
    base::{Clock, Error},
    cli::{Action, JobOrder, Request},
    execute::{
        self, DoneRun, Event, LabelOf, Listener, Nesting, Outcome, Policy, PriorRun, Rerun,
        Signals, Task, Totals, Verification, VerifiedRun,
    },
    store::Decoded,
};

/// Maximum number of runs at a time. Each has a thread, and a process ends if the memory map of one more thread has no room.
const THREADS_MAX: usize = 4096;

/// The numbers of runs that were tried, apart from the failed ones.
#[derive(Clone, Copy, Default)]
struct Tried {
    finished: usize,
    /// Those of them that needed more than one attempt.
    retried: usize,
    /// Whether enough had failed to start nothing more.
    is_given_up: bool,
    /// Those that ended without a result since they were asked to stop.
    stopped: usize,
    /// Those that were verified.
    same: usize,
    differ: usize,
    skipped: usize,
}

/// The end of the execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completion {
    Complete,
    /// A signal ended it before everything was tried.
    Interrupted,
}

impl Planned {
    /// Returns the number of runs at a time: what is asked for, as far as there may be enough threads, and files open.
    fn jobs_at_a_time(&mut self, request: &Request) -> usize {
        let asked = request.jobs.get();
        let jobs = asked.min(THREADS_MAX);
        // Without so many runs, it makes no difference.
        if jobs < asked && self.selected.len() > jobs {
            self.warnings.push(format!(
                "only {jobs} runs at a time, not {asked}: a process has no room for more threads"
            ));
        }
        let most = execute::processes_max();
        if jobs <= most || !(request.isolate || request.timeout.is_some()) {
            return jobs;
        }
        self.warnings.push(format!(
            "only {most} runs at a time, not {jobs}: more processes of their own would need more open files than `ulimit -n` allows"
        ));
        most
    }

    /// Returns the selected runs that an invocation would do.
    pub(super) fn to_run(&self, rerun: bool) -> Vec<usize> {
        let selected = self.selected.iter().copied();
        selected
            .filter(|&index| rerun || self.loaded[index].state != State::Cached)
            .collect()
    }

    /// Does what is not cached, or everything with `rerun`.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(crate) fn execute(
        &mut self,
        request: &Request,
        listener: &mut dyn Listener,
        mut signals: Option<&mut Signals>,
    ) -> Result<Completion, Error> {
        let clock = Clock::default();
        let verifies = matches!(request.action, Action::Verify(_));
        let (to_run, cached) = if verifies {
            (self.chosen.runs.clone(), 0)
        } else {
            let to_run = self.to_run(request.rerun);
            let cached = self.selected.len() - to_run.len();
            (to_run, cached)
        };
        if !request.rerun && !verifies {
            self.retire_notes();
        }
        if to_run.is_empty() {
            if let Some(signals) = &mut signals {
                signals.warn_last();
            }
            self.end(listener, (cached, cached), Tried::default(), clock.now());
            return Ok(Completion::Complete);
        }
        let nesting = Nesting::here(
            &self.store.absolute(self.store.root()),
            self.outline.is_exclusive,
        );
        let _needing = nesting.need(to_run.iter().map(|&index| self.identities[index].key))?;
        let build = Arc::clone(&self.build);
        if self.outline.is_exclusive {
            // Nothing may go on beside a run that measures time.
            build.get();
        } else {
            // Without room for another thread, the first run that needs it reads it.
            let _ = thread::Builder::new().spawn(move || build.get());
        }
        let asked = cached + to_run.len();
        let (beside, verify) = verifies.then(|| self.open_to_verify()).transpose()?.unzip();
        let store = beside.as_ref().map_or(&self.store, |beside| &beside.store);
        let store = Arc::clone(store);
        let jobs = self.jobs_at_a_time(request);
        let labels = Arc::clone(&self.labels);
        let label_of: LabelOf = Arc::new(move |index| labels.get(index).to_owned());
        let of_program = signals.is_some().then(|| Arc::clone(&label_of));
        listener.event(&Event::Planned {
            selected: self.selected.len(),
            cached,
            to_run: to_run.len(),
            jobs,
            label_of,
            rerun: to_run
                .iter()
                .copied()
                .filter(|&index| self.loaded[index].state == State::Cached)
                .collect(),
            chosen: verifies.then(|| self.chosen.how.clone()),
        });
        let rerun = request.rerun.then(|| self.rerun(&to_run)).transpose()?;
        let shared = Arc::new(Shared::default());
        let task = Arc::new(Task {
            outline: self.outline,
            store,
            origin: Arc::clone(&self.origin),
            study: Arc::clone(&self.study),
            identities: Arc::clone(&self.identities),
            rerun,
            verify,
            named_by_key: self.named_by_key,
            build: Arc::clone(&self.build),
            cancel: nesting.cancel(),
            shared: Arc::clone(&shared),
            isolation: request.isolation(),
            clock: clock.clone(),
            nesting: nesting.clone(),
            stack_bytes: request.stack_bytes.unwrap_or_else(execute::stack_bytes),
            arguments: execute::arguments(),
            label_of: of_program,
        });
        let policy = Policy {
            slots: jobs,
            slots_of: request.slots_of,
            retries: request.retries,
            failures_max: request.failures_max.map_or(usize::MAX, NonZeroUsize::get),
            grace: request.grace,
            longest: self.longest(),
        };
        // Those that are verified were chosen in the order in which most is known soonest.
        let order = request.order.or(verifies.then_some(JobOrder::AsGiven));
        let jobs = self.jobs(to_run, policy.slots, order);
        let executed = execute::execute(&task, jobs, policy, listener, signals)?;
        self.tell_unnoted(task.verify.as_ref());
        drop(task);
        beside.as_ref().inspect(|beside| beside.leave());
        // Only a run that did not stop in time still has them.
        if let Some(shared) = Arc::into_inner(shared) {
            self.warnings.extend(shared.release());
        }
        let mut tried = self.take_outcomes(executed.outcomes);
        let elapsed = clock.now();
        let enough = request.failures_max.map_or(usize::MAX, NonZeroUsize::get);
        tried.is_given_up = !executed.is_interrupted && self.failures.len() >= enough;
        self.end(listener, (asked, cached), tried, elapsed);
        Ok(if executed.is_interrupted {
            Completion::Interrupted
        } else {
            Completion::Complete
        })
    }

    /// Takes what became of the runs that were tried.
    fn take_outcomes(&mut self, outcomes: Vec<(usize, Outcome)>) -> Tried {
        let (mut tried, mut recomputed) = (Tried::default(), Recomputed::default());
        for (index, outcome) in outcomes {
            match outcome {
                Outcome::Done(DoneRun {
                    output,
                    record,
                    differences,
                    ..
                }) => {
                    recomputed.add(index, differences);
                    tried.finished += 1;
                    tried.retried += usize::from(record.attempts > 1);
                    let output = Decoded {
                        value: output,
                        is_upgraded: false,
                    };
                    self.loaded[index] = Loaded {
                        state: State::Missing,
                        hit: Some(self.hit(index, output, record)),
                    };
                }
                Outcome::Failed(failed) => {
                    self.failures.insert(index, failed.failure.error);
                }
                Outcome::Stopped(_) => tried.stopped += 1,
                Outcome::Verified(VerifiedRun { finding, .. }) => {
                    let count = match finding {
                        Verification::Same => &mut tried.same,
                        Verification::Differs(_) => &mut tried.differ,
                        Verification::Skipped(_) => &mut tried.skipped,
                    };
                    *count += 1;
                    self.chosen.findings.push((index, finding));
                }
                Outcome::Busy | Outcome::Broken(_) | Outcome::Differs(_) => {}
            }
        }
        self.tell_recomputed(&recomputed);
        tried
    }

    /// Removes the checkpoints of runs that have a result, and the notes that programs ended while they were going on. Those that
    /// cannot be removed do no harm.
    fn retire_notes(&self) {
        let has_checkpoints = !self.store.checkpoints.is_empty().unwrap_or(false);
        let has_cut_off = !self.store.failures.none_was_begun_again().unwrap_or(false);
        if !has_checkpoints && !has_cut_off {
            return;
        }
        for &index in &self.selected {
            if self.loaded[index].hit.is_some() {
                let key = self.identities[index].key;
                if has_checkpoints {
                    let _ = self.store.retire_checkpoint(key, &self.directory(index));
                }
                let _ = self.store.failures.forget_cut_off(key);
            }
        }
    }

    /// Returns the results and checkpoints of the runs that are done again.
    fn rerun(&self, to_run: &[usize]) -> Result<Rerun, Error> {
        let mut found = HashMap::new();
        for &index in to_run {
            let key = self.identities[index].key;
            let hit = self.loaded[index].hit.as_ref();
            let of_run = PriorRun {
                result: hit.map(|hit| hit.started),
                checkpoint: self.store.checkpoints.saved(key)?,
            };
            found.insert(key, of_run);
        }
        Ok(Rerun {
            started: SystemTime::now(),
            found,
        })
    }

    /// Returns the longest known duration of a run.
    fn longest(&self) -> Duration {
        let hits = self.loaded.iter().filter_map(|loaded| loaded.hit.as_ref());
        hits.map(|hit| hit.duration).max().unwrap_or_default()
    }

    fn end(
        &self,
        listener: &mut dyn Listener,
        (asked, cached): (usize, usize),
        tried: Tried,
        elapsed: Duration,
    ) {
        let Tried {
            finished,
            retried,
            is_given_up,
            stopped,
            same,
            differ,
            skipped,
        } = tried;
        let failed = self.failures.len();
        let missing = asked - cached - finished - failed - stopped - same - differ - skipped;
        listener.event(&Event::Ended {
            totals: Totals {
                cached,
                finished,
                retried,
                failed,
                stopped,
                missing,
                same,
                differ,
                skipped,
                is_given_up: is_given_up && missing > 0,
                elapsed,
            },
        });
    }
}
