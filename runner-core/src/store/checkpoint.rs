//! Checkpoints: what a run that is not done yet keeps for its next attempt.
//!
//! Only who has the key's lock touches a key's checkpoint; without locks, whoever saves one last.

use std::{collections::HashSet, io, time::SystemTime};

use super::{
    base::Store,
    checkpoint_file::{CheckpointFile, CheckpointHeader},
    disk::{Create, Durable},
    failure::parse_key,
    layout::{self, inside},
    result_file::Unreadable,
};
use crate::base::locked;
use crate::{base::Error, value::Key};

/// Ends the name of a checkpoint that is being written.
const PARTIAL: &str = ".partial";

/// What a store knows of its checkpoints.
#[derive(Debug, Default)]
pub(super) struct Checkpointed {
    /// The keys with one: those of one listing, and what this store did since.
    keys: Option<HashSet<Key>>,
    /// Whether this store has synced the directory that holds them, and those above.
    is_durable: bool,
}

/// A checkpoint as it was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FoundCheckpoint {
    Whole {
        header: CheckpointHeader,
        /// The state in postcard.
        state: Vec<u8>,
    },
    /// Undamaged, of another version of this library.
    Format(u32),
    /// The text says how.
    Damaged(String),
}

impl Store {
    /// Saves a checkpoint in place of an earlier one, durably: whatever happens from now on, this one or a later one is found.
    ///
    /// # Errors
    ///
    /// If it cannot be written. The earlier one is still there then.
    pub(crate) fn save_checkpoint(
        &self,
        header: CheckpointHeader,
        state: &[u8],
    ) -> Result<(), Error> {
        let path = checkpoint_path(header.key);
        let bytes = CheckpointFile { header, state }.write();
        let partial = self.partial_of(&path)?;
        self.put_checkpoint(&partial, &path, &bytes)
            .map_err(self.at("save a checkpoint in", &path))?;
        if let Some(keys) = &mut locked(&self.checkpointed).keys {
            keys.insert(header.key);
        }
        Ok(())
    }

    fn put_checkpoint(&self, partial: &str, path: &str, bytes: &[u8]) -> io::Result<()> {
        match self
            .disk
            .write(partial, bytes, Create::Replace, Durable::Now)
        {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make_notes(layout::CHECKPOINTS)?;
                self.disk
                    .write(partial, bytes, Create::Replace, Durable::Now)?;
            }
            written => written?,
        }
        self.disk.rename(partial, path)?;
        self.disk.sync_directory(layout::CHECKPOINTS)?;
        if !locked(&self.checkpointed).is_durable {
            // Who made the directories may have been killed right after.
            self.disk.sync_directory(layout::INTERNAL)?;
            self.disk.sync_directory(layout::ROOT)?;
            locked(&self.checkpointed).is_durable = true;
        }
        Ok(())
    }

    /// The checkpoint of a run, if there is any; whether it fits is for the caller to say.
    ///
    /// # Errors
    ///
    /// If it cannot be read; a damaged one is no error.
    pub(crate) fn checkpoint(&self, key: Key) -> Result<Option<FoundCheckpoint>, Error> {
        let mut buffer = Vec::new();
        let Some(length) = self.read(&checkpoint_path(key), &mut buffer)? else {
            return Ok(None);
        };
        if let Some(keys) = &mut locked(&self.checkpointed).keys {
            keys.insert(key);
        }
        Ok(Some(match CheckpointFile::read(&buffer[..length]) {
            Ok(file) if file.header.key != key => {
                FoundCheckpoint::Damaged("it is that of another run".to_owned())
            }
            Ok(file) => FoundCheckpoint::Whole {
                header: file.header,
                state: file.state.to_vec(),
            },
            Err(Unreadable::Format(format)) => FoundCheckpoint::Format(format),
            Err(Unreadable::Damaged(reason)) => FoundCheckpoint::Damaged(reason),
        }))
    }

    /// Removes a checkpoint that is damaged or `is_old`, which is asked when it was saved; durably.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    pub(crate) fn discard_checkpoint(
        &self,
        key: Key,
        is_old: impl FnOnce(SystemTime) -> bool,
    ) -> Result<(), Error> {
        if !self.has_checkpoint(key)? {
            return Ok(());
        }
        if let Some(saved) = self.checkpoint_saved(key)?
            && !is_old(saved)
        {
            return Ok(());
        }
        self.remove_checkpoint(key)?;
        self.disk
            .sync_directory(layout::CHECKPOINTS)
            .map_err(self.at("sync", layout::CHECKPOINTS))
    }

    /// When the checkpoint of a run was saved, if it has one that is whole.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(crate) fn checkpoint_saved(&self, key: Key) -> Result<Option<SystemTime>, Error> {
        if !self.has_checkpoint(key)? {
            return Ok(None);
        }
        Ok(match self.checkpoint(key)? {
            Some(FoundCheckpoint::Whole { header, .. }) => Some(header.saved),
            _ => None,
        })
    }

    /// Removes a checkpoint that a kill left beside the result in `directory`, unless somebody is doing the run.
    ///
    /// # Errors
    ///
    /// If the result cannot be made durable, or the checkpoint not be removed.
    pub(crate) fn retire_checkpoint(&self, key: Key, directory: &str) -> Result<(), Error> {
        if !self.has_checkpoint(key)? {
            return Ok(());
        }
        let Some(_lock) = self.lock(key)? else {
            return Ok(());
        };
        locked(&self.batch).directories.push(directory.to_owned());
        self.flush()?;
        self.remove_checkpoint(key)
    }

    /// Removes the checkpoint of a run whose result is durable.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    pub(super) fn remove_checkpoint(&self, key: Key) -> Result<(), Error> {
        let path = checkpoint_path(key);
        for path in [self.partial_of(&path)?, path] {
            match self.disk.remove_file(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed.map_err(self.at("remove the checkpoint", &path))?,
            }
        }
        if let Some(keys) = &mut locked(&self.checkpointed).keys {
            keys.remove(&key);
        }
        Ok(())
    }

    /// Lists the checkpoints anew when next asked: another process may have saved one.
    pub(crate) fn forget_checkpoints(&self) {
        locked(&self.checkpointed).keys = None;
    }

    /// Looks for a checkpoint that a run's process may have saved before it ended well.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    pub(crate) fn look_for_checkpoint(&self, key: Key) -> Result<(), Error> {
        let path = checkpoint_path(key);
        if let Some(keys) = &mut locked(&self.checkpointed).keys
            && self
                .disk
                .exists(&path)
                .map_err(self.at("look for", &path))?
        {
            keys.insert(key);
        }
        Ok(())
    }

    /// Answers from one listing, so that runs without checkpoints cost nothing.
    pub(super) fn has_checkpoint(&self, key: Key) -> Result<bool, Error> {
        self.with_checkpoints(|keys| keys.contains(&key))
    }

    /// Whether any run has a checkpoint.
    ///
    /// # Errors
    ///
    /// If the checkpoints cannot be listed.
    pub(crate) fn has_checkpoints(&self) -> Result<bool, Error> {
        self.with_checkpoints(|keys| !keys.is_empty())
    }

    fn with_checkpoints<R>(&self, look: impl FnOnce(&HashSet<Key>) -> R) -> Result<R, Error> {
        let mut checkpointed = locked(&self.checkpointed);
        if let Some(keys) = &checkpointed.keys {
            return Ok(look(keys));
        }
        let mut keys = HashSet::new();
        let listed = self.disk.list(layout::CHECKPOINTS, &mut |name| {
            // One that was being written when its process was killed goes with the rest.
            keys.extend(parse_key(name.strip_suffix(PARTIAL).unwrap_or(name)));
        });
        match listed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            listed => listed.map_err(self.at("list", layout::CHECKPOINTS))?,
        }
        Ok(look(checkpointed.keys.insert(keys)))
    }
}

pub(super) fn checkpoint_path(key: Key) -> String {
    inside(layout::CHECKPOINTS, &key.to_string())
}
