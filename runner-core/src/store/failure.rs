//! [`Failure`]: notes of how runs failed last.

use std::{
    collections::HashSet,
    io,
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use super::{
    base::Store,
    build::Build,
    disk::{Create, Durable},
    layout::{self, inside},
    result_file::{duration_ns, since_epoch_ns},
};
use crate::base::locked;
use crate::{base::Error, value::Key};

/// Ends the name of a note that is being written.
const PARTIAL: &str = ".partial";
/// How many failed attempts of a run are remembered.
const HISTORY_MAX: usize = 10;
/// How much of their errors is.
const HISTORY_ERROR_BYTES: usize = 1_000;

/// How a run failed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) error: String,
    pub(crate) backtrace: Option<String>,
    pub(crate) at: SystemTime,
    /// How often it was tried.
    pub(crate) attempts: u32,
    pub(crate) host: String,
    pub(crate) build: Build,
    /// The last attempts, this one included, as far as they are noted.
    pub(crate) history: Vec<PastAttempt>,
}

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PastAttempt {
    /// Counted from 1.
    pub(crate) attempt: u32,
    /// When it failed.
    pub(crate) at_ns: u64,
    /// Unknown of attempts that were noted before there was a history.
    pub(crate) duration_ns: Option<u64>,
    /// Its beginning, if it is long.
    pub(crate) error: String,
}

/// A failure as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    error: String,
    backtrace: Option<String>,
    at_ns: u64,
    attempts: u32,
    host: String,
    build: String,
    #[serde(default)]
    history: Vec<PastAttempt>,
}

/// The keys with a note: those of one listing, and what this store did since.
pub(super) type FailedKeys = Option<HashSet<Key>>;

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
}

impl Store {
    /// How a run failed last, as far as it is noted.
    ///
    /// # Errors
    ///
    /// If the notes cannot be read; one that is damaged is none.
    pub(crate) fn failure(&self, key: Key) -> Result<Option<Failure>, Error> {
        if !self.has_failed(key)? {
            return Ok(None);
        }
        let mut buffer = Vec::new();
        let length = self.read(&note_path(key), &mut buffer)?;
        Ok(length.and_then(|length| {
            let mut note: Note = serde_json::from_slice(&buffer[..length]).ok()?;
            if note.history.is_empty() {
                note.history
                    .push(past(note.attempts, note.at_ns, None, &note.error));
            }
            Some(Failure {
                error: note.error,
                backtrace: note.backtrace,
                at: SystemTime::UNIX_EPOCH + Duration::from_nanos(note.at_ns),
                attempts: note.attempts,
                host: note.host,
                build: Build {
                    fingerprint: u128::from_str_radix(&note.build, 16).unwrap_or_default(),
                },
                history: note.history,
            })
        }))
    }

    /// Notes an attempt that failed after `duration`, with those before it; answers with these.
    pub(super) fn note_failure(
        &self,
        key: Key,
        failure: &Failure,
        duration: Duration,
    ) -> Result<Vec<PastAttempt>, Error> {
        // A history that cannot be read must not keep this failure from being noted.
        let earlier = self.failure(key).ok().flatten();
        let earlier = earlier.map_or_else(Vec::new, |failure| failure.history);
        let mut history = earlier.clone();
        history.push(past(
            failure.attempts,
            since_epoch_ns(failure.at),
            Some(duration_ns(duration)),
            &failure.error,
        ));
        history.drain(..history.len().saturating_sub(HISTORY_MAX));
        let note = Note {
            history,
            error: failure.error.clone(),
            backtrace: failure.backtrace.clone(),
            at_ns: since_epoch_ns(failure.at),
            attempts: failure.attempts,
            host: failure.host.clone(),
            build: format!("{:032x}", failure.build.fingerprint),
        };
        let path = note_path(key);
        let partial = self.partial_of(&path)?;
        let write = || {
            let bytes = serde_json::to_vec_pretty(&note)?;
            match self
                .disk
                .write(&partial, &bytes, Create::Replace, Durable::Later)
            {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.make_notes(layout::FAILED)?;
                    self.disk
                        .write(&partial, &bytes, Create::Replace, Durable::Later)?;
                }
                result => result?,
            }
            self.disk.rename(&partial, &path)
        };
        write().map_err(|error| {
            // On a full disk this is an empty file, which nobody else would remove.
            let _ = self.disk.remove_file(&partial);
            self.at("note a failure in", &path)(error)
        })?;
        if let Some(failed) = &mut *locked(&self.failed) {
            failed.insert(key);
        }
        Ok(earlier)
    }

    /// Removes the note of a run that has a result now. A note that stays is outdated, no more.
    pub(super) fn forget_failure(&self, key: Key) -> Result<(), Error> {
        if self.has_failed(key)? {
            let path = note_path(key);
            let _ = self.disk.remove_file(&self.partial_of(&path)?);
            let _ = self.disk.remove_file(&path);
            if let Some(failed) = &mut *locked(&self.failed) {
                failed.remove(&key);
            }
        }
        Ok(())
    }

    /// Answers from one listing, so that runs that never failed cost nothing.
    fn has_failed(&self, key: Key) -> Result<bool, Error> {
        let mut failed = locked(&self.failed);
        if let Some(failed) = &*failed {
            return Ok(failed.contains(&key));
        }
        let mut keys = HashSet::new();
        let listed = self.disk.list(layout::FAILED, &mut |name| {
            // One that was being written when its process was killed goes with the rest.
            keys.extend(parse_key(name.strip_suffix(PARTIAL).unwrap_or(name)));
        });
        match listed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => result.map_err(self.at("list", layout::FAILED))?,
        }
        let has_failed = keys.contains(&key);
        *failed = Some(keys);
        Ok(has_failed)
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

fn note_path(key: Key) -> String {
    inside(layout::FAILED, &key.to_string())
}

pub(super) fn parse_key(text: &str) -> Option<Key> {
    (text.len() == 32)
        .then(|| u128::from_str_radix(text, 16).ok())?
        .map(Key::from_u128)
}

/// The name of this machine.
pub(super) fn host() -> &'static str {
    static HOST: OnceLock<String> = OnceLock::new();
    HOST.get_or_init(|| {
        nix::unistd::gethostname().map_or_else(
            |_| "unknown".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    })
}

/// The number of this process, asked for once.
pub(super) fn pid() -> u32 {
    static PID: OnceLock<u32> = OnceLock::new();
    *PID.get_or_init(std::process::id)
}
