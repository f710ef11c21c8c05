//! [`Listing`]: which run directories there are, by the first 64 bits of the key.

use std::cmp::Reverse;

use crate::directory::Directory;

/// The run directories of a store, compactly: a hundred thousand take a few megabytes.
#[derive(Debug, Default)]
pub(super) struct Listing {
    names: String,
    /// By key; of one key, the directories in use come before those set aside, the newest of these first.
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    short: u64,
    aside: Option<u32>,
    start: usize,
    bytes: u8,
}

impl Listing {
    /// Adds a name; what is no run's directory is left out.
    pub(super) fn add(&mut self, name: &str) {
        let Some(directory) = Directory::parse(name) else {
            return;
        };
        // No file system has longer names.
        let Ok(bytes) = u8::try_from(name.len()) else {
            return;
        };
        self.entries.push(Entry {
            short: directory.short,
            aside: directory.aside,
            start: self.names.len(),
            bytes,
        });
        self.names.push_str(name);
    }

    /// Makes the listing ready to be asked.
    pub(super) fn finish(mut self) -> Self {
        self.entries.sort_unstable_by_key(|entry| {
            let newest_first = entry.aside.map(Reverse);
            (
                entry.short,
                entry.aside.is_some(),
                newest_first,
                entry.start,
            )
        });
        self.names.shrink_to_fit();
        self.entries.shrink_to_fit();
        self
    }

    /// The directories of a key, those in use first, then those set aside from the newest on.
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

    fn name(&self, entry: &Entry) -> &str {
        &self.names[entry.start..entry.start + usize::from(entry.bytes)]
    }
}
