//! [`Listing`]: which run directories there are, by the first 64 bits of the key.

use std::cmp::Reverse;

use super::directory::Directory;
use super::unfinished::Unfinished;

/// The run directories of a store, compactly: a hundred thousand take a few megabytes.
#[derive(Debug, Default)]
pub(super) struct Listing {
    names: String,
    /// By key; of one key, the directories in use come before those set aside. The newest are first: those published without
    /// locks, from the last turn on, before the one that needs none.
    entries: Vec<Entry>,
    /// What attempts without locks are in, or left.
    unfinished: Vec<(String, Unfinished)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    short: u64,
    turn: Option<u32>,
    aside: Option<u32>,
    start: usize,
    bytes: u8,
}

impl Listing {
    /// Adds a name; what is no run's directory is left out.
    pub(super) fn add(&mut self, name: &str) {
        let Some(directory) = Directory::parse(name) else {
            let unfinished = Unfinished::parse(name);
            let unfinished = unfinished.map(|parsed| (name.to_owned(), parsed));
            self.unfinished.extend(unfinished);
            return;
        };
        // No file system has longer names.
        let Ok(bytes) = u8::try_from(name.len()) else {
            return;
        };
        self.entries.push(Entry {
            short: directory.short,
            turn: directory.turn,
            aside: directory.aside,
            start: self.names.len(),
            bytes,
        });
        self.names.push_str(name);
    }

    /// Makes the listing ready to be asked.
    pub(super) fn finish(mut self) -> Self {
        self.entries.sort_unstable_by_key(|entry| {
            (
                entry.short,
                entry.aside.is_some(),
                Reverse(entry.turn),
                Reverse(entry.aside),
                entry.start,
            )
        });
        self.unfinished
            .sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        self.names.shrink_to_fit();
        self.entries.shrink_to_fit();
        self
    }

    /// The directories of a key, those in use first, then those set aside, each from the newest on.
    pub(super) fn of(&self, short: u64) -> impl Iterator<Item = &str> {
        let start = self.entries.partition_point(|entry| entry.short < short);
        self.entries[start..]
            .iter()
            .take_while(move |entry| entry.short == short)
            .map(|entry| self.name(entry))
    }

    /// All directories, by key.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| self.name(entry))
    }

    /// The directories of attempts without locks, in the order of their names.
    pub(super) fn unfinished(&self) -> &[(String, Unfinished)] {
        &self.unfinished
    }

    fn name(&self, entry: &Entry) -> &str {
        &self.names[entry.start..entry.start + usize::from(entry.bytes)]
    }
}
