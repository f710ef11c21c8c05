//! [`EventFile`]: the file that events are written to.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use crate::base::Error;

/// A file for lines, each written at once.
#[derive(Debug)]
pub(crate) struct EventFile(File);

impl EventFile {
    /// Makes the file, or empties it.
    ///
    /// # Errors
    ///
    /// A usage error if it cannot be written to.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        File::create(path).map(Self).map_err(|error| {
            let remedy = match error.kind() {
                io::ErrorKind::NotFound => ": make its directory first",
                io::ErrorKind::IsADirectory => ": name a file in it",
                _ => ": choose another file",
            };
            Error::usage(format!(
                "`--events` cannot write to `{}` ({error}){remedy}",
                path.display()
            ))
        })
    }
}

impl Write for EventFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
