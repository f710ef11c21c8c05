//! [`Overrides`]: everything that the command line changes about the configs, applied together.

use super::{
    assignment::{Assignment, Axis, SweptField, Target, explain},
    replicates::Replicates,
};
use crate::{
    base::{Error, parallel},
    value::{
        AnyValue, BoxedConfig, ConfigType, Place, Schema, Takes, Tree, TreeError, Walker, notation,
        place,
    },
};

/// Maximum number of configs that sweeps make; more are a slip of the pen.
const CONFIGS_MAX: usize = 10_000_000;

/// The changes to every config: first `sets`, then the product of `sweeps`, the last of them fastest, and replicates of
/// each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Overrides {
    pub(crate) sets: Vec<Assignment>,
    pub(crate) sweeps: Vec<SweptField>,
    /// The sweeps go through their values side by side.
    pub(crate) zip: bool,
    pub(crate) replicates: Option<usize>,
}

impl Overrides {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the changed configs, in the order of `configs`. A config without a replicate field stays one.
    ///
    /// # Errors
    ///
    /// If a field does not exist or does not take what is written.
    pub(crate) fn apply(
        &self,
        of: ConfigType,
        configs: &[&dyn AnyValue],
    ) -> Result<Vec<BoxedConfig>, Error> {
        let mut plan = Plan::new(of, self)?;
        let per_config = plan.count()?;
        let count = configs.len().checked_mul(per_config);
        let Some(count) = count.filter(|count| *count <= CONFIGS_MAX) else {
            return Err(Error::usage(format!(
                "the sweeps make more than {CONFIGS_MAX} configs"
            )));
        };
        if let Some(first) = configs.first() {
            check_round_trip(of, *first)?;
        }
        if let Some(replicates) = &plan.replicates {
            replicates.check(of.shape, configs)?;
        }
        let indexes: Vec<usize> = (0..count).collect();
        loop {
            let made = parallel::try_map(&indexes, Vec::new, |places, _, index| {
                plan.config(configs, index / per_config, index % per_config, places)
            });
            match made {
                Ok(made) => return Ok(made.into_iter().flatten().collect()),
                Err(refused) => {
                    if refused.error.duplicate().is_none()
                        || !plan.leave_aliases(configs[refused.index])?
                    {
                        return Err(plan.refusal(&refused, configs.len()));
                    }
                }
            }
        }
    }
}

/// The reason why a config cannot be made.
struct Refused {
    /// The place of the config that it would be made of.
    index: usize,
    error: TreeError,
}

/// One field with its new value.
struct Set {
    target: Target,
    value: Tree,
}

/// The overrides with their places found and their values listed.
struct Plan {
    of: ConfigType,
    sets: Vec<Set>,
    axes: Vec<Axis>,
    zip: bool,
    replicates: Option<Replicates>,
}

impl Plan {
    fn new(of: ConfigType, overrides: &Overrides) -> Result<Self, Error> {
        let sets = overrides.sets.iter().map(|set| {
            let (target, place) = set.target(of)?;
            Ok(Set {
                target,
                value: value(&set.text, &place),
            })
        });
        let sets = sets.collect::<Result<_, Error>>()?;
        let axes: Vec<Axis> = overrides
            .sweeps
            .iter()
            .map(|sweep| sweep.axis(of))
            .collect::<Result<_, Error>>()?;
        check_distinct(&axes)?;
        if overrides.zip {
            check_zip(&axes)?;
        }
        let replicates = overrides.replicates.map(Replicates::new).transpose()?;
        Ok(Self {
            of,
            sets,
            axes,
            zip: overrides.zip,
            replicates,
        })
    }

    /// Calls every field by the name that serde writes, as this config shows it; whether any was called otherwise.
    ///
    /// # Errors
    ///
    /// If a field turns out to be swept twice.
    fn leave_aliases(&mut self, config: &dyn AnyValue) -> Result<bool, Error> {
        let mut is_changed = false;
        let of_axes = self.axes.iter_mut().map(|axis| &mut axis.target);
        for target in self
            .sets
            .iter_mut()
            .map(|set| &mut set.target)
            .chain(of_axes)
        {
            let path = place::without_aliases(self.of, config, target.path.clone());
            is_changed |= path != target.path;
            target.path = path;
        }
        check_distinct(&self.axes)?;
        Ok(is_changed)
    }

    /// Returns the number of configs that are made of one.
    fn count(&self) -> Result<usize, Error> {
        let mut lengths = self.axes.iter().map(|axis| axis.values.len());
        let values = if self.zip {
            lengths.next()
        } else {
            lengths.try_fold(1, usize::checked_mul)
        };
        values
            .and_then(|values| values.checked_mul(self.replicates_count()))
            .ok_or_else(|| Error::usage("the sweeps make too many configs"))
    }

    fn replicates_count(&self) -> usize {
        self.replicates
            .as_ref()
            .map_or(1, |replicates| replicates.count)
    }

    /// Finds the place of the value of each axis for the combination with this number. Returns the number of the replicate.
    fn choose(&self, mut number: usize, places: &mut Vec<usize>) -> usize {
        let replicates = self.replicates_count();
        let replicate = number % replicates;
        number /= replicates;
        places.clear();
        places.resize(self.axes.len(), number);
        if !self.zip {
            for (place, axis) in places.iter_mut().zip(&self.axes).rev() {
                *place = number % axis.values.len();
                number /= axis.values.len();
            }
        }
        replicate
    }

    /// Returns the combination with this number, made of the config at `index`; `None` if it would be a replicate and there is nothing to
    /// count.
    fn config(
        &self,
        configs: &[&dyn AnyValue],
        index: usize,
        combination: usize,
        places: &mut Vec<usize>,
    ) -> Result<Option<BoxedConfig>, Refused> {
        let replicate = self.choose(combination, places);
        let made = configs[index].tree().and_then(|mut tree| {
            for set in &self.sets {
                set.target.put(&mut tree, set.value.clone())?;
            }
            for (axis, place) in self.axes.iter().zip(places.iter()) {
                axis.target.put(&mut tree, axis.values[*place].clone())?;
            }
            let made = (self.of.from_tree)(tree)?;
            match &self.replicates {
                Some(_) if replicate > 0 => Replicates::count_on(self.of, &*made, replicate),
                _ => Ok(Some(made)),
            }
        });
        made.map_err(|error| Refused { index, error })
    }

    fn refusal(&self, refused: &Refused, count: usize) -> Error {
        let mut message = explain(self.of, &self.blame(&refused.error), &refused.error);
        if refused.index > 0 {
            let place = format!(" (config {} of {count})", refused.index + 1);
            message.push_str(&place);
        }
        Error::usage(message)
    }

    /// Returns the written text that an error is about: the last of several at the same place.
    fn blame(&self, error: &TreeError) -> String {
        let path = error.path();
        if let Some(replicates) = &self.replicates
            && error.is_about_count()
        {
            return replicates.shown();
        }
        let swept = self.axes.iter().map(|axis| &axis.target);
        let mut targets: Vec<&Target> = self.sets.iter().map(|set| &set.target).collect();
        targets.extend(swept);
        let about = targets.iter().rev().find(|target| target.is_about(&path));
        let blamed = about.or(targets.last());
        blamed.map_or_else(|| "the overrides".to_owned(), |target| target.shown.clone())
    }
}

/// A value as typed; a list or object is read once for all configs where nothing else is taken.
fn value(text: &str, place: &Place) -> Tree {
    let has_parts = matches!(
        place.takes,
        Takes::List | Takes::Map | Takes::Struct(_) | Takes::Enum(_)
    );
    if has_parts
        && text.starts_with(['[', '{'])
        && let Ok(parsed) = notation::parse(text)
    {
        parsed
    } else {
        Tree::text(text)
    }
}

/// Two sweeps of one field would hide each other.
fn check_distinct(axes: &[Axis]) -> Result<(), Error> {
    for (index, axis) in axes.iter().enumerate() {
        let target = &axis.target;
        let mut before = axes[..index].iter();
        if let Some(other) = before.find(|other| other.target.path == target.path) {
            return Err(Error::usage(format!(
                "{}: the field is swept already by {}",
                target.shown, other.target.shown
            )));
        }
    }
    Ok(())
}

fn check_zip(axes: &[Axis]) -> Result<(), Error> {
    let [first, others @ ..] = axes else {
        return Err(Error::usage(
            "--zip pairs the fields of --sweep, and there is none",
        ));
    };
    match others
        .iter()
        .find(|axis| axis.values.len() != first.values.len())
    {
        None => Ok(()),
        Some(other) => Err(Error::usage(format!(
            "--zip needs as many values for each field: {} has {}, {} has {}",
            first.target.shown,
            first.values.len(),
            other.target.shown,
            other.values.len()
        ))),
    }
}

/// Proves on one config that taking configs apart and putting them together changes nothing.
fn check_round_trip(of: ConfigType, config: &dyn AnyValue) -> Result<(), Error> {
    let schema = Schema::new(of.shape);
    let mut walker = Walker::new();
    let Some(before) = config.digest(&schema, &mut walker) else {
        // A config without a key is reported as such, with its field, when it is planned.
        return Ok(());
    };
    let copy = config.tree().and_then(of.from_tree);
    let copy = copy.map_err(|error| {
        Error::usage(format!(
            "the configs cannot be changed from the command line: {error}"
        ))
    })?;
    match copy.digest(&schema, &mut walker) {
        Some(after) if after == before => Ok(()),
        _ => Err(Error::usage(
            "the configs cannot be changed from the command line: one that is serialised and read back is another one",
        )),
    }
}
