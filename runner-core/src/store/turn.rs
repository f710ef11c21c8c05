//! [`Turn`]: how a run is published without locks, so that exactly one wins: a finished directory is renamed to the first free of
//! `<run>+1`, `<run>+2`, …. Renaming onto a directory that is not empty fails, so each of these names has one winner, and
//! nothing that has such a name is ever changed or moved away for another.

use std::io;

use super::{
    base::Store,
    directory::{Digits, Directory, Unfinished},
    layout::{self, inside},
    record::{Counting, Wanted},
    result_file::claimed_bytes,
};
use crate::{base::Error, value::Key};

/// The name of runs whose own name is no part of the key.
const ANY_NAME: &str = "run";

/// The places for which the processes that do one run compete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// The name of the run's directory, without a number.
    pub(super) run: String,
    /// Whether an older result counts as long as there is no new one.
    pub(super) has_older: bool,
}

impl Turn {
    pub(super) fn new(wanted: &Wanted<'_>, has_older: bool) -> Self {
        // A name that is no part of the key may differ, and all processes must compete for the same places.
        let name = if wanted.named_by_key {
            &wanted.identity.name
        } else {
            ANY_NAME
        };
        Self {
            run: Directory::name(name, wanted.identity.key, Digits::Short),
            has_older,
        }
    }

    fn place(&self, number: u32) -> String {
        format!("{}+{number}", self.run)
    }

    fn number(&self, place: &str) -> Option<u32> {
        let rest = place.strip_prefix(self.run.as_str())?;
        rest.strip_prefix('+')?.parse().ok()
    }
}

impl Store {
    /// Returns whether a run without a result was going on when a program ended, and neither failed nor was stopped: there is its
    /// directory, without a description, and no process has its lock.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn is_cut_off(&self, key: Key) -> Result<bool, Error> {
        let listing = self.listings.get()?;
        let of_key = |directory: &&str| {
            let parsed = Directory::parse(directory);
            parsed.is_some_and(|parsed| {
                parsed.aside.is_none() && parsed.full.is_none_or(|full| full == key)
            })
        };
        let unfinished = listing.unfinished().iter();
        let abandoned = unfinished
            .filter(|(_, left)| left.short == key.short() && left.is_abandoned())
            .map(|(name, _)| name.as_str());
        for directory in listing.of(key.short()).filter(of_key).chain(abandoned) {
            // Of what another user has there, nothing is known.
            let has = |file| {
                self.files()
                    .exists(&inside(directory, file))
                    .unwrap_or(true)
            };
            if !has(layout::RESULT) && !has(layout::RUN_JSON) {
                return Ok(self.locks.holder(key)?.is_none());
            }
        }
        Ok(false)
    }

    /// Makes an empty directory that no other store has, for a run that is to be published in turn. Removes what earlier attempts
    /// left that are certainly over: those of this store, as the key is locked in it, and of processes that are gone.
    pub(super) fn make_unfinished(&self, run: &str, short: u64) -> Result<String, Error> {
        for (name, left) in self.listings.get()?.unfinished() {
            if left.short == short && left.is_abandoned() {
                self.files().remove_leftover(name)?;
            }
        }
        let name = Unfinished::name(run, self.locking.number());
        let made = match self.files().disk.make_directory(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.files().remove_leftover(&name)?;
                self.files().disk.make_directory(&name)
            }
            made => made,
        };
        made.map_err(self.files().at("make", &name))?;
        Ok(name)
    }

    /// Returns the places that were taken since the listing, the last one first.
    pub(super) fn later_places(&self, wanted: &Wanted<'_>) -> Result<Vec<String>, Error> {
        let turn = Turn::new(wanted, false);
        let short = wanted.identity.key.short();
        let (listed, free) = self.numbers(&turn, short)?;
        Ok((listed..free)
            .rev()
            .map(|number| turn.place(number))
            .collect())
    }

    /// Returns the number after those of the listing, and the first one from there on that is free.
    fn numbers(&self, turn: &Turn, short: u64) -> Result<(u32, u32), Error> {
        let listing = self.listings.get()?;
        let numbers = listing.of(short).filter_map(|name| turn.number(name));
        let listed = numbers.max().unwrap_or(0).saturating_add(1);
        let mut free = listed;
        while self.files().exists(&turn.place(free))? {
            free = free.saturating_add(1);
        }
        Ok((listed, free))
    }

    /// Gives a directory with the finished result `bytes` the next place; `None` if a result is there already that counts.
    ///
    /// `counting` looks for that: anew, and for what is not to be replaced.
    pub(super) fn take_turn(
        &self,
        own: &str,
        turn: &Turn,
        key: Key,
        bytes: &[u8],
        counting: &mut Counting<'_>,
    ) -> Result<Option<String>, Error> {
        // Everything before the first place that is free is looked at after that is known, and does not count.
        self.files().refresh(own)?;
        let (_, free) = self.numbers(turn, key.short())?;
        if counting()?.is_some() {
            return Ok(None);
        }
        for number in free..=u32::MAX {
            let place = turn.place(number);
            match self.files().disk.rename(own, &place) {
                Err(error) if is_taken(&error) => {
                    if counting()?.is_some() {
                        return Ok(None);
                    }
                }
                // A server may have done it without its reply arriving.
                Err(error) if !self.holds(&place, bytes)? => {
                    return Err(self.files().at("publish", &place)(error));
                }
                _ => {
                    self.listings.touch(key.short());
                    self.files().refresh(&place)?;
                    // If earlier places were pruned since, a later one may be the winner.
                    let is_last = !self.files().exists(&turn.place(number.saturating_add(1)))?
                        || counting()?.is_none_or(|record| record.directory == place);
                    return Ok(is_last.then_some(place));
                }
            }
        }
        Err(self.files().at("publish", own)(
            io::ErrorKind::AlreadyExists.into(),
        ))
    }

    fn holds(&self, place: &str, bytes: &[u8]) -> Result<bool, Error> {
        let result = inside(place, layout::RESULT);
        let found = self.files().bytes(&result, claimed_bytes)?;
        Ok(found.is_some_and(|found| found == bytes))
    }
}

/// Returns whether a directory cannot be renamed as something else has the name.
fn is_taken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AlreadyExists
            | io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::NotADirectory
    )
}
