//! [`Overrides`]: everything that the command line changes about the configs, applied together.

use super::{
    assignment::{Assignment, Target, explain},
    field::replicates,
    notation, place,
    probe::{Place, Takes, probe},
    sweep::{Axis, Sweep},
    text::Whole,
    tree::{Tree, TreeError, from_tree, to_tree},
};
use crate::{
    canonical::{Schema, Walker},
    config::Config,
    error::Error,
    parallel,
};

/// The most configs that sweeps may make; more are a slip of the pen.
const CONFIGS_MAX: usize = 10_000_000;

/// What is changed about every config: first what is set, then the product of the sweeps, the last of them fastest,
/// and replicates of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Overrides {
    pub(crate) sets: Vec<Assignment>,
    pub(crate) sweeps: Vec<Sweep>,
    /// The sweeps go through their values side by side.
    pub(crate) zip: bool,
    pub(crate) replicates: Option<usize>,
}

impl Overrides {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The configs as changed, in the order of `configs`.
    ///
    /// # Errors
    ///
    /// If a field does not exist or does not take what is written.
    pub(crate) fn apply<C: Config>(&self, configs: &[C]) -> Result<Vec<C>, Error> {
        let plan = Plan::new::<C>(self)?;
        let per_config = plan.count()?;
        let count = configs.len().checked_mul(per_config);
        let Some(count) = count.filter(|count| *count <= CONFIGS_MAX) else {
            return Err(Error::usage(format!(
                "the sweeps make more than {CONFIGS_MAX} configs"
            )));
        };
        if let Some(first) = configs.first() {
            check_round_trip(first)?;
        }
        let indexes: Vec<usize> = (0..count).collect();
        parallel::try_map(&indexes, Vec::new, |places, _, index| {
            plan.config(configs, index / per_config, index % per_config, places)
        })
    }
}

/// The overrides with their places found and their values listed.
struct Plan {
    sets: Vec<(Target, Tree)>,
    axes: Vec<Axis>,
    zip: bool,
    replicates: Option<(Target, Whole, usize)>,
}

impl Plan {
    fn new<C: Config>(overrides: &Overrides) -> Result<Self, Error> {
        let sets = overrides.sets.iter().map(|set| {
            let (target, place) = set.target::<C>()?;
            Ok((target, value(&set.text, &place)))
        });
        let sets = sets.collect::<Result<_, Error>>()?;
        let axes: Vec<Axis> = overrides
            .sweeps
            .iter()
            .map(Sweep::axis::<C>)
            .collect::<Result<_, Error>>()?;
        for (index, axis) in axes.iter().enumerate() {
            let target = &axis.target;
            if let Some(other) = axes[..index]
                .iter()
                .find(|other| other.target.path == target.path)
            {
                return Err(Error::usage(format!(
                    "{}: the field is swept already by {}",
                    target.shown, other.target.shown
                )));
            }
        }
        if overrides.zip {
            check_zip(&axes)?;
        }
        let replicates = overrides
            .replicates
            .map(replicate_target::<C>)
            .transpose()?;
        Ok(Self {
            sets,
            axes,
            zip: overrides.zip,
            replicates,
        })
    }

    /// How many configs are made of one.
    fn count(&self) -> Result<usize, Error> {
        let replicates = self.replicates.as_ref().map_or(1, |(_, _, count)| *count);
        let mut lengths = self.axes.iter().map(|axis| axis.values.len());
        let values = if self.zip {
            lengths.next()
        } else {
            lengths.try_fold(1, usize::checked_mul)
        };
        values
            .and_then(|values| values.checked_mul(replicates))
            .ok_or_else(|| Error::usage("the sweeps make too many configs"))
    }

    /// Finds the place of the value of each axis for the combination with this number; answers the number of the replicate.
    fn choose(&self, mut number: usize, places: &mut Vec<usize>) -> usize {
        let replicates = self.replicates.as_ref().map_or(1, |(_, _, count)| *count);
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

    /// The combination with this number, made of the config at `index`.
    fn config<C: Config>(
        &self,
        configs: &[C],
        index: usize,
        combination: usize,
        places: &mut Vec<usize>,
    ) -> Result<C, Error> {
        let replicate = self.choose(combination, places);
        let made = to_tree(&configs[index]).and_then(|mut tree| {
            for (target, value) in &self.sets {
                target.put(&mut tree, value.clone())?;
            }
            for (axis, place) in self.axes.iter().zip(places.iter()) {
                axis.target.put(&mut tree, axis.values[*place].clone())?;
            }
            if let Some((target, whole, _)) = &self.replicates {
                replicate_by(&mut tree, &target.path, *whole, replicate)?;
            }
            from_tree(tree)
        });
        made.map_err(|error| {
            let mut message = explain::<C>(&self.blame(&error), &error);
            if index > 0 {
                let place = format!(" (config {} of {})", index + 1, configs.len());
                message.push_str(&place);
            }
            Error::usage(message)
        })
    }

    /// What was written that an error is about: the last of several at the same place.
    fn blame(&self, error: &TreeError) -> String {
        let path = error.path();
        if let Some((target, _, _)) = &self.replicates
            && target.path == path
        {
            return target.shown.clone();
        }
        let swept = self.axes.iter().map(|axis| &axis.target);
        let mut targets: Vec<&Target> = self.sets.iter().map(|(target, _)| target).collect();
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

fn replicate_target<C: Config>(count: usize) -> Result<(Target, Whole, usize), Error> {
    let shown = format!("--replicates {count}");
    let paths = replicates(C::SHAPE);
    let path = match paths.as_slice() {
        _ if count == 0 => return Err(Error::usage(format!("{shown}: nothing would be left"))),
        [path] => path.clone(),
        [] => {
            return Err(Error::usage(format!(
                "{shown}: no field is marked `#[config(replicate)]`; mark the seed, or use --sweep"
            )));
        }
        several => {
            let several: Vec<_> = several.iter().map(|path| path.join(".")).collect();
            return Err(Error::usage(format!(
                "{shown}: several fields are marked `#[config(replicate)]` ({}); use --sweep",
                several.join(", ")
            )));
        }
    };
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    match probe::<C>(&steps).map(|place| place.takes) {
        Ok(Takes::Whole(whole)) => Ok((Target { path, shown }, whole, count)),
        _ => Err(Error::usage(format!(
            "{shown}: `{}` is no whole number; use --sweep",
            steps.join(".")
        ))),
    }
}

/// Adds `by` to the whole number at `path`.
fn replicate_by(
    tree: &mut Tree,
    path: &[String],
    whole: Whole,
    by: usize,
) -> Result<(), TreeError> {
    let error = |message: String| {
        path.iter()
            .rev()
            .fold(TreeError::new(message), TreeError::inside)
    };
    let node =
        place::get(tree, path).ok_or_else(|| error("it has no value to count from".to_owned()))?;
    let base = match node {
        Tree::Text(text) => whole.read(text).map_err(error)?,
        _ => node.clone(),
    };
    let Tree::Int(base) = base else {
        return Err(error("it has no value to count from".to_owned()));
    };
    let number = i128::try_from(by).ok().and_then(|by| base.checked_add(by));
    let number = number.ok_or_else(|| error("it would be too large".to_owned()))?;
    *node = whole.check(number, &number.to_string()).map_err(error)?;
    Ok(())
}

/// Proves on one config that taking configs apart and putting them together changes nothing.
fn check_round_trip<C: Config>(config: &C) -> Result<(), Error> {
    let schema = Schema::new(C::SHAPE);
    let mut walker = Walker::new();
    let Ok(before) = walker.config(config, &schema) else {
        // A config without a key is reported as such, with its field, when it is planned.
        return Ok(());
    };
    let copy = to_tree(config).and_then(from_tree::<C>);
    let copy = copy.map_err(|error| {
        Error::usage(format!(
            "the configs cannot be changed from the command line: {error}"
        ))
    })?;
    match walker.config(&copy, &schema) {
        Ok(after) if after.value == before.value => Ok(()),
        _ => Err(Error::usage(
            "the configs cannot be changed from the command line: one that is serialised and read back is another one",
        )),
    }
}
