//! [`Overrides`]: everything that the command line changes about the configs, applied together.

use super::{
    assignment::{Assignment, Axis, SweptField, Target, explain},
    product::Product,
    replicates::Replicates,
};
use crate::{
    base::{Error, parallel},
    value::{
        AnyValue, BoxedConfig, ConfigType, Place, Schema, Takes, Tree, TreeError, Walker,
        check_entries, notation, place,
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
    /// The fields of which the sweeps go through their values side by side, joined by commas; an empty text is all.
    pub(crate) zips: Vec<String>,
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
        let per_config = plan.product.count().unwrap_or(usize::MAX);
        let replicates = self.replicates.unwrap_or(1);
        let count = configs.len().checked_mul(per_config);
        let is_too_many = |count: usize| count > CONFIGS_MAX / replicates.max(1);
        let Some(count) = count.filter(|count| !is_too_many(*count)) else {
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
        let numbers: Vec<usize> = (0..count).collect();
        let made = loop {
            let made = parallel::try_map(&numbers, Vec::new, |places, _, number| {
                plan.config(configs, number / per_config, number % per_config, places)
            });
            match made {
                Ok(made) => break made,
                Err(refused) => {
                    if refused.error.duplicate().is_none()
                        || !plan.leave_aliases(configs[refused.index])?
                    {
                        return Err(plan.refusal(&refused, configs.len()));
                    }
                }
            }
        };
        let Some(replicates) = plan.replicates else {
            return Ok(made.into_iter().flatten().collect());
        };
        let made = made.into_iter().zip(&numbers);
        let made = made.filter_map(|(made, number)| Some((made?, number / per_config)));
        let (made, sources): (Vec<BoxedConfig>, Vec<usize>) = made.unzip();
        replicates.of_each(of, made).map_err(|(place, error)| {
            let index = sources[place];
            plan.refusal(&Refused { index, error }, configs.len())
        })
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
    product: Product,
    replicates: Option<Replicates>,
    /// Whether entries of maps may be among what is written.
    writes_entries: bool,
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
        let sets = sets.collect::<Result<Vec<Set>, Error>>()?;
        let axes: Vec<Axis> = overrides
            .sweeps
            .iter()
            .map(|sweep| sweep.axis(of))
            .collect::<Result<_, Error>>()?;
        let of_axes = axes.iter().flat_map(|axis| {
            let values = axis.values.iter();
            values.map(|value| (&axis.target, value))
        });
        let mut written = sets
            .iter()
            .map(|set| (&set.target, &set.value))
            .chain(of_axes);
        let writes_entries = written.any(|(target, value)| {
            target.path.len() > 1
                || !matches!(value, Tree::Text(text) if !text.starts_with(['[', '{']))
        });
        Ok(Self {
            of,
            writes_entries,
            sets,
            product: Product::new(of, axes, &overrides.zips)?,
            replicates: overrides.replicates.map(Replicates::new).transpose()?,
        })
    }

    /// Calls every field by the name that serde writes, as this config shows it; whether any was called otherwise.
    ///
    /// # Errors
    ///
    /// If a field turns out to be swept twice.
    fn leave_aliases(&mut self, config: &dyn AnyValue) -> Result<bool, Error> {
        let without_aliases = |target: &mut Target| {
            let path = place::without_aliases(self.of, config, target.path.clone());
            let is_changed = path != target.path;
            target.path = path;
            is_changed
        };
        let of_sets = self.sets.iter_mut().map(|set| &mut set.target);
        let of_sets = of_sets
            .map(without_aliases)
            .filter(|is_changed| *is_changed);
        let are_sets_changed = of_sets.count() > 0;
        Ok(self.product.rename(self.of, without_aliases)? || are_sets_changed)
    }

    /// Returns the combination with this number, made of the config at `index`; `None` if an earlier one is the same.
    fn config(
        &self,
        configs: &[&dyn AnyValue],
        index: usize,
        number: usize,
        places: &mut Vec<usize>,
    ) -> Result<Option<BoxedConfig>, Refused> {
        if !self.product.choose(number, places) {
            return Ok(None);
        }
        let made = configs[index].tree().and_then(|mut tree| {
            for set in &self.sets {
                set.target.put(&mut tree, set.value.clone())?;
            }
            self.product.put(&mut tree, places)?;
            let written = self.writes_entries.then(|| tree.clone());
            let made = self.of.read(tree)?;
            if let Some(written) = written {
                check_entries(&written, &made.tree()?)?;
            }
            Ok(Some(made))
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

    /// Returns the written text that an error is about: the last of several, first of those at or around its place.
    fn blame(&self, error: &TreeError) -> String {
        let path = error.path();
        if let Some(replicates) = &self.replicates
            && error.is_about_count()
        {
            return replicates.shown();
        }
        let mut targets: Vec<&Target> = self.sets.iter().map(|set| &set.target).collect();
        targets.extend(self.product.targets());
        let mut about = targets.iter().rev().filter(|target| target.is_about(&path));
        let inside = about.clone().find(|target| target.path.len() <= path.len());
        let blamed = inside.or_else(|| about.next()).or(targets.last());
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

/// Proves on one config that taking configs apart and putting them together changes nothing.
fn check_round_trip(of: ConfigType, config: &dyn AnyValue) -> Result<(), Error> {
    let schema = Schema::new(of.shape);
    let mut walker = Walker::new();
    let Some(before) = config.digest(&schema, &mut walker) else {
        // A config without a key is reported as such, with its field, when it is planned.
        return Ok(());
    };
    let copy = config.tree().and_then(|tree| of.read(tree));
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
