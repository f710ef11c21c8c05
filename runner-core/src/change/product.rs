//! [`Product`]: the combinations of the values of all sweeps.

use super::assignment::{Axis, Target};
use crate::{
    base::Error,
    value::{ConfigType, Takes, Tree, TreeError},
};

/// Fields with their values, and the way in which they are combined.
#[derive(Debug)]
pub(crate) struct Product {
    axes: Vec<Axis>,
    /// The axes that go through their values side by side; the last group is the fastest.
    groups: Vec<Vec<usize>>,
    /// For each axis, those of the fields around its own.
    outer: Vec<Vec<usize>>,
}

impl Product {
    /// # Errors
    ///
    /// If sweeps hide each other, or cannot be paired.
    pub(crate) fn new(of: ConfigType, axes: Vec<Axis>, zips: &[String]) -> Result<Self, Error> {
        let mut product = Self {
            groups: groups(&axes, zips)?,
            axes,
            outer: Vec::new(),
        };
        product.relate(of)?;
        Ok(product)
    }

    pub(crate) fn targets(&self) -> impl Iterator<Item = &Target> {
        self.axes.iter().map(|axis| &axis.target)
    }

    /// Changes the paths of the fields. Returns whether any is another one now.
    ///
    /// # Errors
    ///
    /// If a field turns out to be swept twice.
    pub(crate) fn rename(
        &mut self,
        of: ConfigType,
        mut rename: impl FnMut(&mut Target) -> bool,
    ) -> Result<bool, Error> {
        let mut is_changed = false;
        for axis in &mut self.axes {
            is_changed |= rename(&mut axis.target);
        }
        self.relate(of)?;
        Ok(is_changed)
    }

    /// Returns the number of combinations, some of which may be left out.
    pub(crate) fn count(&self) -> Option<usize> {
        let mut groups = self.groups.iter();
        groups.try_fold(1, |count: usize, group| {
            count.checked_mul(self.length(group))
        })
    }

    fn length(&self, group: &[usize]) -> usize {
        group
            .first()
            .map_or(1, |&axis| self.axes[axis].values.len())
    }

    /// Finds the place of the value of each axis for the combination with this number. Returns whether there is no
    /// earlier combination that is the same, as the other values are of fields that it does not have.
    pub(crate) fn choose(&self, mut number: usize, places: &mut Vec<usize>) -> bool {
        places.clear();
        places.resize(self.axes.len(), 0);
        for group in self.groups.iter().rev() {
            let length = self.length(group);
            for &axis in group {
                places[axis] = number % length;
            }
            number /= length;
        }
        self.groups.iter().all(|group| {
            let is_first = group.first().is_none_or(|&axis| places[axis] == 0);
            is_first || group.iter().any(|&axis| self.has_place(axis, places))
        })
    }

    /// Puts the chosen values into a config: a field after those around it.
    pub(crate) fn put(&self, tree: &mut Tree, places: &[usize]) -> Result<(), TreeError> {
        let mut order: Vec<usize> = (0..self.axes.len()).collect();
        order.sort_by_key(|&axis| self.outer[axis].len());
        for axis in order {
            if self.has_place(axis, places) {
                let Axis { target, values, .. } = &self.axes[axis];
                target.put(tree, values[places[axis]].clone())?;
            }
        }
        Ok(())
    }

    /// Returns whether the chosen values of the fields around it have the field of an axis.
    fn has_place(&self, axis: usize, places: &[usize]) -> bool {
        let path = &self.axes[axis].target.path;
        let mut outer = self.outer[axis].iter();
        outer.all(|&outer| self.axes[outer].has(places[outer], path))
    }

    /// Finds out which fields are inside others.
    fn relate(&mut self, of: ConfigType) -> Result<(), Error> {
        check_distinct(&self.axes)?;
        let axes = &self.axes;
        let around = |axis: &Axis| {
            let is_around = |other: &Axis| {
                let (path, other) = (&axis.target.path, &other.target.path);
                other.len() < path.len() && path.starts_with(other)
            };
            (0..axes.len())
                .filter(|&other| is_around(&axes[other]))
                .collect()
        };
        self.outer = axes.iter().map(around).collect();
        check_variants(of, &self.axes)?;
        self.check_uses()
    }

    /// Every value of a sweep must be in some config.
    fn check_uses(&self) -> Result<(), Error> {
        for (index, axis) in self.axes.iter().enumerate() {
            let unused = (0..axis.values.len()).find(|&place| !self.is_used(index, place));
            let Some(unused) = unused else { continue };
            let others = self.outer[index].iter();
            let others: Vec<&str> = others
                .map(|&other| self.axes[other].target.shown.as_str())
                .collect();
            let others = others.join(" ");
            let shown = &axis.target.shown;
            return Err(Error::usage(
                if axis.values.len() == 1 || self.groups.len() > 1 {
                    format!("{shown}: no value of {others} has this field")
                } else {
                    format!(
                        "{shown}: value {} of it is paired with one of {others} that does not have this field; leave --zip out",
                        unused + 1
                    )
                },
            ));
        }
        Ok(())
    }

    /// Returns whether some combination has this value.
    fn is_used(&self, axis: usize, place: usize) -> bool {
        let path = &self.axes[axis].target.path;
        self.groups.iter().all(|group| {
            let has = |place: usize| {
                let mut outer = group
                    .iter()
                    .filter(|other| self.outer[axis].contains(other));
                outer.all(|&outer| self.axes[outer].has(place, path))
            };
            if group.contains(&axis) {
                has(place)
            } else {
                (0..self.length(group)).any(has)
            }
        })
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

/// Fields of several variants need a sweep that says which configs are which variant.
fn check_variants(of: ConfigType, axes: &[Axis]) -> Result<(), Error> {
    for (index, axis) in axes.iter().enumerate() {
        for other in &axes[..index] {
            let (path, other_path) = (&axis.target.path, &other.target.path);
            let common = path
                .iter()
                .zip(other_path)
                .take_while(|(one, other)| one == other);
            let common = common.count();
            let (Some(step), Some(other_step)) = (path.get(common), other_path.get(common)) else {
                continue;
            };
            let outside: Vec<&str> = path[..common].iter().map(String::as_str).collect();
            let takes = (of.probe)(&outside).map(|place| place.takes);
            let is_chosen = axes.iter().any(|axis| axis.target.path == path[..common]);
            if matches!(takes, Ok(Takes::Enum(_))) && !is_chosen {
                let field = if common == 0 {
                    "kind".to_owned()
                } else {
                    outside.join(".")
                };
                return Err(Error::usage(format!(
                    "{}: `{field}` is either `{step}` or `{other_step}` ({}); add --sweep {field}={other_step},{step} \
                     to have both",
                    axis.target.shown, other.target.shown
                )));
            }
        }
    }
    Ok(())
}

/// Puts the axes that are zipped in one group, at the place of the first.
fn groups(axes: &[Axis], zips: &[String]) -> Result<Vec<Vec<usize>>, Error> {
    let mut groups: Vec<Vec<usize>> = (0..axes.len()).map(|axis| vec![axis]).collect();
    for zip in zips {
        let zipped = if zip.is_empty() {
            (0..axes.len()).collect()
        } else {
            named(axes, zip)?
        };
        check_lengths(axes, &zipped)?;
        let mut places = zipped.iter().map(|&axis| groups[axis].len());
        if places.any(|length| length != 1) {
            return Err(Error::usage(format!(
                "--zip={zip}: a field is zipped already; write each in one --zip"
            )));
        }
        for &axis in &zipped {
            groups[axis].clear();
        }
        if let Some(&first) = zipped.iter().min() {
            groups[first] = zipped;
        }
    }
    groups.retain(|group| !group.is_empty());
    Ok(groups)
}

/// Returns the axes of these fields.
fn named(axes: &[Axis], zip: &str) -> Result<Vec<usize>, Error> {
    let mut found = Vec::new();
    for name in zip.split(',').map(str::trim) {
        let is_named = |axis: &Axis| {
            let target = &axis.target;
            let written = target.shown.strip_prefix("--sweep ");
            let written = written.and_then(|written| written.strip_prefix(name));
            written.is_some_and(|rest| rest.starts_with('=')) || target.path.join(".") == name
        };
        match axes.iter().position(is_named) {
            Some(place) if !found.contains(&place) => found.push(place),
            Some(_) => {}
            None => {
                return Err(Error::usage(format!(
                    "--zip={zip}: add --sweep {name}=VALUES; there is none"
                )));
            }
        }
    }
    if found.len() < 2 {
        return Err(Error::usage(format!(
            "--zip={zip}: name at least two fields of --sweep, or none for all"
        )));
    }
    Ok(found)
}

fn check_lengths(axes: &[Axis], zipped: &[usize]) -> Result<(), Error> {
    let [first, others @ ..] = zipped else {
        return Err(Error::usage(
            "--zip pairs the fields of --sweep, and there is none",
        ));
    };
    let first = &axes[*first];
    let mut others = others.iter().map(|&other| &axes[other]);
    match others.find(|axis| axis.values.len() != first.values.len()) {
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
