//! [`Files`]: the disk of a store, with errors that name the operation and the path.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    disk::{Create, Disk, Durable},
    layout,
};
use crate::base::{Error, Needs};

/// The files below the output directory.
pub(super) struct Files {
    pub(super) disk: Arc<dyn Disk>,
    /// The directory as it was given, for messages.
    pub(super) root: PathBuf,
}

impl Files {
    pub(super) fn new(disk: Arc<dyn Disk>, root: &Path) -> Self {
        Self {
            disk,
            root: root.to_owned(),
        }
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        match path {
            layout::ROOT => self.root.clone(),
            path => self.root.join(path),
        }
    }

    /// Names the operation and the path in an error of the disk.
    pub(super) fn at<'a>(
        &'a self,
        operation: &'static str,
        path: &'a str,
    ) -> impl Fn(io::Error) -> Error + 'a {
        move |source| Error::store(operation, Needs::Writing, self.path(path), source)
    }

    /// The same of an operation that only reads.
    fn reading<'a>(
        &'a self,
        operation: &'static str,
        path: &'a str,
    ) -> impl Fn(io::Error) -> Error + 'a {
        move |source| Error::store(operation, Needs::Reading, self.path(path), source)
    }

    /// Calls `each` for every name in a directory; one that does not exist is empty.
    pub(super) fn list(&self, directory: &str, each: &mut dyn FnMut(&str)) -> Result<(), Error> {
        match self.disk.list(directory, each) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            listed => listed.map_err(self.reading("list", directory)),
        }
    }

    /// Reads a file into the start of `buffer` and returns its length, as [`Disk::read`] does; `None` if there is no file.
    pub(super) fn read(
        &self,
        path: &str,
        buffer: &mut Vec<u8>,
        is_whole: fn(&[u8]) -> bool,
    ) -> Result<Option<usize>, Error> {
        match self.disk.read(path, buffer, is_whole) {
            Ok(length) => Ok(Some(length)),
            Err(error) if is_absent(&error) => Ok(None),
            // A directory in place of a file holds nothing that could be read.
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => Ok(Some(0)),
            Err(error) => Err(self.reading("read", path)(error)),
        }
    }

    /// Reads a file that is read once; `None` if there is none.
    pub(super) fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let mut bytes = Vec::new();
        let length = self.read(path, &mut bytes, |_| false)?;
        Ok(length.map(|length| {
            bytes.truncate(length);
            bytes
        }))
    }

    /// Returns whether anything has this name.
    pub(super) fn exists(&self, path: &str) -> Result<bool, Error> {
        self.disk
            .exists(path)
            .map_err(self.reading("look for", path))
    }

    /// Returns the bytes of the files in a directory; `None` if it is gone, a link or no directory.
    pub(super) fn tree_bytes(&self, directory: &str) -> Result<Option<u64>, Error> {
        match self.disk.tree_bytes(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            measured => measured.map_err(self.reading("measure", directory)),
        }
    }

    /// Writes a file in a directory below `.runner/`, which is made if need be.
    pub(super) fn write_in(
        &self,
        directory: &str,
        path: &str,
        bytes: &[u8],
        create: Create,
        durable: Durable,
    ) -> io::Result<()> {
        match self.disk.write(path, bytes, create, durable) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make_internal(directory)?;
                self.disk.write(path, bytes, create, durable)
            }
            written => written,
        }
    }

    /// Makes a directory below `.runner/`, unless it is there.
    pub(super) fn make_internal(&self, directory: &str) -> io::Result<()> {
        for directory in [layout::INTERNAL, directory] {
            match self.disk.make_directory(directory) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => made?,
            }
        }
        Ok(())
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        self.disk.rename(from, to).map_err(self.at("rename", from))
    }

    pub(super) fn sync_directory(&self, path: &str) -> Result<(), Error> {
        let synced = self.disk.sync_directory(path);
        synced.map_err(self.at("sync", path))
    }

    /// Removes a run's directory that has no result.
    pub(super) fn remove_leftover(&self, directory: &str) -> Result<(), Error> {
        match self.disk.remove_tree(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            // The run left a file in place of its directory.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                self.disk.remove_file(directory)
            }
            removed => removed,
        }
        .map_err(self.at("remove what is left of a run in", directory))
    }

    /// Removes a file, unless it is gone.
    pub(super) fn remove_file(&self, path: &str) -> io::Result<()> {
        match self.disk.remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

/// Returns whether an error says that nothing has this path.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
