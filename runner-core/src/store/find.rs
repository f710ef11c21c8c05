//! [`Store::find`]: a run's result, if there is one that counts; [`Store::survey`]: all results.

use std::time::Duration;

use super::{
    agreement::{self, Absence, Claim},
    base::Store,
    bytes::Unreadable,
    directory::Directory,
    disk::Access,
    reader::ResultReader,
    record::{Decoded, Look, Lookup, Record, Stale, StoredRun, Unfit, Wanted},
    result_file::{ResultEntries, ResultFile, code, duration_in, refused},
};
use crate::{
    base::{Error, parallel},
    value::{Digest, Identity, Key},
};

/// Decodes an output's bytes, given its canonical digest.
type Decode<'a> = dyn FnMut(&[u8], Digest) -> Result<Decoded, Unfit> + 'a;

/// A result whose output is decoded.
struct Candidate {
    output: Decoded,
    /// The [id](ResultFile::output_id) of the output, unless no other result can be better.
    id: Option<Digest>,
    record: Record,
    /// Whether its omitted fields are exactly those of the config.
    is_exact: bool,
    /// The outputs that its maker's type refused.
    refused: Vec<Digest>,
}

/// A search for a result that counts.
struct Search {
    candidates: Vec<Candidate>,
    /// The reason why the first result does not count.
    reason: Option<Lookup>,
    /// Whether a place is taken by another key, so that the run may be where it is not expected.
    saw_foreign: bool,
}

/// The reason why a result is passed over.
enum Passed {
    Broken(Error),
    DoesNotCount(Box<Lookup>),
}

impl From<Error> for Passed {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl From<Stale> for Passed {
    fn from(stale: Stale) -> Self {
        Self::DoesNotCount(Box::new(Lookup::Stale(stale)))
    }
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
        reader: &mut ResultReader,
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
        if look == Look::Fresh {
            self.files().refresh(&self.directory_of(wanted.identity))?;
        }
        if !is_lockless {
            reader.turn_to_name(name, *key);
            if let Some(hit) = self.look_at(wanted, reader, decode, &mut search)? {
                return Ok(hit);
            }
        }
        let expected = self.directory_of(wanted.identity);
        let mut listing = match look {
            _ if self.listings.is_touched(short) => self.listings.again()?,
            Look::Fresh if search.saw_foreign => self.listings.again()?,
            Look::Fresh if !wanted.named_by_key && !is_lockless => self.listings.fresh()?,
            Look::Listed | Look::Fresh => self.listings.get()?,
        };
        let later = match look {
            Look::Fresh if is_lockless => self.later_places(wanted)?,
            Look::Listed | Look::Fresh => Vec::new(),
        };
        // A process that did not know yet that there are no locks may have stored it since the listing.
        if is_lockless
            && look == Look::Fresh
            && listing.of(short).all(|directory| directory != expected)
            && self.files().exists(&expected)?
        {
            listing = self.listings.again()?;
        }
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
        reader: &mut ResultReader,
        decode: &mut Decode<'_>,
        search: &mut Search,
    ) -> Result<Option<Lookup>, Error> {
        match self.candidate(wanted, reader, decode, search) {
            Ok(None) => Ok(None),
            Ok(Some(Candidate {
                id: None,
                output,
                record,
                ..
            })) => Ok(Some(Lookup::Hit { output, record })),
            Ok(Some(candidate)) => {
                search.candidates.push(candidate);
                let is_settled = search.is_settled();
                Ok(is_settled.then(|| search.take_best(reader)).flatten())
            }
            Err(Passed::Broken(error)) => Err(error),
            Err(Passed::DoesNotCount(reason)) => {
                search.reason.get_or_insert(*reason);
                Ok(None)
            }
        }
    }

    fn candidate(
        &self,
        wanted: &Wanted<'_>,
        reader: &mut ResultReader,
        decode: &mut Decode<'_>,
        search: &mut Search,
    ) -> Result<Option<Candidate>, Passed> {
        let Some(length) = reader.load(self.files())? else {
            return Ok(None);
        };
        let file = match length.and_then(|length| ResultFile::read(&reader.bytes[..length])) {
            Ok(file) => file,
            Err(Unreadable::Format(format)) => return Err(Stale::Format(format).into()),
            // One that was set aside is out of the way already.
            Err(_) if Directory::is_aside(reader.directory()) => return Ok(None),
            Err(Unreadable::Damaged(reason)) => {
                return Err(Passed::DoesNotCount(Box::new(Lookup::Corrupt(reason))));
            }
            Err(Unreadable::Forbidden(reason)) => {
                // It stays, so the run may be elsewhere.
                search.saw_foreign = true;
                return Err(Passed::DoesNotCount(Box::new(Lookup::Corrupt(reason))));
            }
        };
        let header = &file.header;
        if header.key != wanted.identity.key {
            search.saw_foreign = true;
            return Ok(None);
        }
        let is_exact = header.omitted == wanted.identity.omitted;
        if !is_exact && search.has_agreeing() {
            return Ok(None);
        }
        let code = code(file.entries);
        if wanted.code.is_strict()
            && code != 0
            && !self.codes.is_same(code, wanted.code.digest())?
        {
            let difference = self.codes.difference(code, wanted.code)?;
            return Err(Stale::Code { code, difference }.into());
        }
        let predated = if is_exact {
            Vec::new()
        } else {
            self.predated(&file, wanted)?
        };
        let decoded = decode(file.output, header.output);
        if decoded.as_ref().map_or(true, |output| output.is_upgraded) {
            // Of another or an older type, so not of today's.
            reader.refused.push(file.output_id());
        }
        let output = decoded.map_err(|unfit| match unfit {
            Unfit::Upgrade(error) => Stale::Upgrade(error),
            Unfit::Type(error) => Stale::Output {
                error,
                shape: ResultEntries::read(file.entries)
                    .unwrap_or_default()
                    .output_shape
                    .into_owned(),
            },
        })?;
        self.remember_all(wanted, predated)?;
        let refused = refused(file.entries);
        let is_best = is_exact && refused.is_empty() && search.candidates.is_empty();
        Ok(Some(Candidate {
            output,
            id: (!is_best).then(|| file.output_id()),
            record: header.record(reader.directory().to_owned(), code),
            is_exact,
            refused,
        }))
    }

    /// Compares a result with a config that has the same key but other omitted fields. Returns the fields that the result
    /// predates.
    fn predated(&self, file: &ResultFile<'_>, wanted: &Wanted<'_>) -> Result<Vec<Absence>, Passed> {
        // The checksum is right, so an unreadable entry is as it was written; without leaves nothing can be agreed on.
        let stored = ResultEntries::read(file.entries).unwrap_or_default().leaves;
        let mut predated = Vec::new();
        for claim in agreement::compare(&stored, &wanted.leaves())? {
            let remembered = self.absences.get(wanted.origin, &claim.absence().field)?;
            claim.check(remembered.as_ref())?;
            if let Claim::Predates(absence) = claim {
                predated.push(absence);
            }
        }
        Ok(predated)
    }

    /// Remembers what fields mean for results that predate them. Another process may just have been the first.
    fn remember_all(&self, wanted: &Wanted<'_>, predated: Vec<Absence>) -> Result<(), Passed> {
        if self.access == Access::Read {
            return Ok(());
        }
        for absence in predated {
            let first = self.absences.note(wanted.origin, &absence)?;
            Claim::Predates(absence).check(first.as_ref())?;
        }
        Ok(())
    }
}

impl Search {
    /// Returns whether the type that wrote this result refused another result that today's type accepts. Then it is a different
    /// type.
    fn is_foreign(&self, candidate: &Candidate) -> bool {
        let mut others = self.candidates.iter();
        others.any(|other| {
            let refused = other.id.is_some_and(|id| candidate.refused.contains(&id));
            refused && !other.output.is_upgraded
        })
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
    fn take_best(&mut self, reader: &mut ResultReader) -> Option<Lookup> {
        let counts = |wanted: bool| {
            self.candidates
                .iter()
                .position(|candidate| candidate.is_exact == wanted && !self.is_foreign(candidate))
        };
        let best = counts(true).or_else(|| counts(false));
        if best.is_none() && !self.candidates.is_empty() {
            self.reason.get_or_insert(Lookup::Stale(Stale::Output {
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
}

impl Store {
    /// Returns whether there is a directory for a key, as far as directories were listed.
    pub(crate) fn is_listed(&self, key: Key) -> bool {
        let listing = self.listings.get();
        listing.is_ok_and(|listing| listing.of(key.short()).next().is_some())
    }

    /// Returns how long a run took that has a result at the usual place, as its header tells. It is not known to be undamaged, so
    /// this is for estimates only; what cannot be read tells nothing.
    pub(crate) fn duration(
        &self,
        identity: &Identity,
        reader: &mut ResultReader,
    ) -> Option<Duration> {
        reader.turn_to_name(&identity.name, identity.key);
        // The first piece of the file is enough.
        let beginning = |read: &[u8]| Some(read.len() as u64);
        let length = self
            .files()
            .read(&reader.path, &mut reader.bytes, beginning);
        duration_in(&reader.bytes[..length.ok()??])
    }

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
