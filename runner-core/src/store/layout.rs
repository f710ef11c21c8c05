//! The names of files and directories, relative to the output directory.

/// A run's result; a valid one means that the run is done.
pub(super) const RESULT: &str = "result.postcard";
/// A result that is being written.
pub(super) const PARTIAL: &str = ".result.postcard.partial";
/// What people read about a run; never read back.
pub(super) const RUN_JSON: &str = "run.json";

/// What a run printed, if it had a process of its own.
pub(super) const RUN_LOG: &str = "run.log";

/// Everything that belongs to no single run.
pub(super) const INTERNAL: &str = ".runner";
/// The file whose bytes are locked, one for each key.
pub(super) const LOCKS: &str = ".runner/locks";
/// The mark that locks were refused here.
pub(super) const LOCKLESS: &str = ".runner/lockless";
/// What the absence of a field meant.
pub(super) const ADDED: &str = ".runner/added";
/// The last failure of a run, by key.
pub(super) const FAILED: &str = ".runner/failed";
/// What runs that are not done keep for their next attempt, by key.
pub(super) const CHECKPOINTS: &str = ".runner/checkpoints";
/// Which runs are kept, whether or not a config reaches them.
pub(super) const KEPT: &str = ".runner/kept";
/// Which process does which long run.
pub(super) const PROCESSES: &str = ".runner/processes";

/// The output directory itself.
pub(super) const ROOT: &str = ".";

pub(super) fn inside(directory: &str, file: &str) -> String {
    format!("{directory}/{file}")
}
