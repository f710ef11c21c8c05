//! [`read_text`]: a file that somebody names on the command line.

use std::{fs, path::Path};

use crate::base::Error;

/// The text of a file outside the store; `flag` is what named it.
///
/// # Errors
///
/// A usage error if it cannot be read or is no text.
pub(crate) fn read_text(flag: &str, path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| {
        Error::usage(format!(
            "{flag} {}: cannot read the file: {error}",
            path.display()
        ))
    })
}
