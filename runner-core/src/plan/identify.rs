//! Configs → identities, with one entry for each key.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    panic::AssertUnwindSafe,
};

use crate::{
    canonical::{Names, Schema, Walker, leaves},
    config::Config,
    error::Error,
    execute,
    key::{Identity, Key, Origin},
    parallel,
};

/// Configs, each with what identifies its run, and what is odd about them.
pub(crate) struct Identified<C> {
    pub(crate) configs: Vec<C>,
    pub(crate) identities: Vec<Identity>,
    pub(crate) warnings: Vec<String>,
}

/// Identifies every config; configs with one key become one, at its first place, with a warning.
///
/// # Errors
///
/// If a config cannot be written; the error names it and the field.
pub(crate) fn identify<C: Config>(
    mut configs: Vec<C>,
    origin: &Origin,
    fallback_name: &str,
    schema: &Schema,
) -> Result<Identified<C>, Error> {
    let identify = |walker: &mut Walker, index: usize, config: &C| {
        let name = config
            .run_name()
            .unwrap_or_else(|| fallback_name.to_owned());
        let identity = execute::catch(AssertUnwindSafe(|| {
            origin.identify(config, name.clone(), schema, walker)
        }));
        identity
            .unwrap_or_else(|panic| Err(format!("its `Serialize` panicked: {}", panic.message)))
            .map_err(|error| {
                Error::usage(format!(
                    "config {} (`{name}`) has no key: {error}",
                    index + 1
                ))
            })
    };
    let identities = parallel::try_map(&configs, Walker::new, identify)?;
    let first_of = first_places(&identities);
    let mut warnings = Vec::new();
    for (place, &first) in first_of.iter().enumerate() {
        let leaves_of = |place: usize| leaves(&configs[place], schema, Names::Serde);
        if first != place && leaves_of(first) == leaves_of(place) {
            warnings.push(format!(
                "`{}` is listed more than once with the same config; it is one run",
                identities[place].name
            ));
        }
    }
    let is_first = |place: &usize| first_of[*place] == *place;
    let mut place = 0..;
    configs.retain(|_| place.next().as_ref().is_some_and(is_first));
    let identities = identities.into_iter().enumerate();
    Ok(Identified {
        configs,
        identities: identities
            .filter_map(|(place, identity)| is_first(&place).then_some(identity))
            .collect(),
        warnings,
    })
}

/// For each identity, the place of the first that has its key.
fn first_places(identities: &[Identity]) -> Vec<usize> {
    let mut places: HashMap<Key, usize, BuildHasherDefault<KeyHasher>> =
        HashMap::with_capacity_and_hasher(identities.len(), BuildHasherDefault::default());
    identities
        .iter()
        .enumerate()
        .map(|(place, identity)| *places.entry(identity.key).or_insert(place))
        .collect()
}

/// Takes a key, which is a hash already, as its own hash.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = Key::from_u128(key).short();
    }
}
