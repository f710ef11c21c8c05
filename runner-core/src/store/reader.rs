//! [`ResultReader`]: reads results, with buffers that are used again.

use super::{
    bytes::Unreadable,
    directory::{Digits, Directory},
    disk::{Files, unreadable},
    layout::RESULT,
    record::StoredRun,
    result_file::{ResultEntries, ResultFile, claimed_bytes},
};
use crate::{
    base::Error,
    value::{Digest, Key},
};

/// Maximum number of times that a file is read that changes meanwhile.
const READS_MAX: usize = 4;

/// A buffer that is larger is given back after the file that needed it.
const BUFFER_BYTES_MAX: usize = 4 << 20;

/// Buffers that one thread uses for any number of lookups.
#[derive(Debug, Default)]
pub(crate) struct ResultReader {
    /// A file is at its start; the rest is spare room.
    pub(super) bytes: Vec<u8>,
    /// For reading a suspicious file once more.
    pub(super) again: Vec<u8>,
    /// The path of the result that is looked at.
    pub(super) path: String,
    /// Whether the last lookup found no directory; the next one is then probably like it.
    pub(super) expects_nothing: bool,
    /// The ids of the outputs that the last lookup met, or knows from the result that it found, and that are not of the type
    /// that is looked for.
    pub(crate) refused: Vec<Digest>,
}

impl ResultReader {
    /// Turns to the result in a directory.
    pub(super) fn turn_to(&mut self, directory: &str) {
        self.path.clear();
        self.path.push_str(directory);
        self.path.push('/');
        self.path.push_str(RESULT);
    }

    /// Turns to the result at the usual place of a run.
    pub(super) fn turn_to_name(&mut self, name: &str, key: Key) {
        self.path.clear();
        Directory::push_name(&mut self.path, name, key, Digits::Short);
        self.path.push('/');
        self.path.push_str(RESULT);
    }

    pub(super) fn directory(&self) -> &str {
        &self.path[..self.path.len() - RESULT.len() - 1]
    }

    /// Reads the result that this is turned to, and returns its length.
    pub(super) fn load(
        &mut self,
        files: &Files,
    ) -> Result<Option<Result<usize, Unreadable>>, Error> {
        match self.load_twice(files) {
            Ok(length) => Ok(length.map(Ok)),
            Err(error) => unreadable(error).map(|reason| Some(Err(reason))),
        }
    }

    /// Reads a file that seems damaged until it comes twice in the same way: another process may just be replacing it.
    fn load_twice(&mut self, files: &Files) -> Result<Option<usize>, Error> {
        if self.bytes.len() > BUFFER_BYTES_MAX {
            (self.bytes, self.again) = (Vec::new(), Vec::new());
        }
        let Some(mut length) = files.read(&self.path, &mut self.bytes, claimed_bytes)? else {
            return Ok(None);
        };
        for _ in 1..READS_MAX {
            let read = ResultFile::read(&self.bytes[..length]);
            if !matches!(read, Err(Unreadable::Damaged(_))) {
                break;
            }
            let Some(length_again) = files.read(&self.path, &mut self.again, claimed_bytes)? else {
                return Ok(None);
            };
            let is_same = self.bytes[..length] == self.again[..length_again];
            std::mem::swap(&mut self.bytes, &mut self.again);
            length = length_again;
            if is_same {
                break;
            }
        }
        Ok(Some(length))
    }

    /// Reads the result in a directory; `None` if there is none.
    pub(super) fn result_in(
        &mut self,
        files: &Files,
        directory: &str,
    ) -> Result<Option<Result<ResultFile<'_>, Unreadable>>, Error> {
        self.turn_to(directory);
        let mut length = self.load(files)?;
        // What has no result is removed, and servers say now and then that a name is missing which is there.
        if length.is_none() && files.exists(&self.path)? {
            length = self.load(files)?;
        }
        let read = |length: usize| ResultFile::read(&self.bytes[..length]);
        Ok(length.map(|length| length.and_then(read)))
    }

    /// Returns the result in a directory, if it can be read.
    pub(super) fn surveyed(
        &mut self,
        files: &Files,
        directory: &str,
    ) -> Result<Option<StoredRun>, Error> {
        let Some(Ok(file)) = self.result_in(files, directory)? else {
            return Ok(None);
        };
        let Some(entries) = ResultEntries::read(file.entries) else {
            return Ok(None);
        };
        let header = file.header;
        Ok(Some(StoredRun {
            experiment: entries.experiment.to_owned(),
            version: entries.version,
            name: entries.name.to_owned(),
            key: header.key,
            leaves: entries.leaves.into_owned(),
            output_shape: entries.output_shape.into_owned(),
            record: header.record(directory.to_owned(), entries.code),
            config: entries.config.to_owned(),
            output_bytes: file.output.len() as u64,
            file_bytes: file.bytes() as u64,
        }))
    }
}
