//! [`ResultReader`]: reads the results of runs.

use super::{
    base::Store,
    bytes::Unreadable,
    directory::{Digits, Directory},
    entries::ResultEntries,
    files::Files,
    layout::RESULT,
    record::StoredRun,
    result_file::{ResultFile, is_whole},
};
use crate::{
    base::{Error, parallel},
    value::{Digest, Key},
};

/// Maximum number of times that a file is read that changes meanwhile.
const READS_MAX: usize = 4;

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

    /// The directory of the result.
    pub(super) fn directory(&self) -> &str {
        &self.path[..self.path.len() - RESULT.len() - 1]
    }

    /// Reads the result that this is turned to, and returns its length. A file that seems damaged is read until it comes twice in
    /// the same way: another process may just be replacing it.
    pub(super) fn load(&mut self, files: &Files) -> Result<Option<usize>, Error> {
        let Some(mut length) = files.read(&self.path, &mut self.bytes, is_whole)? else {
            return Ok(None);
        };
        for _ in 1..READS_MAX {
            let read = ResultFile::read(&self.bytes[..length]);
            if !matches!(read, Err(Unreadable::Damaged(_))) {
                break;
            }
            let Some(length_again) = files.read(&self.path, &mut self.again, is_whole)? else {
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
        let length = self.load(files)?;
        Ok(length.map(|length| ResultFile::read(&self.bytes[..length])))
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
            record: header.record(directory.to_owned()),
            config: entries.config.to_owned(),
            output_bytes: file.output.len() as u64,
            file_bytes: file.bytes() as u64,
        }))
    }
}

impl Store {
    /// Passes every result that can be read, of whatever experiment, to `look` with the state of its thread. Returns what `look`
    /// returns, by key. Skips results that are damaged or of another format.
    ///
    /// # Errors
    ///
    /// If the store or a result in it cannot be read.
    pub(crate) fn survey<S, R: Send>(
        &self,
        state: impl Fn() -> S + Sync,
        look: impl Fn(&mut S, StoredRun) -> Option<R> + Sync,
    ) -> Result<Vec<R>, Error> {
        let listing = self.listings.again()?;
        let names: Vec<&str> = listing.names().collect();
        let seen = parallel::try_map(
            &names,
            || (ResultReader::default(), state()),
            |(reader, state), _, name| {
                let surveyed = reader.surveyed(self.files(), name)?;
                Ok::<_, Error>(surveyed.and_then(|surveyed| look(state, surveyed)))
            },
        )?;
        Ok(seen.into_iter().flatten().collect())
    }
}
