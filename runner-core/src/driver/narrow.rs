//! `--where` and `--all`: which of the runs that patterns select stay selected.

use super::Planned;
use crate::{
    error::Error,
    experiment::Experiment,
    filter::{Filter, Row, Typed},
    plan::State,
    store::{Build, Record},
};

impl<E: Experiment> Planned<E> {
    /// Leaves only what the filter accepts selected, and of the runs behind the first `listed`, which no config reaches, only
    /// those with a result.
    ///
    /// # Errors
    ///
    /// If nothing is left.
    pub(super) fn narrow(&mut self, filter: &Filter, listed: usize) -> Result<(), Error> {
        let is_shown = |&index: &usize| index < listed || self.loaded[index].state == State::Cached;
        let selected: Vec<usize> = self.selected.iter().copied().filter(is_shown).collect();
        let unshown = self.selected.len() - selected.len();
        if selected.is_empty() {
            return Err(Error::usage(
                "no stored run that is selected can be read: the output has another type now",
            ));
        }
        if unshown > 0 {
            self.warnings.push(format!(
                "{} cannot be shown: the output has another type now",
                crate::human::count(unshown, "stored run")
            ));
        }
        if filter.is_empty() {
            self.selected = selected;
            return Ok(());
        }
        let typed: Vec<_> = selected
            .iter()
            .map(|&index| {
                let output = self.loaded[index]
                    .hit
                    .as_ref()
                    .map(|(output, _)| Typed(output));
                (index, Typed(&self.runs[index].config), output)
            })
            .collect();
        let rows = typed.iter().map(|(index, config, output)| {
            let index = *index;
            let record = self.loaded[index].hit.as_ref().map(|(_, record)| record);
            Row {
                config,
                output: output.as_ref().map(|output| output as _),
                state: self.loaded[index].state.word(),
                duration: record.map(|record| record.duration),
                name: &self.runs[index].identity.name,
                label: if filter.needs_label() {
                    self.labels.get(index)
                } else {
                    ""
                },
                build_is_other: record
                    .filter(|_| filter.needs_build())
                    .and_then(|record| self.is_of_other_build(record)),
            }
        });
        let narrowed: Vec<usize> = selected
            .iter()
            .zip(rows.clone())
            .filter(|(_, row)| filter.matches(row))
            .map(|(&index, _)| index)
            .collect();
        if narrowed.is_empty() {
            return Err(filter.selects_nothing(rows));
        }
        self.selected = narrowed;
        Ok(())
    }

    /// Whether a result is from another build of the program, as far as that can be known.
    pub(super) fn is_of_other_build(&self, record: &Record) -> Option<bool> {
        let current = self.build.get();
        let unknown = Build::default();
        (current != unknown && record.build != unknown).then(|| current != record.build)
    }
}
