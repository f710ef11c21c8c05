//! What the command line changes about configs: `--set`, `--sweep`, `--zip`, `--replicates` and `--configs`.

mod apply;
mod assignment;
mod file;
mod product;
mod range;
mod replicates;
#[cfg(feature = "toml")]
mod toml;

#[cfg(test)]
mod tests;

pub(crate) use apply::Overrides;
pub(crate) use assignment::{Assignment, SweptField, explain};
pub(crate) use file::ConfigFile;
#[cfg(test)]
pub(crate) use tests::written;
