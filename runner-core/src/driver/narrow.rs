//! `--where` and `--all`: which of the runs that patterns select stay selected.

use super::planned::Planned;
use crate::{
    api::State,
    base::{Error, parallel},
    filter::{Filter, RunView},
    store::{Build, Record},
    value::{AnyValue, Lists, Tree},
};

impl Planned {
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
                crate::base::count(unshown, "stored run")
            ));
        }
        if filter.is_empty() {
            self.selected = selected;
            return Ok(());
        }
        let matches = parallel::try_map(
            &selected,
            || (),
            |&mut (), _, &index| {
                let is_match = self.with_row(filter, index, |row| filter.matches(row));
                Ok::<_, Error>(is_match)
            },
        )?;
        let narrowed: Vec<usize> = selected
            .iter()
            .zip(matches)
            .filter_map(|(&index, is_match)| is_match.then_some(index))
            .collect();
        if narrowed.is_empty() {
            let mut nothing = filter.nothing();
            for &index in &selected {
                self.with_row(filter, index, |row| nothing.look(row));
            }
            return Err(nothing.error());
        }
        self.selected = narrowed;
        Ok(())
    }

    /// Gives a look at one run.
    fn with_row<R>(
        &self,
        filter: &Filter,
        index: usize,
        look: impl FnOnce(&RunView<'_>) -> R,
    ) -> R {
        let shown = |value: &dyn AnyValue| value.shown(Lists::Keep).unwrap_or(Tree::Unit);
        let config = if filter.needs_config() {
            shown(self.study.config(index))
        } else {
            Tree::Unit
        };
        let hit = self.loaded[index].hit.as_ref();
        let output = hit
            .filter(|_| filter.needs_output())
            .map(|(output, _)| shown(&**output));
        let record = hit.map(|(_, record)| record);
        look(&RunView {
            config: &config,
            output: output.as_ref(),
            state: self.loaded[index].state.word(),
            duration: record.map(|record| record.duration),
            name: &self.identities[index].name,
            label: if filter.needs_label() {
                self.labels.get(index)
            } else {
                ""
            },
            build_is_other: record
                .filter(|_| filter.needs_build())
                .and_then(|record| self.is_of_other_build(record)),
        })
    }

    /// Whether a result is from another build of the program, as far as that can be known.
    pub(super) fn is_of_other_build(&self, record: &Record) -> Option<bool> {
        let current = self.build.get();
        let unknown = Build::default();
        (current != unknown && record.build != unknown).then(|| current != record.build)
    }
}
