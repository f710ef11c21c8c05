//! [`Reader`]: reads the results of runs.

use super::{
    base::Store,
    bytes::Unreadable,
    directory::{Digits, Directory},
    entries::Entries,
    layout::RESULT,
    record::StoredRun,
    result_file::ResultFile,
};
use crate::{
    base::{Error, parallel},
    value::{Digest, Key},
};

/// Maximum number of times that a file is read that changes meanwhile.
const READS_MAX: usize = 4;

/// Buffers that one thread uses for any number of lookups.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// As long as it is large; a file is at its start.
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

/// A result as a survey shows it.
#[derive(Debug)]
pub(crate) struct Surveyed {
    pub(crate) run: StoredRun,
    /// The config in postcard.
    pub(crate) config: Vec<u8>,
}

impl Reader {
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
}

impl Store {
    /// Reads a result into the reader. What seems damaged is read until it comes twice in the same way: another process may
    /// just be replacing it.
    pub(super) fn read_steadily(&self, reader: &mut Reader) -> Result<Option<usize>, Error> {
        let Some(mut length) = self.read(&reader.path, &mut reader.bytes)? else {
            return Ok(None);
        };
        for _ in 1..READS_MAX {
            let read = ResultFile::read(&reader.bytes[..length]);
            if !matches!(read, Err(Unreadable::Damaged(_))) {
                break;
            }
            let Some(length_again) = self.read(&reader.path, &mut reader.again)? else {
                return Ok(None);
            };
            let is_same = reader.bytes[..length] == reader.again[..length_again];
            std::mem::swap(&mut reader.bytes, &mut reader.again);
            length = length_again;
            if is_same {
                break;
            }
        }
        Ok(Some(length))
    }

    /// Reads the result in a directory; `None` if there is none.
    pub(super) fn result_in<'r>(
        &self,
        reader: &'r mut Reader,
        directory: &str,
    ) -> Result<Option<Result<ResultFile<'r>, Unreadable>>, Error> {
        reader.turn_to(directory);
        let length = self.read_steadily(reader)?;
        Ok(length.map(|length| ResultFile::read(&reader.bytes[..length])))
    }

    /// Looks at every result that can be read, whatever experiment it is of: `look` is given each, with the state of its
    /// thread, and what it answers is kept, by key. What is damaged or of another format is left out.
    ///
    /// # Errors
    ///
    /// If the store or a result in it cannot be read.
    pub(crate) fn survey<S, R: Send>(
        &self,
        state: impl Fn() -> S + Sync,
        look: impl Fn(&mut S, Surveyed) -> Option<R> + Sync,
    ) -> Result<Vec<R>, Error> {
        let listing = self.listings.again()?;
        let names: Vec<&str> = listing.names().collect();
        let seen = parallel::try_map(
            &names,
            || (Reader::default(), state()),
            |(reader, state), _, name| {
                let surveyed = self.surveyed(reader, name)?;
                Ok::<_, Error>(surveyed.and_then(|surveyed| look(state, surveyed)))
            },
        )?;
        Ok(seen.into_iter().flatten().collect())
    }

    /// Returns the result in a directory, if it can be read.
    pub(super) fn surveyed(
        &self,
        reader: &mut Reader,
        directory: &str,
    ) -> Result<Option<Surveyed>, Error> {
        let Some(Ok(file)) = self.result_in(reader, directory)? else {
            return Ok(None);
        };
        let Some(entries) = Entries::read(file.entries) else {
            return Ok(None);
        };
        let header = file.header;
        Ok(Some(Surveyed {
            config: entries.config,
            run: StoredRun {
                experiment: entries.experiment,
                version: entries.version,
                name: entries.name,
                key: header.key,
                leaves: entries.leaves,
                output_shape: entries.output_shape,
                output_bytes: file.output.len() as u64,
                file_bytes: file.bytes() as u64,
                record: header.record(directory.to_owned()),
            },
        }))
    }
}
