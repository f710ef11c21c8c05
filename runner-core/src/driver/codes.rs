//! Results of other code than the program's: how they are told, and taken for results of this code.

use std::collections::BTreeSet;

use super::planned::Planned;
use crate::{
    base::{Error, count, locked},
    cli::{Action, Request},
    filter::Filter,
};

/// Maximum number of parts of the code that a list names.
const NAMED_MAX: usize = 2;

impl Planned {
    /// Takes note of the code that computed a run's result.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(super) fn look_at_code(&self, run: usize, code: u128) -> Result<(), Error> {
        let now = self.outline.code.digest();
        if code != 0 && now != 0 && code != now && !self.store.codes.is_same(code, now)? {
            locked(&self.other_codes).insert(run, code);
        }
        Ok(())
    }

    /// Returns whether a run's result is of other code; none if that is not known.
    pub(super) fn is_of_other_code(&self, run: usize) -> Option<bool> {
        if locked(&self.other_codes).contains_key(&run) {
            return Some(true);
        }
        let hit = self.loaded[run].hit.as_ref();
        hit.and_then(|hit| (hit.has_code && self.outline.code.is_known()).then_some(false))
    }

    /// Returns the parts in which the code of a run's result differs; `None` if it does not.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(super) fn other_code(&self, run: usize) -> Result<Option<String>, Error> {
        let code = locked(&self.other_codes).get(&run).copied();
        let difference = |code| self.store.codes.difference(code, &self.outline.code);
        Ok(code
            .map(difference)
            .transpose()?
            .map(|parts| parts.to_string()))
    }

    /// As [`other_code`](Self::other_code), in a few words.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(super) fn other_code_in_short(&self, run: usize) -> Result<Option<String>, Error> {
        let Some(code) = locked(&self.other_codes).get(&run).copied() else {
            return Ok(None);
        };
        let difference = self.store.codes.difference(code, &self.outline.code)?;
        let names: Vec<&str> = difference.paths().take(NAMED_MAX).collect();
        let more = difference.count() - names.len();
        Ok(Some(match (names.len(), more) {
            (0, _) => "other code".to_owned(),
            (_, 0) => format!("other code: {}", names.join(", ")),
            (_, more) => format!("other code: {} and {more} more", names.join(", ")),
        }))
    }

    /// Warns of selected results of other code that are reported.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(super) fn tell_other_code(&mut self, request: &Request) -> Result<(), Error> {
        let is_listed = matches!(request.action, Action::List | Action::Why);
        if is_listed && !self.outline.code.has_sources() {
            self.warnings.push(
                "the sources were not there when the program was compiled: of its code, only the versions of packages are known"
                    .to_owned(),
            );
        }
        let is_reported = matches!(request.action, Action::Run | Action::Report);
        if !is_reported || request.rerun {
            return Ok(());
        }
        let (mut cached, mut others, mut codes) = (0_usize, 0_usize, BTreeSet::new());
        {
            let known = locked(&self.other_codes);
            let hits = self.selected.iter();
            for index in hits.filter(|index| self.loaded[**index].hit.is_some()) {
                cached += 1;
                if let Some(code) = known.get(index) {
                    others += 1;
                    codes.insert(*code);
                }
            }
        }
        if others == 0 {
            return Ok(());
        }
        let mut parts = BTreeSet::new();
        for code in codes {
            let difference = self.store.codes.difference(code, &self.outline.code)?;
            parts.extend(difference.paths().map(str::to_owned));
        }
        let differ = match parts.len() {
            0 => "which parts differ is not known".to_owned(),
            1 => "1 part of it differs, see --why".to_owned(),
            number => format!("{number} parts of it differ, see --why"),
        };
        let is_or_are = if others == 1 { "is" } else { "are" };
        self.warnings.push(format!(
            "{others} of {} {is_or_are} of other code ({differ}); `--where code=other --rerun` does them again, \
             --accept takes them as they are",
            count(cached, "cached result")
        ));
        Ok(())
    }

    /// Notes that the selected results of other code count as those of this code. Returns their number.
    ///
    /// # Errors
    ///
    /// If there are none, or the store cannot be written.
    pub(crate) fn accept(&self) -> Result<usize, Error> {
        self.expect_code("`--accept` is about results of other code")?;
        let others: Vec<u128> = {
            let known = locked(&self.other_codes);
            let selected = self.selected.iter();
            selected
                .filter_map(|index| known.get(index).copied())
                .collect()
        };
        if others.is_empty() {
            return Err(Error::usage(
                "none of the selected runs has a result of other code: there is nothing to accept",
            ));
        }
        for code in others.iter().copied().collect::<BTreeSet<u128>>() {
            self.store.codes.accept(code, self.outline.code.digest())?;
        }
        Ok(others.len())
    }

    /// Refuses what asks for the code of an experiment that does not say it.
    ///
    /// # Errors
    ///
    /// If the experiment has no `CODE`.
    pub(super) fn expect_code_for(&self, filter: &Filter) -> Result<(), Error> {
        if filter.needs_code() {
            self.expect_code("`--where code=…` asks for the code of a result")?;
        }
        Ok(())
    }

    fn expect_code(&self, asked: &str) -> Result<(), Error> {
        if self.outline.code.is_known() {
            return Ok(());
        }
        Err(Error::usage(format!(
            "{asked}, and {} does not say its own: write `const CODE: Code = runner::code!();` in its `impl Experiment`",
            self.outline.short_name()
        )))
    }
}
