//! [`Store::scan`]: every result in the store.

use super::{
    base::Store, disk::Disk, entries::Entries, reader::Reader, record::StoredRun,
    result_file::ResultFile,
};
use crate::error::Error;

impl<D: Disk> Store<D> {
    /// Every result that can be read, whatever experiment it is of, in no particular order. What is damaged or of another
    /// format is left out.
    ///
    /// # Errors
    ///
    /// If the store cannot be listed; each item, if its file cannot be read.
    pub(crate) fn scan(
        &self,
    ) -> Result<impl Iterator<Item = Result<StoredRun, Error>> + '_, Error> {
        let listing = self.list_again()?;
        let names: Vec<String> = listing.names().map(str::to_owned).collect();
        let mut reader = Reader::default();
        Ok(names
            .into_iter()
            .filter_map(move |directory| self.stored_run(directory, &mut reader).transpose()))
    }

    fn stored_run(
        &self,
        directory: String,
        reader: &mut Reader,
    ) -> Result<Option<StoredRun>, Error> {
        reader.turn_to(|path| path.push_str(&directory));
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
        Ok(Some(StoredRun {
            experiment: entries.experiment,
            version: entries.version,
            name: entries.name,
            key: header.key,
            leaves: entries.leaves,
            output_shape: entries.output_shape,
            output_bytes: file.output.len() as u64,
            file_bytes: length as u64,
            record: header.record(directory),
        }))
    }
}
