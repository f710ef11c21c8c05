//! [`Tally`]: the sum of the events so far.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    api::Progress,
    base::printable,
    execute::{Event, LabelOf, LogTail},
};

#[derive(Default)]
pub(super) struct Tally {
    pub(super) to_run: usize,
    pub(super) jobs: usize,
    pub(super) finished: usize,
    pub(super) failures: Vec<ShownFailure>,
    /// In the order of their slots.
    pub(super) running: Vec<Running>,
    pub(super) waiting: Vec<Waiting>,
    label_of: Option<LabelOf>,
    /// The runs that have a result already, in order.
    rerun: Vec<usize>,
    /// Whether runs are verified.
    pub(super) verifies: bool,
    /// Time of the `timed` runs.
    timed_total: Duration,
    /// Number of runs that finished in this process.
    timed: u32,
}

pub(super) struct ShownFailure {
    pub(super) run: usize,
    pub(super) error: String,
    pub(super) backtrace: Option<String>,
    pub(super) last_lines: Option<String>,
}

pub(super) struct Running {
    pub(super) run: usize,
    slot: usize,
    pub(super) since: Instant,
    pub(super) progress: Arc<Progress>,
    pub(super) tail: Option<LogTail>,
}

pub(super) struct Waiting {
    pub(super) run: usize,
    pub(super) holder: String,
}

impl Tally {
    /// Whether a run keeps an older result if it fails.
    pub(super) fn is_rerun(&self, run: usize) -> bool {
        self.rerun.binary_search(&run).is_ok()
    }

    pub(super) fn count(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Planned {
                to_run,
                jobs,
                label_of,
                rerun,
                chosen,
                ..
            } => {
                (self.to_run, self.jobs) = (*to_run, *jobs);
                self.label_of = Some(Arc::clone(label_of));
                self.rerun.clone_from(rerun);
                self.verifies = chosen.is_some();
            }
            Event::Started {
                run,
                slot,
                progress,
                tail,
                ..
            } => {
                self.ended(*run);
                let place = self.running.partition_point(|other| other.slot <= *slot);
                let running = Running {
                    run: *run,
                    slot: *slot,
                    since: now,
                    progress: Arc::clone(progress),
                    tail: tail.clone(),
                };
                self.running.insert(place, running);
            }
            Event::Waiting { run, holder } => {
                self.ended(*run);
                self.waiting.push(Waiting {
                    run: *run,
                    holder: printable(holder).into_owned(),
                });
            }
            Event::Finished {
                run,
                duration,
                elsewhere,
                ..
            } => {
                self.ended(*run);
                self.finished += 1;
                if !elsewhere {
                    self.timed_total += *duration;
                    self.timed += 1;
                }
            }
            Event::Verified { run, duration, .. } => {
                self.ended(*run);
                self.finished += 1;
                self.timed_total += *duration;
                self.timed += 1;
            }
            Event::Retrying { run, .. } | Event::Stopped { run, .. } => self.ended(*run),
            Event::Resumed { after } => {
                for running in &mut self.running {
                    running.since += *after;
                }
            }
            Event::Interrupted { .. }
            | Event::Slow { .. }
            | Event::Suspended
            | Event::Status
            | Event::Output { .. }
            | Event::Note { .. } => {}
            Event::Failed {
                run,
                error,
                backtrace,
                last_lines,
                ..
            } => {
                self.ended(*run);
                self.failures.push(ShownFailure {
                    run: *run,
                    error: error.clone(),
                    backtrace: backtrace.clone(),
                    last_lines: last_lines.clone(),
                });
            }
            Event::Ended { .. } => {
                self.running.clear();
                self.waiting.clear();
            }
        }
    }

    /// Returns the number of runs that finished or failed.
    pub(super) fn done(&self) -> usize {
        self.finished + self.failures.len()
    }

    /// Estimates the time for the rest from the time of the finished runs.
    pub(super) fn time_left(&self, now: Instant) -> Option<Duration> {
        let mean = self.timed_total.checked_div(self.timed)?;
        let left = self.to_run.saturating_sub(self.done());
        let spent: Duration = self
            .running
            .iter()
            .map(|running| now.saturating_duration_since(running.since).min(mean))
            .sum();
        let work = mean
            .saturating_mul(u32::try_from(left).unwrap_or(u32::MAX))
            .saturating_sub(spent);
        let at_a_time = self.jobs.min(left).max(1);
        Some(work / u32::try_from(at_a_time).unwrap_or(u32::MAX))
    }

    /// Returns the label of a run, safe to print.
    pub(super) fn label(&self, run: usize) -> String {
        printable(&self.raw_label(run)).into_owned()
    }

    pub(super) fn raw_label(&self, run: usize) -> String {
        let label = self.label_of.as_ref().map(|label_of| label_of(run));
        label.unwrap_or_else(|| format!("run {run}"))
    }

    /// Forgets a run as running or waiting.
    fn ended(&mut self, run: usize) {
        self.running.retain(|running| running.run != run);
        self.waiting.retain(|waiting| waiting.run != run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(to_run: usize, jobs: usize) -> Tally {
        Tally {
            to_run,
            jobs,
            ..Tally::default()
        }
    }

    fn finished(run: usize, seconds: u64) -> Event {
        Event::Finished {
            run,
            duration: Duration::from_secs(seconds),
            elsewhere: false,
            attempts: 1,
            usage: None,
            is_same: None,
        }
    }

    fn started(run: usize, slot: usize) -> Event {
        Event::Started {
            run,
            slot,
            attempt: 1,
            progress: Arc::default(),
            timeout: None,
            tail: None,
        }
    }

    #[test]
    fn the_rest_takes_as_long_as_what_finished() {
        let start = Instant::now();
        let mut tally = tally(10, 2);
        assert_eq!(tally.time_left(start), None);
        tally.count(&finished(0, 10), start);
        tally.count(&finished(1, 20), start);
        // Eight runs of 15 s, two at a time.
        assert_eq!(tally.time_left(start), Some(Duration::from_secs(60)));
        tally.count(&started(2, 0), start);
        let later = start + Duration::from_secs(10);
        assert_eq!(tally.time_left(later), Some(Duration::from_secs(55)));
        // A run that takes longer than the others has no time left, not less.
        let much_later = start + Duration::from_secs(100);
        assert_eq!(
            tally.time_left(much_later),
            Some(Duration::from_millis(52_500))
        );
    }

    #[test]
    fn the_last_run_has_no_help_from_other_jobs() {
        let now = Instant::now();
        let mut tally = tally(2, 8);
        tally.count(&finished(0, 10), now);
        assert_eq!(tally.time_left(now), Some(Duration::from_secs(10)));
        tally.count(&finished(1, 10), now);
        assert_eq!(tally.time_left(now), Some(Duration::ZERO));
    }

    #[test]
    fn a_run_is_in_one_place_at_a_time() {
        let now = Instant::now();
        let mut tally = tally(3, 3);
        tally.count(&started(2, 1), now);
        tally.count(&started(1, 0), now);
        let slots: Vec<usize> = tally.running.iter().map(|running| running.run).collect();
        assert_eq!(slots, [1, 2]);
        for _ in 0..2 {
            let holder = "process 7".to_owned();
            tally.count(&Event::Waiting { run: 1, holder }, now);
        }
        assert_eq!((tally.running.len(), tally.waiting.len()), (1, 1));
        tally.count(&finished(1, 0), now);
        assert_eq!((tally.waiting.len(), tally.done()), (0, 1));
    }
}
