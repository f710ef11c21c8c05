//! One invocation: configs → plan → execute → runs.

mod chosen;
mod execution;
mod listed;
mod narrow;
mod older;
mod prune;
mod why;

#[cfg(test)]
mod given_back;

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

pub(crate) use execution::Ending;

use crate::{
    canonical::{Names, Schema, leaves},
    cli::{Describe, Outlook},
    config::{Config, Shaped},
    error::Error,
    experiment::{Experiment, short_name},
    filter::Filter,
    human,
    key::Origin,
    load::{Depth, Loaded, load},
    parallel,
    plan::{Identified, Known, State, identify, makespan, select},
    report::{Facts, Failed, Labels, Missing, Run, Runs},
    request::{Action, ColorChoice, Request},
    store::{Access, LazyBuild, Store},
};

/// The configs of an invocation and what is known of their runs.
pub(crate) struct Planned<E: Experiment> {
    origin: Arc<Origin>,
    schema: Arc<Schema>,
    store: Arc<Store>,
    named_by_key: bool,
    runs: Arc<Vec<Identified<E::Config>>>,
    loaded: Vec<Loaded<E>>,
    /// The runs that failed just now.
    failures: HashMap<usize, String>,
    labels: Arc<Labels<E::Config>>,
    /// The runs that were asked for.
    selected: Vec<usize>,
    pub(crate) warnings: Vec<String>,
    /// The running program, looked at only where somebody asks for it.
    build: Arc<LazyBuild>,
}

fn open(request: &Request, access: Access, may_be_empty: bool) -> Result<Store, Error> {
    let open = |access| Store::open(&request.output_dir, access, request.durability);
    if access == Access::Write && may_be_empty {
        let store = open(Access::Read)?;
        if store.is_absent() {
            return Ok(store);
        }
    }
    open(access)
}

impl<E: Experiment> Planned<E> {
    /// Identifies the configs and looks up what the store has of them.
    ///
    /// # Errors
    ///
    /// If there are no configs, one has no key, a pattern selects nothing, or the store cannot be used.
    pub(crate) fn new(
        configs: impl FnOnce() -> Vec<E::Config>,
        request: &Request,
    ) -> Result<Self, Error> {
        let origin = Origin {
            experiment: E::name().to_owned(),
            version: E::VERSION,
        };
        let short = short_name(E::name());
        let configs = chosen::configs::<E>(configs, request, &short)?;
        let schema = Arc::new(Schema::new(<E::Config as Shaped>::SHAPE));
        let filter = Filter::parse::<E::Config, E::Output>(&request.wheres, configs.first())?;
        let access = request.action.access();
        let open = || open(request, access, !filter.is_empty() || request.all);
        let (mut runs, mut warnings) = identify(configs, &origin, &short, &schema)?;
        let listed = runs.len();
        // A mistake in a pattern is told before the store is made.
        let mut opened = None;
        if request.all {
            let store = opened.insert(open()?);
            let stored = chosen::stored::<E>(store, &origin, &schema, &short, &runs)?;
            warnings.extend(stored.warning);
            runs.extend(stored.runs);
        }
        if runs.is_empty() {
            return Err(Error::usage(format!(
                "{short} has no configs: return some from `Experiment::configs`, or give them to `Runner::configs`"
            )));
        }
        let labels = Arc::new(Labels::new(
            runs.iter()
                .map(|run| (run.identity.name.as_str(), &run.config)),
        ));
        let selected = select(
            &request.patterns,
            (0..runs.len()).map(|index| labels.get(index)),
        )?;
        let store = opened.map_or_else(open, Ok)?;
        // Before running, whether there is a result is enough, unless somebody asks for more.
        let depth = if access == Access::Write && !filter.needs_store() {
            Depth::Results
        } else {
            Depth::Holders
        };
        let named_by_key = !E::Config::FIELDS
            .iter()
            .any(|field| field.is_name() && field.is_skipped());
        let loaded = load::<E>(&store, &origin, &schema, named_by_key, &runs, depth)?;
        let mut planned = Self {
            failures: HashMap::new(),
            origin: Arc::new(origin),
            schema,
            store: Arc::new(store),
            named_by_key,
            runs: Arc::new(runs),
            loaded,
            labels,
            selected,
            warnings,
            build: Arc::default(),
        };
        planned.narrow(&filter, listed)?;
        if access == Access::Write && planned.store.is_absent() {
            // Now that something is selected, there is something to keep.
            let store = Store::open(&request.output_dir, access, request.durability)?;
            planned.store = Arc::new(store);
        }
        planned.take_shard(request);
        if request.action == Action::Run && !planned.to_run(request.rerun).is_empty() {
            // Before any process of a run starts, so that it and this one do the same.
            let note = planned.store.try_locks()?;
            planned.warnings.splice(0..0, note);
        }
        Ok(planned)
    }

    /// Leaves only one part of what is selected.
    fn take_shard(&mut self, request: &Request) {
        let Some(shard) = request.shard else { return };
        let of = human::count(self.selected.len(), "run");
        let selected = std::mem::take(&mut self.selected);
        self.selected = shard.of(selected, |index| self.runs[index].identity.key);
        if self.selected.is_empty() {
            self.warnings
                .insert(0, format!("shard {shard} has none of {of}"));
        }
    }

    /// What names a run, for as long as it takes.
    pub(crate) fn describe(&self) -> Describe {
        let (runs, labels) = (Arc::clone(&self.runs), Arc::clone(&self.labels));
        Box::new(move |index| (runs[index].identity.key, labels.get(index).to_owned()))
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What is known of the runs that `request` would do.
    pub(crate) fn outlook(&self, request: &Request) -> Outlook {
        let durations = self.estimates(&self.to_run(request.rerun));
        let jobs = request.jobs.get();
        Outlook {
            rerun: request.rerun,
            jobs,
            estimate: durations.map(|durations| makespan(durations, jobs)),
        }
    }

    /// How long each of these runs will take; `None` if nothing is known of runs like them.
    fn estimates(&self, runs: &[usize]) -> Option<Vec<Duration>> {
        let leaves_of = |index: usize| leaves(&self.runs[index].config, &self.schema, Names::Serde);
        let recorded: Vec<(usize, Duration)> = self
            .loaded
            .iter()
            .enumerate()
            .filter_map(|(index, loaded)| Some((index, loaded.hit.as_ref()?.1.duration)))
            .collect();
        let known = Known::new(&recorded, |&index| leaves_of(index));
        if known.is_empty() {
            return None;
        }
        let estimate =
            |&mut (): &mut (), _, &index: &usize| -> Result<Duration, std::convert::Infallible> {
                Ok(known.estimate(&leaves_of(index)).unwrap_or_default())
            };
        parallel::try_map(runs, || (), estimate).ok()
    }

    /// What a report sees of the selected runs.
    pub(crate) fn into_runs(self, color: ColorChoice) -> Runs<E> {
        let Self {
            store,
            schema,
            runs,
            loaded,
            mut failures,
            labels,
            selected,
            ..
        } = self;
        let mut is_selected = vec![false; runs.len()];
        for index in selected {
            is_selected[index] = true;
        }
        let root: Arc<Path> = store.root().into();
        let mut done =
            Vec::with_capacity(loaded.iter().filter(|loaded| loaded.hit.is_some()).count());
        let (mut failed, mut missing) = (Vec::new(), Vec::new());
        // Only a run that did not stop in time still holds on to the configs.
        let runs = Arc::try_unwrap(runs).unwrap_or_else(|runs| runs.to_vec());
        for (index, (run, Loaded { state, hit, .. })) in runs.into_iter().zip(loaded).enumerate() {
            if !is_selected[index] {
                continue;
            }
            let Identified { config, identity } = run;
            let (output, record) = hit.unzip();
            let mut facts = Facts {
                key: identity.key,
                root: Arc::clone(&root),
                directory: None,
                duration: Duration::ZERO,
                is_cached: state == State::Cached,
                labels: Arc::clone(&labels),
                index,
            };
            if let Some(record) = record {
                facts.duration = record.duration;
                if record.directory != store.directory_of(&identity) {
                    facts.directory = Some(record.directory.into());
                }
            }
            match (failures.remove(&index), output, state) {
                (Some(error), ..) | (None, None, State::Failed(error)) => {
                    failed.push(Failed {
                        config,
                        error,
                        facts,
                    });
                }
                (None, Some(output), _) => done.push(Run {
                    config,
                    output,
                    facts,
                }),
                (None, None, state) => missing.push(Missing {
                    config,
                    reason: state.to_string(),
                    facts,
                }),
            }
        }
        Runs {
            color,
            ..Runs::new(done, failed, missing, schema)
        }
    }
}
