//! The lookup of the selected runs in the store.

use std::time::Duration;

use super::planned::{Loaded, Planned};
use crate::{
    api::{State, Study},
    base::{Error, count, parallel},
    cli::Request,
    filter::Filter,
    plan::KNOWN_MAX,
    store::{Access, Look, Lookup, ResultReader, Stale, Wanted},
    value::{Walker, compare_shapes, shape_of},
};

impl Planned {
    /// Returns how long some of the runs took that are not selected, as far as that is told at a glance.
    pub(super) fn unselected_durations(&self) -> Vec<(usize, Duration)> {
        let mut is_selected = vec![false; self.identities.len()];
        self.selected
            .iter()
            .for_each(|&index| is_selected[index] = true);
        let unselected = (0..is_selected.len()).filter(|&index| !is_selected[index]);
        let listed: Vec<usize> = unselected
            .filter(|&index| self.store.is_listed(self.identities[index].key))
            .collect();
        let mut reader = ResultReader::default();
        let step = listed.len().div_ceil(KNOWN_MAX).max(1);
        let some = listed.into_iter().step_by(step);
        some.filter_map(|index| {
            let duration = self.store.duration(&self.identities[index], &mut reader)?;
            Some((index, duration))
        })
        .collect()
    }

    /// Looks up the selected runs, on all cores.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(super) fn look_up(&mut self, filter: &Filter, request: &Request) -> Result<(), Error> {
        // Before running, it is enough whether there is a result, unless the filter asks for more.
        let shows_holders = request.action.access() != Access::Write || filter.needs_store();
        let keeps_outputs = request.action.shows_outputs() || filter.needs_output();
        let loaded = parallel::try_map(
            &self.selected,
            || (ResultReader::default(), Walker::new()),
            |(reader, walker), _, &run| {
                let mut loaded = self.load(run, reader, walker, shows_holders)?;
                if !keeps_outputs && let Some(hit) = &mut loaded.hit {
                    hit.output = None;
                }
                Ok::<_, Error>(loaded)
            },
        )?;
        for (&run, loaded) in self.selected.iter().zip(loaded) {
            self.loaded[run] = loaded;
        }
        Ok(())
    }

    pub(super) fn load(
        &self,
        run: usize,
        reader: &mut ResultReader,
        walker: &mut Walker,
        shows_holders: bool,
    ) -> Result<Loaded, Error> {
        let (store, study, key) = (&self.store, &*self.study, self.identities[run].key);
        let wanted = Wanted {
            identity: &self.identities[run],
            origin: &self.origin,
            code: &self.outline.code,
            named_by_key: self.named_by_key,
            configs: study,
            run,
        };
        let found = store.find(&wanted, reader, Look::Listed, &mut |bytes, digest| {
            study.decode(run, bytes, digest, walker)
        })?;
        if let Lookup::Hit { output, record } = found {
            self.look_at_code(run, record.code)?;
            let record = store.put_right(key, record);
            return Ok(Loaded {
                state: State::Cached,
                hit: Some(self.hit(run, output, record)),
            });
        }
        let holder = shows_holders.then(|| store.locks.holder(key)).transpose()?;
        let state = if let Some(holder) = holder.flatten() {
            State::Running(holder.to_string())
        } else if let Some(failure) = store.failures.get(key)? {
            State::Failed(failure.error)
        } else {
            match found {
                Lookup::Stale(stale) => {
                    if let Stale::Code { code, .. } = stale {
                        self.look_at_code(run, code)?;
                    }
                    State::Stale(explain(study, &stale))
                }
                Lookup::Corrupt(reason) => State::Corrupt(reason),
                Lookup::Missing | Lookup::Hit { .. } => State::Missing,
            }
        };
        Ok(Loaded { state, hit: None })
    }

    /// Leaves of the runs behind the first `listed`, which no config reaches, only those selected that have a result.
    ///
    /// # Errors
    ///
    /// If nothing is left.
    pub(super) fn leave_unreadable(&mut self, listed: usize) -> Result<(), Error> {
        let is_shown = |&index: &usize| index < listed || self.loaded[index].state == State::Cached;
        let selected: Vec<usize> = self.selected.iter().copied().filter(is_shown).collect();
        let unshown = self.selected.len() - selected.len();
        if selected.is_empty() && unshown > 0 {
            return Err(Error::usage(
                "no stored run that is selected can be read: the output has another type now",
            ));
        }
        if unshown > 0 {
            self.warnings.push(format!(
                "{} cannot be shown: the output has another type now",
                count(unshown, "stored run")
            ));
        }
        self.selected = selected;
        Ok(())
    }
}

/// Names the field that changed, where that can be known.
fn explain(study: &dyn Study, stale: &Stale) -> String {
    let difference = match stale {
        Stale::Output { shape, .. } => compare_shapes(shape, &shape_of(study.probe_output())),
        Stale::Format(_)
        | Stale::Added { .. }
        | Stale::Claimed { .. }
        | Stale::Code { .. }
        | Stale::Upgrade(_) => None,
    };
    difference.map_or_else(
        || stale.to_string(),
        |difference| format!("the output type changed: {difference}"),
    )
}
