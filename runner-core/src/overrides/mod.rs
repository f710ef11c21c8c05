//! What the command line changes about configs: `--set`, `--sweep`, `--zip`, `--replicates` and `--configs`.

mod apply;
mod assignment;
mod file;
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
mod written;

#[cfg(test)]
mod tests;

pub(crate) use apply::Overrides;
pub(crate) use assignment::{Assignment, explain};
pub(crate) use file::ConfigFile;
pub(crate) use place::{put, resolve, steps};
pub(crate) use probe::{Place, Takes, probe};
pub(crate) use suggest::no_such;
pub(crate) use sweep::Sweep;
pub(crate) use tree::{Tree, TreeError, from_tree, to_tree};
pub(crate) use written::written;
