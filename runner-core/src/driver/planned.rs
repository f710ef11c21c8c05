//! [`Planned`]: the configs of an invocation, what the store has of them, and which are selected.

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use super::{
    chosen::{self, OwnConfigs},
    verifying::Chosen,
};
use crate::{
    api::{Labels, MetricList, Outline, RowOrder, State, Study},
    base::{Error, human, parallel},
    cli::{Action, Describe, Outlook, Request},
    filter::{Filter, RunView, order_by},
    plan::{Identified, KnownTimes, identify, makespan, select},
    store::{Access, AnyOutput, Build, Decoded, LazyBuild, Record, Store},
    value::{AnyValue, Field, Identity, Lists, Names, Origin, Schema, Tree},
};

/// The configs of an invocation and what is known of their runs.
pub(crate) struct Planned {
    pub(super) outline: Outline,
    pub(super) origin: Arc<Origin>,
    pub(super) schema: Arc<Schema>,
    pub(super) store: Arc<Store>,
    pub(super) named_by_key: bool,
    pub(super) study: Arc<dyn Study>,
    /// By the place of the run, as in the study.
    pub(super) identities: Arc<Vec<Identity>>,
    pub(super) loaded: Vec<Loaded>,
    /// The runs that were going on when a program ended, with how often they were begun again since.
    pub(super) cut_off: HashMap<usize, u32>,
    /// The runs that failed just now.
    pub(super) failures: HashMap<usize, String>,
    pub(super) labels: Arc<Labels>,
    pub(super) selected: Vec<usize>,
    pub(super) order: RowOrder,
    pub(crate) warnings: Vec<String>,
    /// The code that computed the result of a run, if it is other code than the program's.
    pub(super) other_codes: Mutex<BTreeMap<usize, u128>>,
    /// The running program, read only on demand.
    pub(super) build: Arc<LazyBuild>,
    pub(super) chosen: Chosen,
    /// What `--prune` takes, of all that no config reaches.
    pub(super) of_pruned: Filter,
}

/// A run's state, with the result where there is one.
pub(crate) struct Loaded {
    pub(crate) state: State,
    pub(crate) hit: Option<Hit>,
}

/// A result that counts. There is one for each of perhaps a million runs, so it keeps no name that can be told.
pub(crate) struct Hit {
    /// `None` if nothing asks for it.
    pub(crate) output: Option<AnyOutput>,
    /// The name of its directory, unless it is the usual one.
    pub(super) directory: Option<Box<str>>,
    pub(crate) started: SystemTime,
    pub(crate) duration: Duration,
    pub(crate) build: Build,
    pub(crate) attempts: u32,
    /// Whether the result was read through [`Experiment::upgrades`](crate::Experiment::upgrades).
    pub(crate) is_upgraded: bool,
    /// Whether it is known which code computed it.
    pub(super) has_code: bool,
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

/// Opens the store; one that does not exist is not made yet if it may turn out that nothing is selected.
fn open_for(request: &Request, filter: &Filter) -> Result<Store, Error> {
    let may_be_empty = !filter.is_empty() || request.all || request.action != Action::Run;
    open(request, request.action.access(), may_be_empty)
}

/// Returns the filter of the configs, and that of what is pruned, which is not among them.
fn filters(filter: Filter, action: Action) -> Result<(Filter, Filter), Error> {
    match action {
        Action::Prune(_) if filter.needs_output() => Err(Error::usage(
            "leave what is about the output out of `--where`: `--prune` reads no outputs",
        )),
        Action::Prune(_) => Ok((Filter::default(), filter)),
        _ if filter.needs_size() => Err(Error::usage(
            "add `--prune`, or leave `size` out of `--where`: it is known only of what may be pruned",
        )),
        _ => Ok((filter, Filter::default())),
    }
}

/// Reads how the rows of the report are ordered.
///
/// # Errors
///
/// If there is no such field, or it has no order.
fn row_order(
    request: &Request,
    outline: &Outline,
    sample: Option<&dyn AnyValue>,
) -> Result<RowOrder, Error> {
    let by = request.sort.as_deref();
    let by = by.map(|field| order_by(field, outline.config, outline.probe_output, sample));
    Ok(RowOrder {
        by: by.transpose()?,
        top: request.top.map(NonZeroUsize::get),
    })
}

/// Identifies the configs and looks up what the store has of them.
///
/// # Errors
///
/// If there are no configs, one has no key or cannot be stored, a pattern selects nothing, or the store cannot be used.
pub(crate) fn plan(own: OwnConfigs, outline: Outline, request: &Request) -> Result<Planned, Error> {
    MetricList::prove(outline.metrics)?;
    let schema = Arc::new(Schema::new(outline.config.shape));
    let mut study = chosen::study(own, &outline, &schema, request)?;
    let sample = (study.len() > 0).then(|| study.config(0));
    let filter = Filter::parse(
        &request.wheres,
        outline.config,
        outline.probe_output,
        sample,
    )?;
    let order = row_order(request, &outline, sample)?;
    let (filter, of_pruned) = filters(filter, request.action)?;
    let origin = outline.origin();
    let Identified {
        mut identities,
        mut warnings,
    } = identify(&mut *study, 0, &origin)?;
    let listed = study.len();
    let mut opened = None;
    if request.all {
        let store = opened.insert(open_for(request, &filter)?);
        let stored = chosen::stored(store, outline.config, &origin, &schema, &identities)?;
        study.replace(listed, stored.configs);
        identities.extend(identify(&mut *study, listed, &origin)?.identities);
        warnings.extend(stored.warning);
    }
    if identities.is_empty() {
        return Err(Error::usage(format!(
            "{} has no configs: return some from `Experiment::configs`, or give them to `Runner::configs`",
            outline.short_name()
        )));
    }
    let identities = Arc::new(identities);
    let labels = Labels::new(Arc::clone(&identities), outline.config, &*study);
    // A mistake in a pattern is told before the store is made.
    let selected = select(
        &request.patterns,
        (0..identities.len()).map(|index| labels.get(index)),
        |index| identities[index].key,
    )?;
    warnings.extend(chosen::warn_of_place(&request.output_dir, request.action));
    let store = opened.map_or_else(|| open_for(request, &filter), Ok)?;
    let is_naming = |field: &Field| field.is_name() && field.is_skipped();
    let unknown = || Loaded {
        state: State::Missing,
        hit: None,
    };
    let mut planned = Planned {
        named_by_key: !outline.members.fields.iter().any(is_naming),
        outline,
        origin: Arc::new(origin),
        schema,
        store: Arc::new(store),
        study: Arc::from(study),
        loaded: std::iter::repeat_with(unknown)
            .take(identities.len())
            .collect(),
        identities,
        cut_off: HashMap::new(),
        failures: HashMap::new(),
        labels: Arc::new(labels),
        selected,
        order,
        warnings,
        other_codes: Mutex::default(),
        build: Arc::default(),
        chosen: Chosen::default(),
        of_pruned,
    };
    planned.load_selected(&filter, listed, request)?;
    planned.tell_other_code(request)?;
    match request.action {
        Action::Run => {
            planned.settle(&planned.to_run(request.rerun))?;
            planned.prepare_to_run(request)?;
        }
        Action::Report => planned.settle(&[])?,
        Action::Verify(amount) => planned.prepare_to_verify(amount, request.jobs.get())?,
        _ => {}
    }
    Ok(planned)
}

impl Planned {
    /// Looks up the selected runs, and leaves only what the filter accepts selected.
    fn load_selected(
        &mut self,
        filter: &Filter,
        listed: usize,
        request: &Request,
    ) -> Result<(), Error> {
        self.expect_code_for(filter)?;
        if filter.needs_store() {
            self.look_up(filter, request)?;
            self.leave_unreadable(listed)?;
            self.narrow(filter)?;
            self.take_shard(request);
        } else {
            // What is not selected is not read.
            self.narrow(filter)?;
            self.take_shard(request);
            self.look_up(filter, request)?;
            self.leave_unreadable(listed)?;
        }
        if !request.action.shows_outputs() {
            let hits = self.loaded.iter_mut();
            hits.flat_map(|loaded| &mut loaded.hit)
                .for_each(|hit| hit.output = None);
        }
        Ok(())
    }

    /// Makes the store if something is selected, and finds out whether it can be locked.
    fn prepare_to_run(&mut self, request: &Request) -> Result<(), Error> {
        if self.selected.is_empty() {
            return Ok(());
        }
        if self.store.is_absent() {
            let store = Store::open(&request.output_dir, Access::Write, request.durability)?;
            self.store = Arc::new(store);
        }
        if !self.to_run(request.rerun).is_empty() {
            // Before any process of a run starts, so that it and this one do the same.
            let note = self.store.try_locks()?;
            self.warnings.splice(0..0, note);
            self.find_cut_off(request)?;
        }
        Ok(())
    }

    /// Keeps what is needed of a run's record.
    pub(super) fn hit(&self, run: usize, output: Decoded, record: Record) -> Hit {
        let is_usual = record.directory == self.store.directory_of(&self.identities[run]);
        Hit {
            output: Some(output.value),
            directory: (!is_usual).then(|| record.directory.into()),
            started: record.started,
            duration: record.duration,
            build: record.build,
            attempts: record.attempts,
            is_upgraded: output.is_upgraded,
            has_code: record.code != 0,
        }
    }

    /// Returns the name of a run's directory: that of its result, or the one for it.
    pub(super) fn directory(&self, run: usize) -> String {
        let found = self.loaded[run].hit.as_ref();
        found.and_then(|hit| hit.directory.as_deref()).map_or_else(
            || self.store.directory_of(&self.identities[run]),
            str::to_owned,
        )
    }

    /// Leaves only one part of what is selected.
    fn take_shard(&mut self, request: &Request) {
        let Some(shard) = request.shard.filter(|_| !self.selected.is_empty()) else {
            return;
        };
        let of = human::count(self.selected.len(), "run");
        let selected = std::mem::take(&mut self.selected);
        self.selected = shard.of(selected, |index| self.identities[index].key);
        if self.selected.is_empty() {
            self.warnings
                .insert(0, format!("shard {shard} has none of {of}"));
        }
    }

    /// Returns a function that names runs.
    pub(crate) fn describe(&self) -> Describe {
        let (identities, labels) = (Arc::clone(&self.identities), Arc::clone(&self.labels));
        Box::new(move |index| (identities[index].key, labels.get(index).to_owned()))
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns the number and the estimated time of the runs that `request` would do.
    pub(crate) fn outlook(&self, request: &Request) -> Outlook {
        let durations = self.estimates(&self.to_run(request.rerun));
        let jobs = request.jobs.get();
        Outlook {
            rerun: request.rerun,
            jobs,
            estimate: durations.map(|durations| makespan(durations, jobs)),
        }
    }

    /// Estimates the duration of each of these runs; `None` if nothing is known of runs like them.
    pub(super) fn estimates(&self, runs: &[usize]) -> Option<Vec<Duration>> {
        let leaves_of = |index: usize| {
            let config = self.study.config(index);
            config.leaves(self.study.schema(), Names::Serde)
        };
        let mut recorded: Vec<(usize, Duration)> = self
            .loaded
            .iter()
            .enumerate()
            .filter_map(|(index, loaded)| Some((index, loaded.hit.as_ref()?.duration)))
            .collect();
        recorded.extend(self.unselected_durations());
        let known = KnownTimes::new(&recorded, |&index| leaves_of(index));
        if known.is_empty() {
            return None;
        }
        let estimate =
            |&mut (): &mut (), _, &index: &usize| -> Result<Duration, std::convert::Infallible> {
                Ok(known.estimate(&leaves_of(index)).unwrap_or_default())
            };
        parallel::try_map(runs, || (), estimate).ok()
    }
}

impl Planned {
    /// Leaves only what the filter accepts selected.
    ///
    /// # Errors
    ///
    /// If nothing is left.
    fn narrow(&mut self, filter: &Filter) -> Result<(), Error> {
        if filter.is_empty() {
            return Ok(());
        }
        let matches = parallel::try_map(
            &self.selected,
            || (),
            |&mut (), _, &index| {
                let is_match = self.with_row(filter, index, |row| filter.matches(row));
                Ok::<_, Error>(is_match)
            },
        )?;
        let narrowed: Vec<usize> = self
            .selected
            .iter()
            .zip(matches)
            .filter_map(|(&index, is_match)| is_match.then_some(index))
            .collect();
        if narrowed.is_empty() {
            let mut nothing = filter.nothing();
            for &index in &self.selected {
                self.with_row(filter, index, |row| nothing.look(row));
            }
            let explained = nothing.explain()?;
            self.warnings.push(format!("nothing to do: {explained}"));
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
        let output = hit.filter(|_| filter.needs_output());
        let output = output.and_then(|hit| hit.output.as_deref()).map(shown);
        look(&RunView {
            config: Some(&config),
            output: output.as_ref(),
            state: self.loaded[index].state.word(),
            duration: hit.map(|hit| hit.duration),
            age: hit.map(|hit| {
                SystemTime::now()
                    .duration_since(hit.started)
                    .unwrap_or_default()
            }),
            key: &self.identities[index].key.to_string(),
            name: &self.identities[index].name,
            label: if filter.needs_label() {
                self.labels.get(index)
            } else {
                ""
            },
            build_is_other: hit
                .filter(|_| filter.needs_build())
                .and_then(|hit| self.is_of_other_build(hit.build)),
            size: None,
            verified: filter
                .needs_verified()
                .then(|| self.verified_word(index))
                .flatten(),
            code_is_other: filter
                .needs_code()
                .then(|| self.is_of_other_code(index))
                .flatten(),
        })
    }

    /// Returns whether a result is from another build of the program; `None` if that is unknown.
    pub(super) fn is_of_other_build(&self, build: Build) -> Option<bool> {
        let current = self.build.get();
        let unknown = Build::default();
        (current != unknown && build != unknown).then(|| current != build)
    }
}
