//! Writes [`Runs`].

use std::{fmt, io};

use super::{Format, Rows, Screen, terminal, write};
use crate::api::{Experiment, Runs};

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

impl<E: Experiment> fmt::Display for Runs<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let page = Screen {
            width: f.width(),
            ..Screen::PLAIN
        };
        f.write_str(&terminal(&Rows::of(self), page))
    }
}
