//! [`Store::fail_dead`]: the failure of a run whose process is gone.

use super::{
    base::Store,
    failure::Failure,
    lock::Lock,
    record::{Record, Wanted},
    run_json::{Ending, run_json},
    usage::Usage,
};
use crate::base::Error;

/// An attempt that nobody ended.
#[derive(Debug)]
pub(crate) struct Dead<'a> {
    /// The name of its directory, if it came so far.
    pub(crate) directory: Option<&'a str>,
    /// The valid older result that it was to replace.
    pub(crate) older: Option<&'a Record>,
    pub(crate) started: std::time::SystemTime,
    pub(crate) duration: std::time::Duration,
    pub(crate) usage: Option<Usage>,
}

impl Store {
    /// Notes how a run failed whose process ended without doing so itself. An older result is put back to its place;
    /// otherwise what the attempt wrote stays until the run is tried again.
    ///
    /// # Errors
    ///
    /// If the store cannot be written; an older result is then found where it was set aside.
    pub(crate) fn fail_dead(
        &self,
        lock: &Lock<'_>,
        wanted: &Wanted<'_>,
        dead: &Dead<'_>,
        failure: &Failure,
    ) -> Result<(), Error> {
        let put_back = dead
            .older
            .map(|older| self.restore(lock, older))
            .transpose();
        let earlier = self.note_failure(lock.key, failure, dead.duration)?;
        put_back?;
        let (None, Some(directory)) = (dead.older, dead.directory) else {
            return Ok(());
        };
        let ending = Ending {
            started: dead.started,
            duration: dead.duration,
            attempts: failure.attempts,
            build: failure.build,
            usage: dead.usage,
            error: Some((&failure.error, failure.backtrace.as_deref())),
            earlier: &earlier,
        };
        self.write_run_json(directory, &run_json(wanted, &ending))
    }
}
