//! [`Runs`]: everything a report sees.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::Labels;
use crate::{canonical::Schema, experiment::Experiment, key::Key};

/// The runs of an experiment, in the order of its configs.
///
/// Iterating gives those that have a result; what failed or is missing is in [`failed`](Self::failed) and
/// [`missing`](Self::missing).
pub struct Runs<E: Experiment> {
    pub(crate) runs: Vec<Run<E>>,
    pub(crate) failed: Vec<Failed<E>>,
    pub(crate) missing: Vec<Missing<E>>,
    pub(crate) schema: Arc<Schema>,
}

/// A run that has a result.
pub struct Run<E: Experiment> {
    /// What the run was given.
    pub config: E::Config,
    /// What the run gave. It has always been through the cache, so fresh and cached runs cannot be told apart by it.
    pub output: E::Output,
    pub(crate) facts: Facts<E::Config>,
}

/// A run that failed.
pub struct Failed<E: Experiment> {
    /// What the run was given.
    pub config: E::Config,
    /// The error and its causes, or the panic's message, in one line or more.
    pub error: String,
    pub(crate) facts: Facts<E::Config>,
}

/// A run that has no result and was not tried.
pub struct Missing<E: Experiment> {
    /// What the run would be given.
    pub config: E::Config,
    /// Why there is no result: what changed, or that it never ran.
    pub reason: String,
    pub(crate) facts: Facts<E::Config>,
}

/// What is known of a run beside its config and output.
pub(crate) struct Facts<C> {
    pub(crate) name: String,
    pub(crate) key: Key,
    pub(crate) out_dir: PathBuf,
    /// Zero for a run without a result.
    pub(crate) duration: Duration,
    pub(crate) is_cached: bool,
    pub(crate) labels: Arc<Labels<C>>,
    /// The place among all configs.
    pub(crate) index: usize,
}
