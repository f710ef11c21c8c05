//! What the store has of the planned runs.

use crate::{
    api::{AnyOutput, State, Study},
    base::{Error, parallel},
    store::{Look, Lookup, Reader, Record, Stale, Store, Wanted},
    value::{Identity, Origin, Walker, compare_shapes, shape_of},
};

/// A run's state, with the result where there is one.
pub(crate) struct Loaded {
    pub(crate) state: State,
    pub(crate) hit: Option<(AnyOutput, Record)>,
    /// Whether the result was read through [`Experiment::upgrades`](crate::Experiment::upgrades).
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
pub(crate) fn load(
    store: &Store,
    study: &dyn Study,
    origin: &Origin,
    named_by_key: bool,
    identities: &[Identity],
    depth: Depth,
) -> Result<Vec<Loaded>, Error> {
    parallel::try_map(
        identities,
        || (Reader::default(), Walker::new()),
        |(reader, walker), run, identity| {
            let wanted = Wanted {
                identity,
                origin,
                named_by_key,
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
            let holder = match depth {
                Depth::Holders => store.locks.holder(identity.key)?,
                Depth::Results => None,
            };
            let state = if let Some(holder) = holder {
                State::Running(holder.to_string())
            } else if let Some(failure) = store.failures.get(identity.key)? {
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
        },
    )
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
