//! [`Labels`]: what tells runs of the same name apart.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    sync::OnceLock,
};

use crate::{
    canonical::{Leaf, Names, Schema, leaves},
    config::Config,
};

/// The names and labels of all configs: a label is the name, and the fields in which configs of that name differ.
///
/// They are computed over all configs, before any selection, so that a label does not depend on what is selected; and only
/// when somebody looks, from copies that take as little memory as the configs have on disk.
#[derive(Debug)]
pub(crate) struct Labels {
    /// Every name once.
    names: Vec<String>,
    /// The place of each config's name.
    name_of: Vec<u32>,
    /// The configs in postcard, one behind the other; empty if the names alone tell them apart.
    encoded: Vec<u8>,
    computed: OnceLock<Vec<String>>,
    /// Decodes as many of these configs as there are, into their leaves.
    leaves_of: fn(&[u8], usize) -> Vec<Vec<Leaf>>,
}

impl Labels {
    /// From all configs and their names.
    pub(crate) fn new<C: Config>(names: &[&str], configs: &[C]) -> Self {
        let mut labels = Self::of_names(names, all_leaves::<C>);
        if labels.names.len() < names.len() {
            // It will be refused before it runs if it cannot be encoded; until then names have to do.
            labels.encoded = encode(configs).unwrap_or_default();
        }
        labels
    }

    fn of_names(all: &[&str], leaves_of: fn(&[u8], usize) -> Vec<Vec<Leaf>>) -> Self {
        let mut places: HashMap<&str, u32> = HashMap::new();
        let mut names = Vec::new();
        let mut name_of = Vec::new();
        for &name in all {
            name_of.push(*places.entry(name).or_insert_with(|| {
                names.push(name.to_owned());
                u32::try_from(names.len() - 1).unwrap_or(u32::MAX)
            }));
        }
        Self {
            names,
            name_of,
            encoded: Vec::new(),
            computed: OnceLock::new(),
            leaves_of,
        }
    }

    /// The name of the config at `index`.
    pub(crate) fn name(&self, index: usize) -> &str {
        &self.names[self.name_of[index] as usize]
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

    fn compute(&self) -> Vec<String> {
        let rows = (self.leaves_of)(&self.encoded, self.name_of.len());
        let mut groups: HashMap<u32, Vec<usize>> = HashMap::new();
        for (index, name) in self.name_of.iter().take(rows.len()).enumerate() {
            groups.entry(*name).or_default().push(index);
        }
        let mut labels: Vec<String> = (0..rows.len())
            .map(|index| self.name(index).to_owned())
            .collect();
        for indices in groups.values().filter(|indices| indices.len() > 1) {
            let differing = differing_paths(&rows, indices);
            for &index in indices {
                for leaf in &rows[index] {
                    if differing.contains(leaf.path.as_str()) {
                        // Writing into a `String` cannot fail.
                        let _ = write!(labels[index], " {}={}", leaf.path, leaf.value);
                    }
                }
            }
        }
        labels
    }
}

/// The configs in postcard, one behind the other.
fn encode<C: Config>(configs: &[C]) -> postcard::Result<Vec<u8>> {
    let count = configs.len();
    let mut encoded = Vec::new();
    for (index, config) in configs.iter().enumerate() {
        encoded = postcard::to_extend(config, encoded)?;
        if index == 0 {
            // The others will hardly be much longer.
            encoded.reserve_exact(encoded.len() * count + count);
        }
    }
    Ok(encoded)
}

/// The leaves of configs that stand one behind the other.
fn all_leaves<C: Config>(encoded: &[u8], count: usize) -> Vec<Vec<Leaf>> {
    let schema = Schema::new(C::SHAPE);
    let mut rest = encoded;
    let mut rows = Vec::with_capacity(count);
    while rows.len() < count
        && let Ok((config, after)) = postcard::take_from_bytes::<C>(rest)
    {
        rows.push(leaves(&config, &schema, Names::Serde));
        rest = after;
    }
    rows
}

/// The paths whose leaves are not the same in all of the rows at `indices`.
fn differing_paths<'a>(rows: &'a [Vec<Leaf>], indices: &[usize]) -> HashSet<&'a str> {
    let mut seen: HashMap<&str, (&Leaf, usize, bool)> = HashMap::new();
    for leaf in indices.iter().flat_map(|&index| &rows[index]) {
        seen.entry(&leaf.path)
            .and_modify(|(first, count, differs)| {
                *count += 1;
                *differs |= first.value != leaf.value;
            })
            .or_insert((leaf, 1, false));
    }
    seen.into_iter()
        .filter(|(_, (_, count, differs))| *differs || *count < indices.len())
        .map(|(path, _)| path)
        .collect()
}
