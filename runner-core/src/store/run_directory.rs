//! Writes the files in a run's directory, which the run may have moved or changed.

use std::io;

use nix::errno::Errno;

use super::{
    build::Build,
    disk::{Create, Durable},
    failure::Failure,
    files::{Files, is_absent},
    layout::{self, inside},
};
use crate::base::{Error, Kind};

impl Files {
    /// Writes a result and gives it its name, complete or not at all.
    pub(super) fn put_result(
        &self,
        directory: &str,
        bytes: &[u8],
        durable: Durable,
    ) -> Result<(), Error> {
        let partial = inside(directory, layout::PARTIAL);
        let result = inside(directory, layout::RESULT);
        self.disk
            .write(&partial, bytes, Create::Replace, durable)
            .map_err(self.at("write", &partial))?;
        self.disk
            .rename(&partial, &result)
            .map_err(self.at("publish", &result))
    }

    /// Writes `run.json`, unless the run has moved its directory or has something else of that name: the result, or the note of
    /// the failure, is what counts.
    pub(super) fn put_run_json(&self, directory: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = inside(directory, layout::RUN_JSON);
        let written = self
            .disk
            .write(&path, bytes, Create::Replace, Durable::Later);
        match written {
            Err(error) if is_of_the_run(&error) => Ok(()),
            written => written.map_err(self.at("write", &path)),
        }
    }

    /// Removes a directory that a durable result replaced. It is no loss if a part stays: `--prune` finds it.
    pub(super) fn remove_replaced(&self, directory: &str) {
        // The result first: one whose artifacts are half gone must not be found.
        let result = inside(directory, layout::RESULT);
        if self.disk.remove_file(&result).is_ok() {
            let _ = self.disk.remove_tree(directory);
        }
    }
}

/// Returns the failure of a run whose result cannot be stored through its own fault.
///
/// # Errors
///
/// The error itself if it is the store's.
pub(super) fn displaced(error: Error, attempts: u32, build: Build) -> Result<Failure, Error> {
    let Kind::Store {
        operation,
        path,
        source,
        ..
    } = error.kind()
    else {
        return Err(error);
    };
    if !is_of_the_run(source) {
        return Err(error);
    }
    let text = format!(
        "its result has no place: cannot {operation} `{}`: {source}; leave the directory where it is, and the names {}, {} and {} \
         in it to this library",
        path.display(),
        layout::RESULT,
        layout::RUN_JSON,
        layout::PARTIAL
    );
    Ok(Failure::now(text, None, attempts, build))
}

/// Returns whether an error below a run's directory can only come from what the run did to it.
fn is_of_the_run(error: &io::Error) -> bool {
    is_absent(error)
        || matches!(
            error.kind(),
            io::ErrorKind::IsADirectory
                | io::ErrorKind::AlreadyExists
                | io::ErrorKind::DirectoryNotEmpty
        )
        || error.raw_os_error() == Some(Errno::ELOOP as i32)
}
