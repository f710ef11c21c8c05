//! [`VerifyStore`]: the store of runs that are verified, beside the results that they are compared with.

use std::{io, path::PathBuf, sync::Arc};

use nix::unistd::mkdtemp;

use super::{
    base::Store,
    disk::{Access, Durability},
    layout,
    lock::Lock,
    reader::ResultReader,
    record::Decoded,
};
use crate::{
    base::{Error, ErrorKind},
    value::{Digest, Key},
};

/// The store of runs that are verified.
pub(crate) struct VerifyStore {
    pub(crate) store: Arc<Store>,
    /// Whether it is in a directory for temporary files, as the results cannot be written to.
    pub(crate) is_elsewhere: bool,
}

impl Store {
    /// Opens the store for verifying the results of this one. Nothing in it has to survive.
    ///
    /// # Errors
    ///
    /// If there is no place for it.
    pub(crate) fn open_to_verify(&self) -> Result<VerifyStore, Error> {
        let open = |root: PathBuf| Self::open(&root, Access::Write, Durability::LeftToSystem);
        let beside = open(self.files().path(layout::VERIFY));
        let is_elsewhere = match &beside {
            Ok(store) => !store.may_change()?,
            Err(error) => is_closed(error),
        };
        let store = if is_elsewhere {
            let template = std::env::temp_dir().join("runner-verify-XXXXXX");
            let root = mkdtemp(&template).map_err(|error| {
                Error::store("make", crate::base::Needs::Both, template, error.into())
            })?;
            open(root)?
        } else {
            beside?
        };
        Ok(VerifyStore {
            store: Arc::new(store),
            is_elsewhere,
        })
    }

    /// Opens the store of runs that were verified, which may be absent.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub(crate) fn verify_store(&self) -> Result<Self, Error> {
        let root = self.files().path(layout::VERIFY);
        Self::open(&root, Access::Read, Durability::LeftToSystem)
    }

    /// Returns whether this user may write to it.
    ///
    /// # Errors
    ///
    /// If that cannot be found out.
    pub(crate) fn may_change(&self) -> Result<bool, Error> {
        let files = self.files();
        let may = files.disk.may_change(layout::ROOT);
        match may {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            may => may.map_err(files.reading("look at", layout::ROOT)),
        }
    }

    /// Removes all that there is of a run.
    ///
    /// # Errors
    ///
    /// If it cannot be removed.
    pub(crate) fn wipe(&self, lock: &Lock<'_>) -> Result<(), Error> {
        let key = lock.key;
        let listing = self.listings.get()?;
        let names: Vec<&str> = listing.of(key.short()).collect();
        for name in &names {
            self.files().remove_leftover(name)?;
        }
        if !names.is_empty() {
            self.listings.touch(key.short());
        }
        if self.failures.get(key)?.is_some() {
            self.failures.remove(key)?;
        }
        self.forget_checkpoint(key)
    }

    /// Removes the checkpoint of a run, if there is one.
    ///
    /// # Errors
    ///
    /// If it cannot be removed.
    pub(crate) fn forget_checkpoint(&self, key: Key) -> Result<(), Error> {
        if self.checkpoints.has(key)? {
            self.checkpoints.remove(key)?;
        }
        Ok(())
    }

    /// Decodes the output of the result in a directory, if there is one that can be read.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn output_in(
        &self,
        directory: &str,
        decode: impl FnOnce(&[u8], Digest) -> Option<Decoded>,
    ) -> Result<Option<Decoded>, Error> {
        let mut reader = ResultReader::default();
        Ok(match reader.result_in(self.files(), directory)? {
            Some(Ok(file)) => decode(file.output, file.header.output),
            _ => None,
        })
    }
}

impl VerifyStore {
    /// Removes a store in a directory for temporary files, unless it holds a run.
    pub(crate) fn leave(&self) {
        let is_empty = || {
            let listing = self.store.listings.again();
            listing.is_ok_and(|listing| listing.names().next().is_none())
        };
        if self.is_elsewhere && is_empty() {
            // What stays is among other temporary files.
            let _ = std::fs::remove_dir_all(self.store.root());
        }
    }
}

/// Returns whether an error says that this user may not write there.
fn is_closed(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Store { source, .. } if matches!(
            source.kind(),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
        )
    )
}
