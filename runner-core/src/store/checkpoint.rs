//! Checkpoints: what a run that is not done yet keeps for its next attempt. `docs/format.md` describes their bytes.
//!
//! Only the holder of a key's lock writes its checkpoint. Without locks the last writer wins.

use std::{collections::HashSet, sync::Arc, time::SystemTime};

use super::{
    build::Build,
    bytes::{ByteReader, Envelope, Unreadable, from_epoch_ns, since_epoch_ns},
    disk::{Durable, unreadable},
    layout,
    locking::Locking,
    notes::Notes,
};
use crate::{
    base::Error,
    value::{Digest, Key},
};

/// As that of a result, and never taken for one.
const ENVELOPE: Envelope = Envelope {
    magic: *b"\x89runckp\n",
    format: 2,
    noun: "checkpoint",
    claimed_bytes,
};
/// The bytes of the content before the state.
const HEADER_BYTES: usize = 4 * 16 + 8 + 4 + 8;

/// Returns the length of a checkpoint as its header tells it.
fn claimed_bytes(bytes: &[u8]) -> Option<u64> {
    const START: usize = 8 + 4;
    let header = bytes.get(START..START + HEADER_BYTES)?;
    let state = ByteReader(&header[HEADER_BYTES - 8..]).u64()?;
    state.checked_add((Envelope::BYTES + HEADER_BYTES) as u64)
}

/// The fixed part of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CheckpointHeader {
    pub(crate) key: Key,
    /// The canonical digest of the whole config, also of what the key leaves out.
    pub(crate) config: Digest,
    /// The canonical digest of the state.
    pub(crate) state: Digest,
    pub(crate) build: Build,
    pub(crate) saved: SystemTime,
    /// The attempt that saved it.
    pub(crate) attempt: u32,
}

/// An undamaged checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CheckpointFile<'a> {
    pub(super) header: CheckpointHeader,
    /// The state, in postcard or in the form that describes itself.
    pub(super) state: &'a [u8],
}

/// A checkpoint as it was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FoundCheckpoint {
    Whole {
        header: CheckpointHeader,
        /// The state, in postcard or in the form that describes itself.
        state: Vec<u8>,
    },
    /// Undamaged, of another version of this library.
    Format(u32),
    /// The text says how.
    Damaged(String),
}

impl<'a> CheckpointFile<'a> {
    /// Reads a whole file, whatever the bytes are.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        ENVELOPE.open(bytes, |cursor| {
            let header = CheckpointHeader {
                key: Key::from_u128(cursor.u128()?),
                config: cursor.digest()?,
                state: cursor.digest()?,
                build: Build {
                    fingerprint: cursor.u128()?,
                },
                saved: from_epoch_ns(cursor.u64()?),
                attempt: cursor.u32()?,
            };
            let state_bytes = usize::try_from(cursor.u64()?).ok()?;
            let state = cursor.bytes(state_bytes)?;
            Some((Self { header, state }, state))
        })
    }

    /// Returns the bytes of the file.
    pub(super) fn write(&self) -> Vec<u8> {
        let header = &self.header;
        let mut out = ENVELOPE.start(self.state, HEADER_BYTES + self.state.len());
        out.extend_from_slice(&header.key.as_u128().to_le_bytes());
        out.extend_from_slice(&header.config.to_bytes());
        out.extend_from_slice(&header.state.to_bytes());
        out.extend_from_slice(&header.build.fingerprint.to_le_bytes());
        out.extend_from_slice(&since_epoch_ns(header.saved).to_le_bytes());
        out.extend_from_slice(&header.attempt.to_le_bytes());
        out.extend_from_slice(&(self.state.len() as u64).to_le_bytes());
        out.extend_from_slice(self.state);
        Envelope::seal(out)
    }
}

/// The checkpoints of runs that are not done.
pub(crate) struct CheckpointNotes(Notes);

impl CheckpointNotes {
    pub(super) fn new(locking: &Arc<Locking>) -> Self {
        Self(Notes::new(locking, layout::CHECKPOINTS))
    }

    /// Saves a checkpoint in place of an earlier one, durably: whatever happens from now on, this one or a later one is found.
    ///
    /// # Errors
    ///
    /// If it cannot be written. The earlier one is still there then.
    pub(crate) fn save(&self, header: CheckpointHeader, state: &[u8]) -> Result<(), Error> {
        let bytes = CheckpointFile { header, state }.write();
        self.0
            .put("save a checkpoint in", header.key, &bytes, Durable::Now)
    }

    /// Returns the checkpoint of a run, if there is any; the caller decides whether it fits.
    ///
    /// # Errors
    ///
    /// If it cannot be read; a damaged one is no error.
    pub(crate) fn get(&self, key: Key) -> Result<Option<FoundCheckpoint>, Error> {
        let bytes = match self.0.get(key, claimed_bytes) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => return Ok(None),
            Err(error) => Err(unreadable(error)?),
        };
        let read = match &bytes {
            Ok(bytes) => CheckpointFile::read(bytes),
            Err(unreadable) => Err(unreadable.clone()),
        };
        Ok(Some(match read {
            Ok(file) if file.header.key != key => {
                FoundCheckpoint::Damaged("it is that of another run".to_owned())
            }
            Ok(file) => FoundCheckpoint::Whole {
                header: file.header,
                state: file.state.to_vec(),
            },
            Err(Unreadable::Format(format)) => FoundCheckpoint::Format(format),
            Err(Unreadable::Damaged(reason) | Unreadable::Forbidden(reason)) => {
                FoundCheckpoint::Damaged(reason)
            }
        }))
    }

    /// Removes a checkpoint that is damaged, or old by the time when it was saved; durably.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    pub(crate) fn discard(
        &self,
        key: Key,
        is_old: impl FnOnce(SystemTime) -> bool,
    ) -> Result<(), Error> {
        let saved = self.saved(key)?;
        if !self.0.has(key)? || saved.is_some_and(|saved| !is_old(saved)) {
            return Ok(());
        }
        self.remove(key)?;
        self.0.sync()
    }

    /// Returns when the checkpoint of a run was saved, if it has one that is whole.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(crate) fn saved(&self, key: Key) -> Result<Option<SystemTime>, Error> {
        if !self.0.has(key)? {
            return Ok(None);
        }
        Ok(match self.get(key)? {
            Some(FoundCheckpoint::Whole { header, .. }) => Some(header.saved),
            _ => None,
        })
    }

    /// Removes the checkpoint of a run whose result is durable.
    pub(super) fn remove(&self, key: Key) -> Result<(), Error> {
        self.0.remove("remove the checkpoint", key)
    }

    /// Lists the checkpoints anew at the next use: another process may have saved one.
    pub(crate) fn forget(&self) {
        self.0.forget();
    }

    pub(super) fn has(&self, key: Key) -> Result<bool, Error> {
        self.0.has(key)
    }

    /// Returns whether no run has a checkpoint.
    ///
    /// # Errors
    ///
    /// If the checkpoints cannot be listed.
    pub(crate) fn is_empty(&self) -> Result<bool, Error> {
        self.0.with_keys(HashSet::is_empty)
    }
}
