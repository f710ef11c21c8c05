//! What the store has of the planned runs.

use super::planned::{Loaded, Planned};
use crate::{
    api::{State, Study},
    base::{Error, parallel},
    cli::Request,
    filter::Filter,
    store::{Access, Look, Lookup, ResultReader, Stale, Wanted},
    value::{Walker, compare_shapes, shape_of},
};

impl Planned {
    /// Looks up every run, on all cores.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(super) fn look_up(&mut self, filter: &Filter, request: &Request) -> Result<(), Error> {
        // Before running, it is enough whether there is a result, unless the filter asks for more.
        let shows_holders = request.action.access() != Access::Write || filter.needs_store();
        self.loaded = parallel::try_map(
            &self.identities,
            || (ResultReader::default(), Walker::new()),
            |(reader, walker), run, _| self.load(run, reader, walker, shows_holders),
        )?;
        Ok(())
    }

    fn load(
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
            named_by_key: self.named_by_key,
            configs: study,
            run,
        };
        let found = store.find(&wanted, reader, Look::Listed, &mut |bytes, digest| {
            study.decode(run, bytes, digest, walker)
        })?;
        if let Lookup::Hit { output, record } = found {
            return Ok(Loaded {
                state: State::Cached,
                hit: Some((output.value, record)),
                is_upgraded: output.is_upgraded,
            });
        }
        let holder = shows_holders.then(|| store.locks.holder(key)).transpose()?;
        let state = if let Some(holder) = holder.flatten() {
            State::Running(holder.to_string())
        } else if let Some(failure) = store.failures.get(key)? {
            State::Failed(failure.error)
        } else {
            match found {
                Lookup::Stale(stale) => State::Stale(explain(study, &stale)),
                Lookup::Corrupt(reason) => State::Corrupt(reason),
                Lookup::Missing | Lookup::Hit { .. } => State::Missing,
            }
        };
        Ok(Loaded {
            state,
            hit: None,
            is_upgraded: false,
        })
    }
}

/// Names the field that changed, where that can be known.
fn explain(study: &dyn Study, stale: &Stale) -> String {
    let difference = match stale {
        Stale::Output { shape, .. } => compare_shapes(shape, &shape_of(study.probe_output())),
        Stale::Format(_) | Stale::Added { .. } | Stale::Claimed { .. } | Stale::Upgrade(_) => None,
    };
    difference.map_or_else(
        || stale.to_string(),
        |difference| format!("the output type changed: {difference}"),
    )
}
