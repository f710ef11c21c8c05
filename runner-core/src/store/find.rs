//! [`Store::find`]: a run's result, if there is one that counts.

use super::{
    agreement::{self, Absence, Claim},
    base::Store,
    bytes::Unreadable,
    directory::Directory,
    disk::Access,
    entries::{Entries, refused},
    reader::Reader,
    record::{Decoded, Look, Lookup, Record, Stale, Unfit, Wanted},
    result_file::ResultFile,
};
use crate::{
    base::Error,
    value::{Digest, Identity},
};

/// Decodes an output's bytes, given its canonical digest.
type Decode<'a> = dyn FnMut(&[u8], Digest) -> Result<Decoded, Unfit> + 'a;

/// A result whose output is decoded.
struct Candidate {
    output: Decoded,
    id: Digest,
    record: Record,
    /// Whether its omitted fields are exactly those of the config.
    is_exact: bool,
    /// The outputs that its maker's type refused.
    refused: Vec<Digest>,
}

/// A search for a result that counts.
struct Search {
    candidates: Vec<Candidate>,
    /// Why the first result that does not count does not.
    reason: Option<Lookup>,
    /// Whether a place is taken by another key, so that the run may be where it is not expected.
    saw_foreign: bool,
}

impl Store {
    /// Finds the result of a run. `decode` gets the output's bytes and canonical digest.
    ///
    /// A hit at the expected place costs opening, reading and closing one file.
    ///
    /// # Errors
    ///
    /// If the store cannot be read; what is damaged or missing is no error.
    pub(crate) fn find(
        &self,
        wanted: &Wanted<'_>,
        reader: &mut Reader,
        look: Look,
        decode: &mut Decode<'_>,
    ) -> Result<Lookup, Error> {
        let short = wanted.identity.key.short();
        if look == Look::Listed
            // To ask the listing takes as long as to open a file.
            && reader.expects_nothing
            && let Some(listing) = self.listings.last()
            && listing.of(short).next().is_none()
            && !self.listings.is_touched(short)
        {
            return Ok(Lookup::Missing);
        }
        reader.expects_nothing = false;
        reader.refused.clear();
        let mut search = Search {
            candidates: Vec::new(),
            reason: None,
            saw_foreign: false,
        };
        let Identity { name, key, .. } = wanted.identity;
        // Where runs are published in turns, the last one counts.
        let is_lockless = self.locking.is_lockless()?;
        if !is_lockless {
            reader.turn_to_name(name, *key);
            if let Some(hit) = self.look_at(wanted, reader, decode, &mut search)? {
                return Ok(hit);
            }
        }
        let listing = match look {
            _ if self.listings.is_touched(short) => self.listings.again()?,
            Look::Fresh if search.saw_foreign => self.listings.again()?,
            Look::Fresh if !wanted.named_by_key && !is_lockless => self.listings.fresh()?,
            Look::Listed | Look::Fresh => self.listings.get()?,
        };
        let later = match look {
            Look::Fresh if is_lockless => self.later_places(wanted)?,
            Look::Listed | Look::Fresh => Vec::new(),
        };
        let expected = self.directory_of(wanted.identity);
        let listed = listing.of(short);
        let listed = listed.filter(|&directory| is_lockless || directory != expected);
        for directory in later.iter().map(String::as_str).chain(listed) {
            reader.turn_to(directory);
            if let Some(hit) = self.look_at(wanted, reader, decode, &mut search)? {
                return Ok(hit);
            }
        }
        if let Some(hit) = search.take_best(reader) {
            return Ok(hit);
        }
        Ok(search.reason.unwrap_or_else(|| {
            reader.expects_nothing = true;
            Lookup::Missing
        }))
    }

    /// Looks at the directory that the reader is turned to. Returns a hit if that ends the search.
    fn look_at(
        &self,
        wanted: &Wanted<'_>,
        reader: &mut Reader,
        decode: &mut Decode<'_>,
        search: &mut Search,
    ) -> Result<Option<Lookup>, Error> {
        let Some(length) = reader.load(self.files())? else {
            return Ok(None);
        };
        let file = match ResultFile::read(&reader.bytes[..length]) {
            Ok(file) => file,
            Err(Unreadable::Format(format)) => {
                search.turn_down(Lookup::Stale(Stale::Format(format)));
                return Ok(None);
            }
            Err(Unreadable::Damaged(reason)) => {
                // A damaged result that was set aside is out of the way already.
                if !Directory::is_aside(reader.directory()) {
                    search.turn_down(Lookup::Corrupt(reason));
                }
                return Ok(None);
            }
        };
        let header = &file.header;
        if header.key != wanted.identity.key {
            search.saw_foreign = true;
            return Ok(None);
        }
        let is_exact = header.omitted == wanted.identity.omitted;
        let predated = if is_exact {
            Vec::new()
        } else if search.has_agreeing() {
            return Ok(None);
        } else {
            match self.predated(&file, wanted)? {
                Ok(predated) => predated,
                Err(stale) => {
                    search.turn_down(Lookup::Stale(stale));
                    return Ok(None);
                }
            }
        };
        match decode(file.output, header.output) {
            Err(Unfit::Upgrade(error)) => {
                reader.refused.push(file.output_id());
                search.turn_down(Lookup::Stale(Stale::Upgrade(error)));
                Ok(None)
            }
            Err(Unfit::Type(error)) => {
                reader.refused.push(file.output_id());
                let entries = Entries::read(file.entries).unwrap_or_default();
                search.turn_down(Lookup::Stale(Stale::Output {
                    error,
                    shape: entries.output_shape.into_owned(),
                }));
                Ok(None)
            }
            Ok(output) => {
                let record = header.record(reader.directory().to_owned());
                if output.is_upgraded {
                    // Of an older type, so not of today's.
                    reader.refused.push(file.output_id());
                }
                let refused = refused(file.entries);
                if is_exact && refused.is_empty() && search.candidates.is_empty() {
                    return Ok(Some(Lookup::Hit { output, record }));
                }
                if let Err(stale) = self.remember_all(wanted, predated)? {
                    search.turn_down(Lookup::Stale(stale));
                    return Ok(None);
                }
                search.candidates.push(Candidate {
                    output,
                    id: file.output_id(),
                    record,
                    is_exact,
                    refused,
                });
                Ok(if search.is_settled() {
                    search.take_best(reader)
                } else {
                    None
                })
            }
        }
    }

    /// Compares a result with a config that has the same key but other omitted fields: the fields that the result predates, or
    /// why it does not count.
    fn predated(
        &self,
        file: &ResultFile<'_>,
        wanted: &Wanted<'_>,
    ) -> Result<Result<Vec<Absence>, Stale>, Error> {
        // The checksum is right, so an unreadable entry is as it was written; without leaves nothing can be agreed on.
        let stored = Entries::read(file.entries).unwrap_or_default().leaves;
        let claims = match agreement::compare(&stored, &wanted.config.leaves()) {
            Ok(claims) => claims,
            Err(stale) => return Ok(Err(stale)),
        };
        let mut predated = Vec::new();
        for claim in claims {
            let remembered = self.absences.get(wanted.origin, &claim.absence().field)?;
            if let Err(stale) = claim.check(remembered.as_ref()) {
                return Ok(Err(stale));
            }
            if let Claim::Predates(absence) = claim {
                predated.push(absence);
            }
        }
        Ok(Ok(predated))
    }

    /// Remembers what fields mean for results that predate them. Another process may just have been the first.
    fn remember_all(
        &self,
        wanted: &Wanted<'_>,
        predated: Vec<Absence>,
    ) -> Result<Result<(), Stale>, Error> {
        if self.access == Access::Read {
            return Ok(Ok(()));
        }
        for absence in predated {
            let first = self.absences.note(wanted.origin, &absence)?;
            if let Err(stale) = Claim::Predates(absence).check(first.as_ref()) {
                return Ok(Err(stale));
            }
        }
        Ok(Ok(()))
    }
}

impl Search {
    /// Returns whether the type that wrote this result refused another result that today's type accepts. Then it is a different
    /// type.
    fn is_foreign(&self, candidate: &Candidate) -> bool {
        let mut others = self.candidates.iter();
        others.any(|other| !other.output.is_upgraded && candidate.refused.contains(&other.id))
    }

    /// Returns whether there is a result that no other can be better than.
    fn is_settled(&self) -> bool {
        let mut exact = self
            .candidates
            .iter()
            .filter(|candidate| candidate.is_exact);
        let best = exact.find(|candidate| !self.is_foreign(candidate));
        best.is_some_and(|best| best.refused.is_empty())
    }

    /// Returns whether there is a result that counts although it has other omitted fields, whatever else may be found.
    fn has_agreeing(&self) -> bool {
        let mut candidates = self.candidates.iter();
        candidates.any(|candidate| !candidate.is_exact && candidate.refused.is_empty())
    }

    /// The first result that counts, with exactly the omitted fields if there is one.
    fn take_best(&mut self, reader: &mut Reader) -> Option<Lookup> {
        let counts = |wanted: bool| {
            self.candidates
                .iter()
                .position(|candidate| candidate.is_exact == wanted && !self.is_foreign(candidate))
        };
        let best = counts(true).or_else(|| counts(false));
        if best.is_none() && !self.candidates.is_empty() {
            self.turn_down(Lookup::Stale(Stale::Output {
                error: "results of several types fit it, and each was made by one that did not take another".to_owned(),
                shape: Vec::new(),
            }));
        }
        let best = self.candidates.swap_remove(best?);
        reader.refused.extend(best.refused);
        Some(Lookup::Hit {
            output: best.output,
            record: best.record,
        })
    }

    fn turn_down(&mut self, reason: Lookup) {
        self.reason.get_or_insert(reason);
    }
}
