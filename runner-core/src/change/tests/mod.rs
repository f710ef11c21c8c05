//! Whole overrides on whole configs.

mod elsewhere;
mod fuzz;
mod properties;
mod refused;
mod set;
mod sweep;
mod written;

pub(crate) use written::written;

use super::{
    apply::Overrides,
    assignment::{Assignment, SweptField},
};
use crate::{
    base::Error,
    value::{AnyValue, Config, ConfigType, Sample, typed},
};

impl Overrides {
    fn apply_to<C: Config>(&self, configs: &[C]) -> Result<Vec<C>, Error> {
        let erased: Vec<&dyn AnyValue> = configs.iter().map(|config| config as _).collect();
        let changed = self.apply(ConfigType::of::<C>(), &erased)?;
        Ok(changed.into_iter().map(typed).collect())
    }
}

fn overrides(sets: &[&str], sweeps: &[&str]) -> Result<Overrides, Error> {
    Ok(Overrides {
        sets: sets
            .iter()
            .map(|set| Assignment::parse(set))
            .collect::<Result<_, _>>()?,
        sweeps: sweeps
            .iter()
            .map(|sweep| SweptField::parse(sweep))
            .collect::<Result<_, _>>()?,
        ..Overrides::default()
    })
}

fn set(sets: &[&str]) -> Result<Sample, String> {
    let configs = overrides(sets, &[]).and_then(|set| set.apply_to(&[Sample::default()]));
    configs
        .map(|mut configs| configs.remove(0))
        .map_err(|error| error.to_string())
}

/// Checks that the settings change the default config as `expected` does.
#[track_caller]
fn check(sets: &[&str], expected: impl FnOnce(&mut Sample)) {
    let mut wanted = Sample::default();
    expected(&mut wanted);
    assert_eq!(set(sets), Ok(wanted), "{sets:?}");
}

#[track_caller]
fn check_error(sets: &[&str], expected: &str) {
    assert_eq!(set(sets), Err(expected.to_owned()), "{sets:?}");
}
