//! What the command line changes about configs: `--set`, `--sweep`, `--zip`, `--replicates` and `--configs`.

mod apply;
mod assignment;
mod sweep;

mod field;
mod place;
mod probe;
mod range;
mod suggest;

mod notation;
mod text;
mod tree;
mod tree_de;
mod tree_parts;
mod tree_ser;
mod written;

#[cfg(test)]
mod tests;

pub(crate) use apply::Overrides;
pub(crate) use assignment::Assignment;
pub(crate) use sweep::Sweep;
pub(crate) use written::written;
