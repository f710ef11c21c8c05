//! The names of files and directories, relative to the output directory.

/// A run's result; a valid one means that the run is done.
pub(super) const RESULT: &str = "result.postcard";
/// A result that is being written.
pub(super) const PARTIAL: &str = ".result.postcard.partial";
/// A run's description for people; never read back.
pub(super) const RUN_JSON: &str = "run.json";

/// An output that cannot be stored, for people.
pub(super) const UNSTORABLE: &str = "unstorable.json";

/// The output of a run that had a process of its own.
pub(super) const RUN_LOG: &str = "run.log";

/// Everything that belongs to no single run.
pub(super) const INTERNAL: &str = ".runner";
/// The file whose bytes are locked, one for each key.
pub(super) const LOCKS: &str = ".runner/locks";
/// The mark that locks were refused here.
pub(super) const LOCKLESS: &str = ".runner/lockless";
/// The meanings of fields' absences.
pub(super) const ADDED: &str = ".runner/added";
/// The code that results were computed by, by its digest.
pub(super) const CODE: &str = ".runner/code";
/// The codes that mean the same as others, by their digests.
pub(super) const ACCEPTED: &str = ".runner/accepted";
/// The last failure of a run, by key.
pub(super) const FAILED: &str = ".runner/failed";
/// Runs that were going on when their program ended and were begun again, by key.
pub(super) const CUT_OFF: &str = ".runner/cut_off";
/// The checkpoints of runs that are not done, by key.
pub(super) const CHECKPOINTS: &str = ".runner/checkpoints";
/// The runs to keep, whether or not a config reaches them, by key.
pub(super) const KEPT: &str = ".runner/kept";
/// What came of verifying a run, by key.
pub(super) const VERIFIED: &str = ".runner/verified";
/// The output directory of runs that are verified, which is a store of its own.
pub(super) const VERIFY: &str = ".runner/verify";
/// The long runs of each process.
pub(super) const PROCESSES: &str = ".runner/processes";

/// The output directory itself.
pub(super) const ROOT: &str = ".";

/// The files in a run's directory that are not the run's own.
pub(super) const OF_THE_LIBRARY: [&str; 5] = [RESULT, PARTIAL, RUN_JSON, RUN_LOG, UNSTORABLE];

pub(super) fn inside(directory: &str, file: &str) -> String {
    format!("{directory}/{file}")
}
