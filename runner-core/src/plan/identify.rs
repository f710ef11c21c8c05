//! Configs → identities, with one entry for each key.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasherDefault, Hasher},
    panic::AssertUnwindSafe,
    sync::Arc,
};

use crate::{
    api::Study,
    base::{Error, catch, parallel},
    value::{Identity, Key, Origin, Walker},
};

/// Maximum number of copies of a config that a warning counts up.
const COPIES_MAX: usize = 5;

/// The identities of the runs of some configs, and warnings about them.
pub(crate) struct Identified {
    pub(crate) identities: Vec<Identity>,
    pub(crate) warnings: Vec<String>,
}

/// Identifies every config of `study` from the place `first` on; configs with one key become one, at its first place, with
/// a warning.
///
/// # Errors
///
/// If a config cannot be written; the error names it and the field.
pub(crate) fn identify(
    study: &mut dyn Study,
    first: usize,
    origin: &Origin,
) -> Result<Identified, Error> {
    let places: Vec<usize> = (first..study.len()).collect();
    let asked: &dyn Study = study;
    let mut identities =
        parallel::try_map(&places, Walker::new, |walker: &mut Walker, _, &place| {
            let name = asked.run_name(place);
            let identity = catch(AssertUnwindSafe(|| {
                origin.identify(asked.config(place), name.as_str(), asked.schema(), walker)
            }));
            identity
                .unwrap_or_else(|panic| Err(format!("its `Serialize` panicked: {}", panic.message)))
                .map_err(|error| {
                    Error::usage(format!(
                        "config {} (`{name}`) has no key: {error}",
                        place + 1
                    ))
                })
        })?;
    share_names(&mut identities);
    let first_of = first_places(&identities);
    let warnings = warn_of_copies(asked, &places, &identities, &first_of);
    let is_first = |index: usize| first_of[index] == index;
    study.retain(&|place| place < first || is_first(place - first));
    let identities = identities.into_iter().enumerate();
    Ok(Identified {
        identities: identities
            .filter_map(|(index, identity)| is_first(index).then_some(identity))
            .collect(),
        warnings,
    })
}

/// Lets neighbours of one name share it: a sweep has few names and many runs.
fn share_names(identities: &mut [Identity]) {
    let mut last: Option<Arc<str>> = None;
    for identity in identities {
        match &last {
            Some(name) if *name == identity.name => identity.name = Arc::clone(name),
            _ => last = Some(Arc::clone(&identity.name)),
        }
    }
}

/// A warning for each config that is there again, unless the others differ from it in what does not count.
fn warn_of_copies(
    study: &dyn Study,
    places: &[usize],
    identities: &[Identity],
    first_of: &[usize],
) -> Vec<String> {
    let digest_of = |index: usize| study.config(places[index]).whole_digest().ok();
    let mut copies: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, &first) in first_of.iter().enumerate() {
        if first != index && digest_of(first) == digest_of(index) {
            copies.entry(first).or_default().push(index);
        }
    }
    let warn = |(first, copies): (usize, Vec<usize>)| {
        let numbers: Vec<String> = copies
            .iter()
            .take(COPIES_MAX)
            .map(|index| (places[*index] + 1).to_string())
            .collect();
        let more = copies.len() - numbers.len();
        let numbers = numbers.join(", ");
        let others = match (copies.len(), more) {
            (1, _) => format!("config {numbers} is"),
            (_, 0) => format!("configs {numbers} are"),
            _ => format!("configs {numbers} and {more} more are"),
        };
        let (number, name) = (places[first] + 1, &identities[first].name);
        format!("{others} the same as config {number} (`{name}`); it is one run")
    };
    copies.into_iter().map(warn).collect()
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
