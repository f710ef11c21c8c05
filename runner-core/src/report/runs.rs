//! Writes [`Runs`].

use std::{collections::HashMap, fmt, io};

use super::{
    Comparison, Format, Rows, Screen,
    best::{best, shares},
    comparison::compare,
    terminal, write,
};
use crate::{
    api::{Best, Experiment, Filtered, Run, Runs},
    base::{Error, Shares},
};

impl<E: Experiment> Runs<E> {
    /// Puts the runs that have a result in the order of the rows.
    pub(crate) fn sort(&mut self) {
        if self.order.by.is_some() {
            let mut places = Rows::of(self).places();
            for place in 0..places.len() {
                // What was there has gone to a later place, which knows where from.
                let mut from = places[place];
                while from < place {
                    from = places[from];
                }
                places[place] = from;
                self.runs.swap(place, from);
            }
        }
    }

    /// Writes the default table to standard output: as wide as the terminal, with a bold heading where that is allowed.
    ///
    /// # Errors
    ///
    /// If standard output cannot be written, a closed pipe included.
    pub fn print(&self) -> io::Result<()> {
        let page = Screen::stdout(self.color);
        write(
            &Rows::of(self),
            Format::Table,
            &mut io::stdout().lock(),
            page,
        )
        .map(drop)
    }

    /// Writes the runs to `out` in `format`, in plain text of any width.
    ///
    /// # Errors
    ///
    /// If `out` cannot be written.
    pub fn write(&self, format: Format, mut out: impl io::Write) -> io::Result<()> {
        write(&Rows::of(self), format, &mut out, Screen::PLAIN).map(drop)
    }
}

impl<'a, E: Experiment> Filtered<'a, E> {
    /// As [`Runs::compare`].
    pub fn compare<K: PartialEq>(&self, key: impl Fn(&E::Config) -> K, with: K) -> Comparison {
        let rows = Rows::of_part(self);
        let mut known = vec![with];
        let mut keys = HashMap::new();
        for (index, config) in self.configs() {
            let key = key(config);
            let place = known
                .iter()
                .position(|other| *other == key)
                .unwrap_or_else(|| {
                    known.push(key);
                    known.len() - 1
                });
            keys.insert(index, place);
        }
        compare(&rows, &rows.by_index(&keys))
    }

    /// As [`Runs::best`].
    pub fn best(&self) -> Option<Best<'a, E>> {
        let (metric, places, ties) = best(&Rows::of_part(self))?;
        let mut cells = self.cells_at(&places).into_iter();
        Some(Best {
            metric,
            cell: cells.next()?,
            ties: cells.take(ties).collect(),
        })
    }

    /// As [`Runs::shares`].
    ///
    /// # Errors
    ///
    /// As [`Runs::shares`].
    pub fn shares(&self, mut number: impl FnMut(&Run<E>) -> f64) -> Result<Shares, Error> {
        let values = self.runs.iter().map(|run| (run.facts.index, number(run)));
        shares(&Rows::of_part(self), &values.collect())
    }
}

impl<E: Experiment> Runs<E> {
    /// Compares the configs with other keys with those of the key `with`, all else equal: each optimizer with SGD at the same learning
    /// rate, in pairs of the same seed.
    ///
    /// The fields that are the same for all configs of a key belong to it; the others, except for replicates, must be equal. The metrics
    /// are those of [`Experiment::metrics`]; without any, the numbers of the output are compared and not judged.
    pub fn compare<K: PartialEq>(&self, key: impl Fn(&E::Config) -> K, with: K) -> Comparison {
        self.all().compare(key, with)
    }

    /// The config that is best by the first metric that is maximized or minimized, and those that cannot be told from it; none
    /// without such a metric, or if no config has all of its results.
    ///
    /// A config whose runs failed in part is never the best. The best of many looks better than it is: of twelve equal ones with three
    /// seeds each, by about one standard deviation.
    pub fn best(&self) -> Option<Best<'_, E>> {
        self.all().best()
    }

    /// The parts that the fields, pairs of them, and replicates have in the variance of a number: which field matters, and how much
    /// is noise.
    ///
    /// # Errors
    ///
    /// If the configs are no full grid with as many results everywhere, or the number is the same for all or not finite.
    pub fn shares(&self, number: impl FnMut(&Run<E>) -> f64) -> Result<Shares, Error> {
        self.all().shares(number)
    }
}

impl<E: Experiment> fmt::Display for Runs<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(&Rows::of(self), f)
    }
}

impl<E: Experiment> fmt::Display for Filtered<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(&Rows::of_part(self), f)
    }
}

fn display(rows: &Rows<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let page = Screen {
        width: f.width(),
        ..Screen::PLAIN
    };
    f.write_str(&terminal(rows, page))
}

impl<E: Experiment> fmt::Debug for Filtered<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filtered")
            .field("runs", &self.runs)
            .field("failed", &self.failed)
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}
