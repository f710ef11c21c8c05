//! What the command line changes about configs: `--set`, `--sweep`, `--zip`, `--replicates` and `--configs`.

mod apply;
mod assignment;
mod file;
mod replicates;
mod splice;
mod sweep;

mod field;
mod place;
mod probe;
mod range;
mod suggest;

mod notation;
pub(crate) mod text;
#[cfg(feature = "toml")]
mod toml;
mod tree;
mod tree_de;
mod tree_parts;
mod tree_ser;

#[cfg(test)]
mod tests;

pub(crate) use apply::Overrides;
pub(crate) use assignment::{Assignment, explain};
pub(crate) use file::ConfigFile;
pub(crate) use place::{put, resolve, steps, without_aliases};
pub(crate) use probe::{Place, ProbeType, Takes, probe};
pub(crate) use splice::{Writer, Written};
pub(crate) use suggest::no_such;
pub(crate) use sweep::Sweep;
#[cfg(test)]
pub(crate) use tests::written;
pub(crate) use tree::{Tree, TreeError, from_tree, to_shown_tree, to_tree};
