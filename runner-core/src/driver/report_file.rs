//! The file of `--report-to`.

use std::{
    fs::{File, OpenOptions},
    path::Path,
};

use crate::base::{Error, ErrorKind, Redirected};

/// Checks that the report can be written to a file, before anything runs. What is in it stays until then.
///
/// # Errors
///
/// A usage error if not.
pub(super) fn check(path: &Path) -> Result<(), Error> {
    let opened = OpenOptions::new().append(true).create(true).open(path);
    let opened = opened.map(drop);
    opened.map_err(|error| Error::unwritable("--report-to", path, &error))
}

/// Lets standard output go to the file.
///
/// # Errors
///
/// If it cannot be written to any more.
pub(super) fn redirect(path: &Path) -> Result<Redirected, Error> {
    let file = File::create(path);
    let redirected = file.and_then(Redirected::to);
    redirected.map_err(|error| ErrorKind::Output(error).into())
}
