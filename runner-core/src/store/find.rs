//! [`Store::find`]: a run's result, if there is one that counts.

use super::directory::{Digits, Directory};
use super::{
    agreement::{self, Claim, Meaning},
    base::{Access, Store},
    entries::{Entries, refused},
    reader::Reader,
    record::{Look, Lookup, Record, Taken, Unfit, Wanted},
    result_file::{ResultFile, Unreadable},
    stale::Stale,
};
use crate::{
    base::Error,
    value::{Digest, Identity},
};

/// How often a file that changes while it is read is tried.
const READS_MAX: usize = 4;

/// Decodes an output's bytes, given its canonical digest, or answers why they do not fit.
type Decode<'a, O> = dyn FnMut(&[u8], Digest) -> Result<O, Unfit> + 'a;

/// A result whose output is decoded.
struct Candidate<O> {
    output: O,
    id: Digest,
    record: Record,
    /// Whether its omitted fields are exactly those of the config.
    is_exact: bool,
    /// What its maker's type did not take.
    refused: Vec<Digest>,
}

/// What was found so far.
struct Search<O> {
    candidates: Vec<Candidate<O>>,
    /// Why the first of the others does not.
    reason: Option<Lookup<O>>,
    /// Whether a place is taken by another key, so that the run may be where it is not expected.
    saw_foreign: bool,
}

impl Store {
    /// Finds the result of a run. `decode` is given the output's bytes and canonical digest, and answers why they do not fit.
    ///
    /// A hit at the expected place costs opening, reading and closing one file.
    ///
    /// # Errors
    ///
    /// If the store cannot be read; what is damaged or missing is no error.
    pub(crate) fn find<O: Taken>(
        &self,
        wanted: &Wanted<'_>,
        reader: &mut Reader,
        look: Look,
        decode: &mut Decode<'_, O>,
    ) -> Result<Lookup<O>, Error> {
        let short = wanted.identity.key.short();
        if look == Look::Listed
            // To ask the listing takes as long as to open a file.
            && reader.expects_nothing
            && let Some(listing) = self.listing_made()
            && listing.of(short).next().is_none()
            && !self.is_touched(short)
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
        let is_lockless = self.is_lockless()?;
        if !is_lockless {
            reader.turn_to(|path| Directory::push_name(path, name, *key, Digits::Short));
            if let Some(hit) = self.look_at(wanted, reader, decode, &mut search)? {
                return Ok(hit);
            }
        }
        let listing = match look {
            _ if self.is_touched(short) => self.list_again()?,
            Look::Fresh if search.saw_foreign => self.list_again()?,
            Look::Fresh if !wanted.named_by_key && !is_lockless => self.listing_now()?,
            Look::Listed | Look::Fresh => self.listing()?,
        };
        let later = match look {
            Look::Fresh if is_lockless => self.later_places(wanted)?,
            Look::Listed | Look::Fresh => Vec::new(),
        };
        let expected = self.directory_of(wanted.identity);
        let listed = listing.of(short);
        let listed = listed.filter(|&directory| is_lockless || directory != expected);
        for directory in later.iter().map(String::as_str).chain(listed) {
            reader.turn_to(|path| path.push_str(directory));
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

    /// Looks at the directory that the reader is turned to; an answer ends the search.
    fn look_at<O: Taken>(
        &self,
        wanted: &Wanted<'_>,
        reader: &mut Reader,
        decode: &mut Decode<'_, O>,
        search: &mut Search<O>,
    ) -> Result<Option<Lookup<O>>, Error> {
        let Some(length) = self.read_steadily(reader)? else {
            return Ok(None);
        };
        let file = match ResultFile::read(&reader.bytes[..length]) {
            Ok(file) => file,
            Err(Unreadable::Format(format)) => {
                search.turn_down(Lookup::Stale(Stale::Format(format)));
                return Ok(None);
            }
            Err(Unreadable::Damaged(reason)) => {
                // What was set aside for being damaged is out of the way already.
                if !is_aside(reader.directory()) {
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
                    shape: entries.output_shape,
                }));
                Ok(None)
            }
            Ok(output) => {
                let record = header.record(reader.directory().to_owned());
                if output.is_converted() {
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

    /// Compares a result with a config that has the same key but other omitted fields: the fields that the result predates, or
    /// why it does not count.
    fn predated(
        &self,
        file: &ResultFile<'_>,
        wanted: &Wanted<'_>,
    ) -> Result<Result<Vec<Meaning>, Stale>, Error> {
        // The checksum is right, so an unreadable entry is as it was written; without leaves nothing can be agreed on.
        let stored = Entries::read(file.entries).unwrap_or_default().leaves;
        let claims = match agreement::compare(&stored, &wanted.config.leaves()) {
            Ok(claims) => claims,
            Err(stale) => return Ok(Err(stale)),
        };
        let mut predated = Vec::new();
        for claim in claims {
            let remembered = self.remembered(wanted.origin, claim.meaning())?;
            if let Err(stale) = claim.check(remembered.as_ref()) {
                return Ok(Err(stale));
            }
            if let Claim::Predates(meaning) = claim {
                predated.push(meaning);
            }
        }
        Ok(Ok(predated))
    }

    /// Remembers what fields mean for results that predate them. Another process may just have been the first.
    fn remember_all(
        &self,
        wanted: &Wanted<'_>,
        predated: Vec<Meaning>,
    ) -> Result<Result<(), Stale>, Error> {
        if self.access == Access::Read {
            return Ok(Ok(()));
        }
        for meaning in predated {
            let first = self.remember(wanted.origin, &meaning)?;
            if let Err(stale) = Claim::Predates(meaning).check(first.as_ref()) {
                return Ok(Err(stale));
            }
        }
        Ok(Ok(()))
    }
}

/// Whether a run's directory is one that was set aside.
pub(super) fn is_aside(directory: &str) -> bool {
    directory.contains('~')
        && Directory::parse(directory).is_some_and(|parsed| parsed.aside.is_some())
}

impl<O: Taken> Search<O> {
    /// Whether a result was made by a type that did not take another one, which is of today's. So that was another type.
    fn is_foreign(&self, candidate: &Candidate<O>) -> bool {
        let mut others = self.candidates.iter();
        others.any(|other| !other.output.is_converted() && candidate.refused.contains(&other.id))
    }

    /// Whether there is a result that no other can be better than.
    fn is_settled(&self) -> bool {
        let mut exact = self
            .candidates
            .iter()
            .filter(|candidate| candidate.is_exact);
        let best = exact.find(|candidate| !self.is_foreign(candidate));
        best.is_some_and(|best| best.refused.is_empty())
    }

    /// Whether there is a result that counts although it has other omitted fields, whatever else may be found.
    fn has_agreeing(&self) -> bool {
        let mut candidates = self.candidates.iter();
        candidates.any(|candidate| !candidate.is_exact && candidate.refused.is_empty())
    }

    /// The first result that counts, with exactly the omitted fields if there is one.
    fn take_best(&mut self, reader: &mut Reader) -> Option<Lookup<O>> {
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

    fn turn_down(&mut self, reason: Lookup<O>) {
        self.reason.get_or_insert(reason);
    }
}
