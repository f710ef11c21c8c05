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

/// The labels of all configs: each is the name, and the fields in which configs of that name differ.
///
/// They are computed over all configs, before any selection, so that a label does not depend on what is selected.
#[derive(Debug)]
pub(crate) struct Labels<C> {
    names: Vec<String>,
    /// Empty if the names alone tell the configs apart.
    configs: Vec<C>,
    computed: OnceLock<Vec<String>>,
}

impl<C: Config> Labels<C> {
    pub(crate) fn new(names: Vec<String>, configs: impl IntoIterator<Item = C>) -> Self {
        let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        let is_unique = sorted.windows(2).all(|pair| pair[0] != pair[1]);
        Self {
            configs: if is_unique {
                Vec::new()
            } else {
                configs.into_iter().collect()
            },
            names,
            computed: OnceLock::new(),
        }
    }

    /// The label of the config at `index`.
    pub(crate) fn get(&self, index: usize) -> &str {
        if self.configs.is_empty() {
            &self.names[index]
        } else {
            &self.computed.get_or_init(|| self.compute())[index]
        }
    }

    fn compute(&self) -> Vec<String> {
        let schema = Schema::new(C::SHAPE);
        let mut groups: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, name) in self.names.iter().enumerate() {
            groups.entry(name).or_default().push(index);
        }
        let mut labels = self.names.clone();
        for indices in groups.values().filter(|indices| indices.len() > 1) {
            let columns: Vec<Vec<Leaf>> = indices
                .iter()
                .map(|&index| leaves(&self.configs[index], &schema, Names::Serde))
                .collect();
            let differing = differing_paths(&columns);
            for (&index, leaves) in indices.iter().zip(&columns) {
                for leaf in leaves
                    .iter()
                    .filter(|leaf| differing.contains(leaf.path.as_str()))
                {
                    // Writing into a `String` cannot fail.
                    let _ = write!(labels[index], " {}={}", leaf.path, leaf.value);
                }
            }
        }
        labels
    }
}

/// The paths whose leaves are not the same in all rows.
fn differing_paths(rows: &[Vec<Leaf>]) -> HashSet<&str> {
    let mut seen: HashMap<&str, (&Leaf, usize, bool)> = HashMap::new();
    for leaf in rows.iter().flatten() {
        seen.entry(&leaf.path)
            .and_modify(|(first, count, differs)| {
                *count += 1;
                *differs |= first.value != leaf.value;
            })
            .or_insert((leaf, 1, false));
    }
    seen.into_iter()
        .filter(|(_, (_, count, differs))| *differs || *count < rows.len())
        .map(|(path, _)| path)
        .collect()
}
