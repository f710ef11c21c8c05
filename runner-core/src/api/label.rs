//! [`Labels`]: what tells runs of the same name apart.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    sync::OnceLock,
};

use crate::{
    api::Study,
    value::{ConfigType, Leaf, Names, Schema},
};

/// The names and labels of all configs: a label is the name, and the fields in which configs of that name differ.
///
/// They are computed over all configs, before any selection, so that a label does not depend on what is selected; and only
/// on demand, from copies that take as little memory as the configs have on disk.
pub(crate) struct Labels {
    /// Every name once.
    names: Vec<String>,
    /// The place of each config's name.
    name_of: Vec<u32>,
    /// The configs in postcard, one behind the other; empty if the names alone tell them apart.
    encoded: Vec<u8>,
    computed: OnceLock<Vec<String>>,
    /// The type of the configs.
    of: ConfigType,
}

impl Labels {
    /// Of all configs of a study, which are of this type.
    pub(crate) fn of_study(study: &dyn Study, of: ConfigType) -> Self {
        let names: Vec<String> = (0..study.len())
            .map(|index| study.run_name(index))
            .collect();
        Self::new(names.iter().map(String::as_str), of, study)
    }

    /// As [`of_study`](Self::of_study), with the names of the runs, which are known already.
    pub(crate) fn new<'a>(
        names: impl IntoIterator<Item = &'a str>,
        of: ConfigType,
        study: &dyn Study,
    ) -> Self {
        let mut places: HashMap<&str, u32> = HashMap::new();
        let mut labels = Self {
            names: Vec::new(),
            name_of: Vec::new(),
            encoded: Vec::new(),
            computed: OnceLock::new(),
            of,
        };
        let Self {
            names: distinct,
            name_of,
            ..
        } = &mut labels;
        for name in names {
            name_of.push(*places.entry(name).or_insert_with(|| {
                distinct.push(name.to_owned());
                u32::try_from(distinct.len() - 1).unwrap_or(u32::MAX)
            }));
        }
        if labels.names.len() < labels.name_of.len() {
            // It will be refused before it runs if it cannot be encoded; until then names have to do.
            labels.encoded = encode(study).unwrap_or_default();
        }
        labels
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
        let rows = self.all_leaves();
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

    /// The leaves of every config.
    fn all_leaves(&self) -> Vec<Vec<Leaf>> {
        let schema = Schema::new(self.of.shape);
        let mut rest = self.encoded.as_slice();
        let mut rows = Vec::with_capacity(self.name_of.len());
        while rows.len() < self.name_of.len()
            && let Some((config, after)) = (self.of.read)(rest)
        {
            rows.push(config.leaves(&schema, Names::Shown));
            rest = after;
        }
        rows
    }
}

/// The configs in postcard, one behind the other.
fn encode(study: &dyn Study) -> Result<Vec<u8>, String> {
    let count = study.len();
    let mut encoded = Vec::new();
    for index in 0..count {
        encoded = study.config(index).encode(encoded)?;
        if index == 0 {
            // The others will hardly be much longer.
            encoded.reserve_exact(encoded.len() * count + count);
        }
    }
    Ok(encoded)
}

/// The paths whose leaves are not the same in all of the rows at `indices`.
fn differing_paths<'a>(rows: &'a [Vec<Leaf>], indices: &[usize]) -> HashSet<&'a str> {
    let mut seen: HashMap<&str, (&Leaf, usize, bool)> = HashMap::new();
    for leaf in indices.iter().flat_map(|&index| &rows[index]) {
        seen.entry(&leaf.path)
            .and_modify(|(first, count, differs)| {
                *count += 1;
                *differs |= !first.value.is_same(&leaf.value);
            })
            .or_insert((leaf, 1, false));
    }
    seen.into_iter()
        .filter(|(_, (_, count, differs))| *differs || *count < indices.len())
        .map(|(path, _)| path)
        .collect()
}
