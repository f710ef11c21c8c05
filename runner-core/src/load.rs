//! What the store has of the planned runs.

use crate::{
    canonical::{Names, Schema, Walker, compare_shapes, leaves, shape_of},
    error::Error,
    experiment::Experiment,
    key::Origin,
    parallel,
    plan::{Identified, State},
    store::{Look, Lookup, Reader, Record, Stale, Store, Wanted},
};

/// A run's state, with the result where there is one.
pub(crate) struct Loaded<E: Experiment> {
    pub(crate) state: State,
    pub(crate) hit: Option<(E::Output, Record)>,
    /// Whether the result was read through [`Experiment::upgrades`].
    pub(crate) is_upgraded: bool,
}

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Whether there is a result; enough before running.
    Results,
    /// Also who is running what has none.
    Holders,
}

/// Looks up every run, on all cores.
///
/// # Errors
///
/// If the store cannot be read.
pub(crate) fn load<E: Experiment>(
    store: &Store,
    origin: &Origin,
    schema: &Schema,
    named_by_key: bool,
    runs: &[Identified<E::Config>],
    depth: Depth,
) -> Result<Vec<Loaded<E>>, Error> {
    let upgrades = E::upgrades();
    parallel::try_map(
        runs,
        || (Reader::default(), Walker::new()),
        |(reader, walker), _, run| {
            let wanted = Wanted {
                identity: &run.identity,
                origin,
                named_by_key,
                leaves: &|| leaves(&run.config, schema, Names::Key),
            };
            let found = store.find(&wanted, reader, Look::Listed, |bytes, digest| {
                upgrades.decode_told(bytes, digest, &run.config, walker)
            })?;
            if let Lookup::Hit { output, record } = found {
                return Ok(Loaded {
                    state: State::Cached,
                    hit: Some((output.value, record)),
                    is_upgraded: output.is_upgraded,
                });
            }
            let holder = match depth {
                Depth::Holders => store.holder(run.identity.key)?,
                Depth::Results => None,
            };
            let state = if let Some(holder) = holder {
                State::Running(holder.to_string())
            } else if let Some(failure) = store.failure(run.identity.key)? {
                State::Failed(failure.error)
            } else {
                match found {
                    Lookup::Stale(stale) => State::Stale(explain::<E>(&stale)),
                    Lookup::Corrupt(reason) => State::Corrupt(reason),
                    Lookup::Missing | Lookup::Hit { .. } => State::Missing,
                }
            };
            Ok(Loaded {
                state,
                hit: None,
                is_upgraded: false,
            })
        },
    )
}

/// Names the field that changed, where that can be known.
fn explain<E: Experiment>(stale: &Stale) -> String {
    let difference = match stale {
        Stale::Output { shape, .. } => compare_shapes(shape, &shape_of::<E::Output>()),
        Stale::Format(_) | Stale::Added { .. } | Stale::Claimed { .. } | Stale::Upgrade(_) => None,
    };
    difference.map_or_else(
        || stale.to_string(),
        |difference| format!("the output type changed: {difference}"),
    )
}
