//! [`VerifiedNotes`]: what came of verifying runs.

use std::{sync::Arc, time::SystemTime};

use super::{
    build::Build,
    bytes::{from_epoch_ns, since_epoch_ns},
    layout,
    locking::{Locking, host},
    notes::{JsonNote, Notes},
    record::Record,
};
use crate::{
    base::Error,
    value::{
        Digest, Key,
        json::{Layout, Shown, json, object},
    },
};

/// What came of verifying the result of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VerifiedNote {
    pub(crate) at: SystemTime,
    /// How the run differed from the result, in lines for people; none if it did not.
    pub(crate) difference: Option<String>,
    /// When the run started whose result was verified: another result is another one.
    started: u64,
    /// The code that verified it, 0 if that is not known, and the build.
    pub(crate) code: u128,
    pub(crate) build: Build,
}

impl VerifiedNote {
    /// Makes the note about the result that has this record.
    pub(crate) fn now(
        record: &Record,
        code: u128,
        build: Build,
        difference: Option<String>,
    ) -> Self {
        Self {
            at: SystemTime::now(),
            difference,
            started: since_epoch_ns(record.started),
            code,
            build,
        }
    }

    /// Returns whether it is about the result of the run that started then.
    pub(crate) fn is_about(&self, started: SystemTime) -> bool {
        self.started == since_epoch_ns(started)
    }

    fn write(&self) -> String {
        let note = object(|note| {
            note.put("at_ns", since_epoch_ns(self.at))
                .put("same", self.difference.is_none())
                .put_some("difference", self.difference.as_deref())
                .put("started_ns", self.started)
                .put("code", Shown(Digest::from_u128(self.code)))
                .put("build", Shown(Digest::from_u128(self.build.fingerprint)))
                .put("host", host());
        });
        json(note, Layout::Items)
    }

    fn read(note: &[u8]) -> Option<Self> {
        let mut note = JsonNote::read(note)?;
        let digest = |text: Option<String>| Key::parse(&text?).map(Key::as_u128);
        Some(Self {
            at: from_epoch_ns(note.number("at_ns")?),
            started: note.number("started_ns")?,
            code: digest(note.text("code"))?,
            build: Build {
                fingerprint: digest(note.text("build"))?,
            },
            difference: note.text("difference"),
        })
    }
}

/// The notes about results that were verified.
pub(crate) struct VerifiedNotes(Notes);

impl VerifiedNotes {
    pub(super) fn new(locking: &Arc<Locking>) -> Self {
        Self(Notes::new(locking, layout::VERIFIED))
    }

    /// Returns the note about a run, if there is one that can be read.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn get(&self, key: Key) -> Result<Option<VerifiedNote>, Error> {
        if !self.0.has(key)? {
            return Ok(None);
        }
        let bytes = self.0.get(key, |_| None)?;
        Ok(bytes.and_then(|bytes| VerifiedNote::read(&bytes)))
    }

    /// Notes what came of verifying a run.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub(crate) fn put(&self, key: Key, note: &VerifiedNote) -> Result<(), Error> {
        let note = note.write();
        self.0.put_at_once("note in", key, note.as_bytes())
    }
}
