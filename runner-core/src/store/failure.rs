//! [`Failure`]: notes of how runs failed last.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    build::Build,
    bytes::{duration_ns, from_epoch_ns, since_epoch_ns},
    disk::{Durable, unreadable},
    layout,
    locking::{Locking, host},
    notes::{JsonNote, Notes},
};
use crate::{
    base::Error,
    value::{
        Digest, Key,
        json::{Layout, Shown, json, list, object},
    },
};

/// Maximum number of failed attempts of a run that are remembered.
const HISTORY_MAX: usize = 10;
/// Maximum length of their errors.
const HISTORY_ERROR_BYTES: usize = 1_000;

/// The last failure of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) error: String,
    pub(crate) backtrace: Option<String>,
    pub(crate) at: SystemTime,
    /// Number of attempts so far.
    pub(crate) attempts: u32,
    pub(crate) host: String,
    pub(crate) build: Build,
    /// The last attempts, this one included, as far as they are noted.
    pub(crate) history: Vec<PastAttempt>,
}

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PastAttempt {
    /// Counted from 1.
    pub(crate) attempt: u32,
    /// The time of the failure.
    pub(crate) at_ns: u64,
    /// Unknown of attempts that were noted before there was a history.
    pub(crate) duration_ns: Option<u64>,
    /// Its beginning, if it is long.
    pub(crate) error: String,
}

impl Failure {
    /// A failure on this machine at this time.
    pub(crate) fn now(
        error: String,
        backtrace: Option<String>,
        attempts: u32,
        build: Build,
    ) -> Self {
        Self {
            error,
            backtrace,
            at: SystemTime::now(),
            attempts,
            host: host().to_owned(),
            build,
            history: Vec::new(),
        }
    }

    fn note(&self, history: &[PastAttempt]) -> String {
        let past = |past: &PastAttempt| {
            let PastAttempt {
                attempt,
                at_ns,
                duration_ns,
                error,
            } = past.clone();
            object(move |past| {
                past.put("attempt", attempt)
                    .put("at_ns", at_ns)
                    .put("duration_ns", duration_ns)
                    .put("error", &error);
            })
        };
        let note = object(|note| {
            note.put("error", &self.error)
                .put("backtrace", self.backtrace.as_deref())
                .put("at_ns", since_epoch_ns(self.at))
                .put("attempts", self.attempts)
                .put("host", &self.host)
                .put("build", Shown(Digest::from_u128(self.build.fingerprint)))
                .put("history", list(history.iter().map(past)));
        });
        json(note, Layout::Items)
    }

    fn read(note: &[u8]) -> Option<Self> {
        let mut note = JsonNote::read(note)?;
        let (error, at_ns) = (note.text("error")?, note.number("at_ns")?);
        let attempts = note.number("attempts")?;
        let mut history = note.list("history", |mut past| {
            Some(PastAttempt {
                attempt: past.number("attempt")?,
                at_ns: past.number("at_ns")?,
                duration_ns: past.number("duration_ns"),
                error: past.text("error")?,
            })
        })?;
        if history.is_empty() {
            history.push(past(attempts, at_ns, None, &error));
        }
        Some(Self {
            error,
            backtrace: note.text("backtrace"),
            at: from_epoch_ns(at_ns),
            attempts,
            host: note.text("host")?,
            build: Build {
                fingerprint: u128::from_str_radix(&note.text("build")?, 16).unwrap_or_default(),
            },
            history,
        })
    }
}

/// The notes of failures, and of runs that may end the whole program.
pub(crate) struct Failures {
    failed: Notes,
    cut_off: Notes,
}

impl Failures {
    pub(super) fn new(locking: &Arc<Locking>) -> Self {
        Self {
            failed: Notes::new(locking, layout::FAILED),
            cut_off: Notes::new(locking, layout::CUT_OFF),
        }
    }

    /// Returns how often a run was begun again after a program had ended that was doing it.
    ///
    /// # Errors
    ///
    /// If the notes cannot be read; a damaged one counts as none.
    pub(crate) fn begun_again(&self, key: Key) -> Result<u32, Error> {
        if !self.cut_off.has(key)? {
            return Ok(0);
        }
        let note = match self.cut_off.get(key, |_| None) {
            Ok(note) => note,
            Err(error) => return unreadable(error).map(|_| 0),
        };
        let number = note.and_then(|note| JsonNote::read(&note)?.number("begun_again"));
        Ok(number.unwrap_or(0))
    }

    /// Returns whether there is no such run.
    ///
    /// # Errors
    ///
    /// If the notes cannot be listed.
    pub(crate) fn none_was_begun_again(&self) -> Result<bool, Error> {
        self.cut_off.with_keys(HashSet::is_empty)
    }

    /// Notes, durably, that such a run is begun again.
    ///
    /// # Errors
    ///
    /// If the note cannot be written.
    pub(crate) fn begin_again(&self, key: Key) -> Result<(), Error> {
        let number = self.begun_again(key)?.saturating_add(1);
        let note = json(
            object(|note| {
                note.put("begun_again", number);
            }),
            Layout::Items,
        );
        self.cut_off
            .put("note in", key, note.as_bytes(), Durable::Now)
    }

    /// Returns how a run failed last, as far as it is noted.
    ///
    /// # Errors
    ///
    /// If the notes cannot be read; one that is damaged, or that this user may not read, is ignored.
    pub(crate) fn get(&self, key: Key) -> Result<Option<Failure>, Error> {
        if !self.failed.has(key)? {
            return Ok(None);
        }
        match self.failed.get(key, |_| None) {
            Ok(note) => Ok(note.and_then(|note| Failure::read(&note))),
            Err(error) => unreadable(error).map(|_| None),
        }
    }

    /// Notes an attempt that failed after `duration` behind those before it, which it returns.
    ///
    /// # Errors
    ///
    /// If the note cannot be written.
    pub(crate) fn add(
        &self,
        key: Key,
        failure: &Failure,
        duration: Duration,
    ) -> Result<Vec<PastAttempt>, Error> {
        // A history that cannot be read must not keep this failure from being noted.
        let earlier = self.get(key).ok().flatten();
        let earlier = earlier.map_or_else(Vec::new, |failure| failure.history);
        let mut history = earlier.clone();
        history.push(past(
            failure.attempts,
            since_epoch_ns(failure.at),
            Some(duration_ns(duration)),
            &failure.error,
        ));
        history.drain(..history.len().saturating_sub(HISTORY_MAX));
        let note = failure.note(&history);
        self.failed
            .put("note a failure in", key, note.as_bytes(), Durable::Later)?;
        self.forget_cut_off(key)?;
        Ok(earlier)
    }

    /// Removes the note of a run that has a result now. One that stays is outdated, no more.
    pub(super) fn remove(&self, key: Key) -> Result<(), Error> {
        if self.failed.has(key)? {
            let _ = self.failed.remove("remove", key);
        }
        self.forget_cut_off(key)
    }

    /// Removes the note of a run that came to an end after all.
    ///
    /// # Errors
    ///
    /// If the notes cannot be listed; one that stays is outdated, no more.
    pub(crate) fn forget_cut_off(&self, key: Key) -> Result<(), Error> {
        if self.cut_off.has(key)? {
            let _ = self.cut_off.remove("remove", key);
        }
        Ok(())
    }

    /// Looks for a note at the next use of the key: another process may have written one.
    pub(super) fn suspect(&self, key: Key) {
        self.failed.know(key, true);
    }
}

fn past(attempt: u32, at_ns: u64, duration_ns: Option<u64>, error: &str) -> PastAttempt {
    let end = (0..=error.len().min(HISTORY_ERROR_BYTES))
        .rfind(|&end| error.is_char_boundary(end))
        .unwrap_or(0);
    PastAttempt {
        attempt,
        at_ns,
        duration_ns,
        error: error[..end].to_owned(),
    }
}
