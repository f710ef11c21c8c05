//! [`Labels`]: what tells runs of the same name apart.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    fmt::Write as _,
    sync::{Arc, OnceLock},
};

use crate::{
    api::Study,
    value::{AnyValue, ConfigType, Encoding, Identity, Leaf, Names, Schema, Value},
};

/// Number of configs that are decoded before they are kept.
const SAMPLES: usize = 16;

/// Maximum number of characters of a label.
const LABEL_MAX: usize = 240;

/// Maximum number of characters of the name in a label.
const NAME_MAX: usize = 80;

/// Maximum number of characters of a field in a label.
const FIELD_MAX: usize = 60;

/// The names and labels of all configs: a label is the name, and the fields in which configs of that name differ. It is for
/// people, so that long texts are cut; labels that are equal then end in the key.
///
/// They are computed over all configs, before any selection, so that a label does not depend on what is selected; and only
/// on demand, from copies that take as little memory as the configs have on disk.
pub(crate) struct Labels {
    /// By the place of each config.
    identities: Arc<Vec<Identity>>,
    /// The configs, one behind the other; empty if the names alone tell them apart.
    encoded: Vec<u8>,
    computed: OnceLock<Vec<String>>,
    /// The type of the configs.
    of: ConfigType,
}

impl Labels {
    /// Makes the labels of the configs of a study, which are of this type.
    pub(crate) fn new(identities: Arc<Vec<Identity>>, of: ConfigType, study: &dyn Study) -> Self {
        let mut known = HashSet::new();
        let are_labels = identities
            .iter()
            .map(|identity| &*identity.name)
            .all(|name| known.insert(name) && cut(name, NAME_MAX) == name);
        Self {
            // It will be refused before it runs if it cannot be encoded; until then names have to do.
            encoded: if are_labels {
                Vec::new()
            } else {
                encode(study, of).unwrap_or_default()
            },
            identities,
            computed: OnceLock::new(),
            of,
        }
    }

    /// The name of the config at `index`.
    pub(crate) fn name(&self, index: usize) -> &str {
        &self.identities[index].name
    }

    /// The label of the config at `index`.
    pub(crate) fn get(&self, index: usize) -> &str {
        if self.encoded.is_empty() {
            return self.name(index);
        }
        let labels = self.computed.get_or_init(|| self.compute());
        labels
            .get(index)
            .map_or_else(|| self.name(index), String::as_str)
    }

    /// Goes through the configs twice, as all their leaves take much more memory than they do.
    fn compute(&self) -> Vec<String> {
        let mut groups: HashMap<&str, Namesakes> = HashMap::new();
        for identity in &*self.identities {
            groups.entry(&identity.name).or_default().configs += 1;
        }
        self.for_each(|index, config, schema| {
            if let Some(group) = groups.get_mut(self.name(index))
                && group.configs > 1
            {
                group.add(config.leaves(schema, Names::Shown));
            }
        });
        let mut labels = Vec::with_capacity(self.identities.len());
        self.for_each(|index, config, schema| {
            let mut label = cut(self.name(index), NAME_MAX).into_owned();
            if let Some(group) = groups.get(self.name(index))
                && group.configs > 1
            {
                let leaves = config.leaves(schema, Names::Shown);
                let fields = leaves.iter();
                add_fields(&mut label, fields.filter(|leaf| group.differs(&leaf.path)));
            }
            label.shrink_to_fit();
            labels.push(label);
        });
        self.add_keys(&mut labels);
        labels
    }

    /// Reads the configs, one after another.
    fn for_each(&self, mut each: impl FnMut(usize, &dyn AnyValue, &Schema)) {
        let schema = Schema::new(self.of.shape);
        let mut rest = self.encoded.as_slice();
        for index in 0..self.identities.len() {
            let Some((config, after)) = self.of.value.take(rest) else {
                return;
            };
            each(index, &*config, &schema);
            rest = after;
        }
    }

    /// Adds the key to labels that are equal.
    fn add_keys(&self, labels: &mut [String]) {
        let (mut seen, mut again) = (HashSet::new(), HashSet::new());
        for label in &*labels {
            if !seen.insert(label.as_str()) {
                again.insert(label.clone());
            }
        }
        for (label, identity) in labels.iter_mut().zip(&*self.identities) {
            if again.contains(label.as_str()) {
                // Writing into a `String` cannot fail.
                let _ = write!(label, " {:016x}", identity.key.short());
            }
        }
    }
}

/// The configs of one name, and what they have in common.
#[derive(Default)]
struct Namesakes {
    configs: usize,
    fields: HashMap<String, SeenField>,
}

struct SeenField {
    first: Value,
    /// Number of configs that have it.
    count: usize,
    differs: bool,
}

impl Namesakes {
    fn add(&mut self, leaves: Vec<Leaf>) {
        for Leaf { path, value, .. } in leaves {
            if let Some(seen) = self.fields.get_mut(&path) {
                seen.count += 1;
                seen.differs |= !seen.first.is_same(&value);
            } else {
                let seen = SeenField {
                    first: value,
                    count: 1,
                    differs: false,
                };
                self.fields.insert(path, seen);
            }
        }
    }

    /// Returns whether a field is not the same in all configs.
    fn differs(&self, path: &str) -> bool {
        let seen = self.fields.get(path);
        seen.is_some_and(|seen| seen.differs || seen.count < self.configs)
    }
}

/// Adds fields to a label as far as there is room.
fn add_fields<'a>(label: &mut String, fields: impl Iterator<Item = &'a Leaf>) {
    let mut length = label.chars().count();
    for leaf in fields {
        let value = leaf.value.to_string();
        let field = format!(" {}={}", leaf.path, cut(&value, FIELD_MAX));
        length += field.chars().count();
        if length > LABEL_MAX {
            label.push_str(" …");
            break;
        }
        label.push_str(&field);
    }
}

/// Returns the start of a text that is too long, with an ellipsis.
fn cut(text: &str, characters_max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters_max) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().take(characters_max - 1).chain(['…']).collect()),
    }
}

/// The configs, one behind the other.
fn encode(study: &dyn Study, of: ConfigType) -> Result<Vec<u8>, String> {
    let count = study.len();
    // A few tell whether postcard gives back configs of this type.
    let mut samples = (0..count).step_by(count.div_ceil(SAMPLES).max(1));
    let is_given_back = |index: usize| {
        let bytes = study.config(index).encode(Encoding::Postcard, Vec::new());
        bytes.is_ok_and(|bytes| of.read_whole(&bytes).is_some())
    };
    let encoding = if samples.all(is_given_back) {
        Encoding::Postcard
    } else {
        Encoding::SelfDescribing
    };
    let mut encoded = Vec::new();
    for index in 0..count {
        encoded = study.config(index).encode(encoding, encoded)?;
        if index == 0 {
            // The others will hardly be much longer.
            encoded.reserve_exact(encoded.len() * count + count);
        }
    }
    Ok(encoded)
}

#[cfg(test)]
mod tests {
    use runner_derive::Config;
    use serde::{Deserialize, Serialize};

    use crate::api::{Context, Experiment, Runs};

    #[derive(Clone, Serialize, Deserialize, Config)]
    #[config(crate = crate)]
    struct Asked {
        name: String,
        prompt: String,
        salt: [u8; 32],
    }

    struct Asking;

    impl Experiment for Asking {
        type Config = Asked;
        type Output = ();

        fn name() -> &'static str {
            "asking"
        }

        fn run(_: &Asked, _: &Context) -> anyhow::Result<()> {
            anyhow::bail!("nothing is run here")
        }
    }

    fn asked(name: &str, prompt: &str, salt: u8) -> Asked {
        Asked {
            name: name.to_owned(),
            prompt: prompt.to_owned(),
            salt: [salt; 32],
        }
    }

    #[track_caller]
    fn check(configs: &[Asked], expected: &[&str]) {
        let runs = Runs::<Asking>::detached(configs.iter().cloned().map(|config| (config, ())));
        let labels = runs.iter().map(|run| {
            let key = run.key().to_string();
            run.label().replace(&key[..16], "KEY")
        });
        assert_eq!(labels.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn equal_labels_get_their_key() {
        let configs = [asked("a", "x", 1), asked("a", "x", 2), asked("b", "x", 3)];
        check(
            &configs,
            &["a salt=[32 items] KEY", "a salt=[32 items] KEY", "b"],
        );
        // A name that another config's label spells.
        let configs = [
            asked("a", "x", 1),
            asked("a", "y", 1),
            asked("a prompt=x", "x", 1),
        ];
        check(
            &configs,
            &["a prompt=x KEY", "a prompt=y", "a prompt=x KEY"],
        );
    }

    #[test]
    fn long_texts_are_cut() {
        let long = "You are a careful reader. ".repeat(100);
        let cut = "You are a careful reader. You are a careful reader. You are…";
        let configs = [
            asked("a", &long, 1),
            asked("a", &(long.clone() + "x"), 1),
            asked("a", "x", 1),
        ];
        let equal = format!("a prompt={cut} KEY");
        check(&configs, &[&equal, &equal, "a prompt=x"]);
        let name = "é".repeat(500);
        let cut = "é".repeat(79) + "…";
        check(&[asked(&name, "x", 1), asked("b", "x", 1)], &[&cut, "b"]);
        let both = format!("{cut} KEY");
        check(
            &[asked(&name, "x", 1), asked(&(name.clone() + "x"), "x", 1)],
            &[&both, &both],
        );
    }
}
