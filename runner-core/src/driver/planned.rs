//! One invocation: configs → plan → execute → runs.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::chosen;
use super::load::{Depth, Loaded, load};
use crate::{
    api::{Experiment, Labels, Outline, Study, Typed},
    base::{Error, human, parallel},
    cli::{Action, Describe, Outlook, Request},
    filter::Filter,
    plan::{Identified, Known, identify, makespan, select},
    store::{Access, LazyBuild, Store},
    value::{Identity, Names, Origin, Schema},
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
    /// The runs that failed just now.
    pub(super) failures: HashMap<usize, String>,
    pub(super) labels: Arc<Labels>,
    /// The runs that were asked for.
    pub(super) selected: Vec<usize>,
    pub(crate) warnings: Vec<String>,
    /// The running program, looked at only where somebody asks for it.
    pub(super) build: Arc<LazyBuild>,
}

/// Configs with their identities, before anything is known of their runs.
struct Draft {
    outline: Outline,
    origin: Origin,
    schema: Arc<Schema>,
    identities: Vec<Identity>,
    labels: Labels,
    filter: Filter,
    /// How many of the configs are not only in the store.
    listed: usize,
    warnings: Vec<String>,
    /// The store, if it had to be asked for configs.
    opened: Option<Store>,
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

/// Identifies the configs and looks up what the store has of them; the configs themselves are in the study.
///
/// # Errors
///
/// If there are no configs, one has no key, a pattern selects nothing, or the store cannot be used.
pub(crate) fn plan<E: Experiment>(
    configs: impl FnOnce() -> Vec<E::Config>,
    request: &Request,
) -> Result<(Planned, Arc<Typed<E>>), Error> {
    let outline = Outline::of::<E>();
    let configs = chosen::configs::<E>(configs, request, &outline.short_name())?;
    let filter = Filter::parse::<E::Config, E::Output>(&request.wheres, configs.first())?;
    let schema = Arc::new(Schema::new(outline.config.shape));
    let mut study = Typed::<E>::new(configs, Arc::clone(&schema));
    let draft = Draft::new(&mut study, outline, schema, filter, request)?;
    let study = Arc::new(study);
    let planned = Planned::new(draft, Arc::clone(&study) as Arc<dyn Study>, request)?;
    Ok((planned, study))
}

impl Draft {
    /// Identifies the configs of `study`, and adds those of the store if they were asked for.
    fn new(
        study: &mut dyn Study,
        outline: Outline,
        schema: Arc<Schema>,
        filter: Filter,
        request: &Request,
    ) -> Result<Self, Error> {
        let origin = outline.origin();
        let Identified {
            mut identities,
            mut warnings,
        } = identify(study, 0, &origin)?;
        let listed = study.len();
        // A mistake in a pattern is told before the store is made.
        let mut opened = None;
        if request.all {
            let store = opened.insert(open_for(request, &filter)?);
            let stored = chosen::stored(store, outline.config, &origin, &schema, &identities)?;
            study.extend(stored.configs);
            identities.extend(identify(study, listed, &origin)?.identities);
            warnings.extend(stored.warning);
        }
        let names = identities.iter().map(|run| run.name.as_str());
        let labels = Labels::new(names, outline.config, study);
        Ok(Self {
            outline,
            origin,
            schema,
            identities,
            labels,
            filter,
            listed,
            warnings,
            opened,
        })
    }
}

impl Planned {
    fn new(draft: Draft, study: Arc<dyn Study>, request: &Request) -> Result<Self, Error> {
        let Draft {
            outline,
            origin,
            schema,
            identities,
            labels,
            filter,
            listed,
            warnings,
            opened,
        } = draft;
        if identities.is_empty() {
            return Err(Error::usage(format!(
                "{} has no configs: return some from `Experiment::configs`, or give them to `Runner::configs`",
                outline.short_name()
            )));
        }
        let access = request.action.access();
        let selected = select(
            &request.patterns,
            (0..identities.len()).map(|index| labels.get(index)),
        )?;
        let store = opened.map_or_else(|| open_for(request, &filter), Ok)?;
        // Before running, whether there is a result is enough, unless somebody asks for more.
        let depth = if access == Access::Write && !filter.needs_store() {
            Depth::Results
        } else {
            Depth::Holders
        };
        let named_by_key = !outline
            .members
            .fields
            .iter()
            .any(|field| field.is_name() && field.is_skipped());
        let loaded = load(&store, &*study, &origin, named_by_key, &identities, depth)?;
        let mut planned = Self {
            failures: HashMap::new(),
            outline,
            origin: Arc::new(origin),
            schema,
            store: Arc::new(store),
            named_by_key,
            study,
            identities: Arc::new(identities),
            loaded,
            labels: Arc::new(labels),
            selected,
            warnings,
            build: Arc::default(),
        };
        planned.narrow(&filter, listed)?;
        if request.action == Action::Run && planned.store.is_absent() {
            // Now that something is selected, there is something to store.
            let store = Store::open(&request.output_dir, access, request.durability)?;
            planned.store = Arc::new(store);
        }
        planned.take_shard(request);
        if request.action == Action::Run && !planned.to_run(request.rerun).is_empty() {
            // Before any process of a run starts, so that it and this one do the same.
            let note = planned.store.locking.try_locks()?;
            planned.warnings.splice(0..0, note);
        }
        Ok(planned)
    }

    /// Leaves only one part of what is selected.
    fn take_shard(&mut self, request: &Request) {
        let Some(shard) = request.shard else { return };
        let of = human::count(self.selected.len(), "run");
        let selected = std::mem::take(&mut self.selected);
        self.selected = shard.of(selected, |index| self.identities[index].key);
        if self.selected.is_empty() {
            self.warnings
                .insert(0, format!("shard {shard} has none of {of}"));
        }
    }

    /// What names a run, for as long as it takes.
    pub(crate) fn describe(&self) -> Describe {
        let (identities, labels) = (Arc::clone(&self.identities), Arc::clone(&self.labels));
        Box::new(move |index| (identities[index].key, labels.get(index).to_owned()))
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
    pub(super) fn estimates(&self, runs: &[usize]) -> Option<Vec<Duration>> {
        let leaves_of = |index: usize| {
            let config = self.study.config(index);
            config.leaves(self.study.schema(), Names::Serde)
        };
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
}
