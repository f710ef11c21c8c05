//! The table that the benchmark prints.

use std::{fmt, time::Duration};

use crate::contestant::Contestant;

#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<String>,
    runs_max: usize,
}

impl Table {
    /// Adds a case with the times of every contestant, in the order of `Contestant::ALL`.
    pub(crate) fn add(&mut self, case: &str, runs: usize, times: &[Vec<Duration>; 3]) {
        let medians = times
            .each_ref()
            .map(|times| median(&mut times.clone()).as_secs_f64());
        let handwritten = medians[1];
        let cells = medians.iter().map(|&seconds| {
            format!(
                "{:9.2} µs/run {:5.2}",
                seconds / f64::from(u32::try_from(runs).unwrap_or(u32::MAX)) * 1e6,
                seconds / handwritten
            )
        });
        self.rows.push(format!(
            "{case:<40}{}",
            cells.collect::<Vec<_>>().join("   ")
        ));
        self.note_runs(runs);
        eprintln!("{}", self.rows[self.rows.len() - 1]);
    }

    pub(crate) fn note_runs(&mut self, runs: usize) {
        self.runs_max = self.runs_max.max(runs);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<40}", "time a run, and ratio to hand-written")?;
        for contestant in Contestant::ALL {
            write!(f, "{:>22}   ", contestant.to_string())?;
        }
        writeln!(f)?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
