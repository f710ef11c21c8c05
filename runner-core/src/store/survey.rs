//! [`Store::survey`]: a look at every result in the store, on all cores.

use super::{
    base::Store, entries::Entries, reader::Reader, record::StoredRun, result_file::ResultFile,
};
use crate::base::{Error, parallel};

/// A result as a survey shows it.
#[derive(Debug)]
pub(crate) struct Surveyed {
    pub(crate) run: StoredRun,
    /// The config in postcard.
    pub(crate) config: Vec<u8>,
}

impl Store {
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
        let listing = self.list_again()?;
        let names: Vec<&str> = listing.names().collect();
        let seen = parallel::try_map(
            &names,
            || (Reader::default(), state()),
            |(reader, state), _, name| {
                reader.turn_to(|path| path.push_str(name));
                let surveyed = self.surveyed(reader)?;
                Ok::<_, Error>(surveyed.and_then(|surveyed| look(state, surveyed)))
            },
        )?;
        Ok(seen.into_iter().flatten().collect())
    }

    /// The result that the reader is turned to.
    pub(super) fn surveyed(&self, reader: &mut Reader) -> Result<Option<Surveyed>, Error> {
        let Some(length) = self.read_steadily(reader)? else {
            return Ok(None);
        };
        let Ok(file) = ResultFile::read(&reader.bytes[..length]) else {
            return Ok(None);
        };
        let Some(entries) = Entries::read(file.entries) else {
            return Ok(None);
        };
        let header = file.header;
        let directory = reader.directory().to_owned();
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
                file_bytes: length as u64,
                record: header.record(directory),
            },
        }))
    }
}
