//! What the command line changes about configs: `--set`, `--sweep`, `--zip`, `--replicates` and `--configs`.

mod apply;
mod assignment;
mod file;
mod range;
mod replicates;
mod sweep;
#[cfg(feature = "toml")]
mod toml;

#[cfg(test)]
mod tests;

pub(crate) use apply::Overrides;
pub(crate) use assignment::{Assignment, explain};
pub(crate) use file::ConfigFile;
pub(crate) use sweep::SweptField;
#[cfg(test)]
pub(crate) use tests::written;
