//! Configs → identities, with one entry for each key.

use std::{
    collections::{HashMap, hash_map},
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

/// A config and what identifies its run.
#[derive(Clone, Debug)]
pub(crate) struct Identified<C> {
    pub(crate) config: C,
    pub(crate) identity: Identity,
}

/// Identifies every config; configs with one key become one, at its first place. The texts are warnings about those.
///
/// # Errors
///
/// If a config cannot be written; the error names it and the field.
pub(crate) fn identify<C: Config>(
    configs: Vec<C>,
    origin: &Origin,
    fallback_name: &str,
    schema: &Schema,
) -> Result<(Vec<Identified<C>>, Vec<String>), Error> {
    let identities = parallel::try_map(&configs, Walker::new, |walker, index, config| {
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
    })?;
    let mut places: HashMap<Key, usize, BuildHasherDefault<KeyHasher>> =
        HashMap::with_capacity_and_hasher(configs.len(), BuildHasherDefault::default());
    let mut unique: Vec<Identified<C>> = Vec::with_capacity(configs.len());
    let mut warnings = Vec::new();
    for (config, identity) in configs.into_iter().zip(identities) {
        match places.entry(identity.key) {
            hash_map::Entry::Vacant(place) => {
                place.insert(unique.len());
                unique.push(Identified { config, identity });
            }
            hash_map::Entry::Occupied(place) => {
                let first = &unique[*place.get()];
                let of_first = leaves(&first.config, schema, Names::Serde);
                if of_first == leaves(&config, schema, Names::Serde) {
                    warnings.push(format!(
                        "`{}` is listed more than once with the same config; it is one run",
                        identity.name
                    ));
                }
            }
        }
    }
    Ok((unique, warnings))
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
