//! [`Notes`]: files named by keys, in one directory below `.runner/`.

use std::{
    collections::HashSet,
    io,
    str::FromStr,
    sync::{Arc, Mutex},
};

use super::{
    disk::{Create, Durable, Files},
    layout::{self, inside},
    locking::Locking,
};
use crate::{
    base::{Error, locked},
    value::{Key, Named, Tree, notation::parse_json},
};

/// Ends the name of a note that is being written.
const PARTIAL: &str = ".partial";

/// One kind of notes.
pub(super) struct Notes {
    locking: Arc<Locking>,
    directory: &'static str,
    known: Mutex<ListedNotes>,
}

#[derive(Default)]
struct ListedNotes {
    /// The keys with a note: those of one listing, with the changes of this store since. So runs without a note cost nothing.
    keys: Option<HashSet<Key>>,
    /// Whether this store has synced the directories above.
    is_durable: bool,
}

impl Notes {
    pub(super) fn new(locking: &Arc<Locking>, directory: &'static str) -> Self {
        Self {
            locking: Arc::clone(locking),
            directory,
            known: Mutex::default(),
        }
    }

    pub(super) fn has(&self, key: Key) -> Result<bool, Error> {
        self.with_keys(|keys| keys.contains(&key))
    }

    /// Passes the keys that have a note to `look`.
    pub(super) fn with_keys<R>(&self, look: impl FnOnce(&HashSet<Key>) -> R) -> Result<R, Error> {
        let mut known = locked(&self.known);
        if let Some(keys) = &known.keys {
            return Ok(look(keys));
        }
        let mut keys = HashSet::new();
        self.files().list(self.directory, &mut |name| {
            // One that was being written when its process was killed goes with the rest.
            keys.extend(Key::parse(name.strip_suffix(PARTIAL).unwrap_or(name)));
        })?;
        Ok(look(known.keys.insert(keys)))
    }

    /// Lists the notes again when they are next needed: another process may have changed them.
    pub(super) fn forget(&self) {
        locked(&self.known).keys = None;
    }

    /// Corrects the listing, if there is one.
    pub(super) fn know(&self, key: Key, has_note: bool) {
        if let Some(keys) = &mut locked(&self.known).keys {
            if has_note {
                keys.insert(key);
            } else {
                keys.remove(&key);
            }
        }
    }

    /// Reads a note, whether or not it was listed.
    pub(super) fn get(
        &self,
        key: Key,
        claimed: fn(&[u8]) -> Option<u64>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let bytes = self.files().bytes(&self.path(key), claimed)?;
        if bytes.is_some() {
            self.know(key, true);
        }
        Ok(bytes)
    }

    /// Writes a note in place of an earlier one, which stays if this fails.
    pub(super) fn put(
        &self,
        operation: &'static str,
        key: Key,
        bytes: &[u8],
        durable: Durable,
    ) -> Result<(), Error> {
        let path = self.path(key);
        let partial = self.partial(&path)?;
        self.replace(&partial, &path, bytes, durable)
            .map_err(self.files().at(operation, &path))?;
        self.know(key, true);
        Ok(())
    }

    /// Writes a note that says nothing if it is cut short.
    pub(super) fn put_at_once(
        &self,
        operation: &'static str,
        key: Key,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let (path, create) = (self.path(key), Create::Replace);
        self.files()
            .write_in(self.directory, &path, bytes, create, Durable::Later)
            .map_err(self.files().at(operation, &path))?;
        self.know(key, true);
        Ok(())
    }

    fn replace(&self, partial: &str, path: &str, bytes: &[u8], durable: Durable) -> io::Result<()> {
        let disk = &self.files().disk;
        self.files()
            .write_in(self.directory, partial, bytes, Create::Replace, durable)
            .and_then(|()| disk.rename(partial, path))
            .inspect_err(|_| {
                // On a full disk it is an empty file, which nothing else would remove.
                let _ = disk.remove_file(partial);
            })?;
        if durable == Durable::Now {
            disk.sync_directory(self.directory)?;
            if !locked(&self.known).is_durable {
                // The process that made the directories may have been killed right after.
                disk.sync_directory(layout::INTERNAL)?;
                disk.sync_directory(layout::ROOT)?;
                locked(&self.known).is_durable = true;
            }
        }
        Ok(())
    }

    /// Removes a note, and what is left of one that was being written.
    pub(super) fn remove(&self, operation: &'static str, key: Key) -> Result<(), Error> {
        let path = self.path(key);
        let partial = self.files().remove_file(&self.partial(&path)?);
        let removed = self.files().remove_file(&path).and(partial);
        removed.map_err(self.files().at(operation, &path))?;
        self.know(key, false);
        Ok(())
    }

    /// Makes the names of the notes durable.
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.files().sync_directory(self.directory)
    }

    fn files(&self) -> &Files {
        &self.locking.files
    }

    /// Returns the name under which a note is written before it is renamed. With locks, only one process writes it.
    fn partial(&self, path: &str) -> Result<String, Error> {
        Ok(if self.locking.is_lockless()? {
            format!("{path}.{:016x}{PARTIAL}", self.locking.number())
        } else {
            format!("{path}{PARTIAL}")
        })
    }

    fn path(&self, key: Key) -> String {
        inside(self.directory, &key.to_string())
    }
}

/// An object of JSON that was read from a note.
pub(super) struct JsonNote(Vec<Named>);

impl JsonNote {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        Self::of(parse_json(str::from_utf8(bytes).ok()?).ok()?)
    }

    fn of(tree: Tree) -> Option<Self> {
        match tree {
            Tree::Object(members) => Some(Self(members)),
            _ => None,
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Tree::Quoted(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn number<T: FromStr>(&mut self, name: &str) -> Option<T> {
        match self.take(name)? {
            Tree::Word(word) => word.parse().ok(),
            _ => None,
        }
    }

    /// Reads a list of objects; one that is missing is empty.
    pub(super) fn list<T>(
        &mut self,
        name: &str,
        read: impl Fn(Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        match self.take(name) {
            Some(Tree::List(items)) => items
                .into_iter()
                .map(|item| Self::of(item).and_then(&read))
                .collect(),
            Some(_) => None,
            None => Some(Vec::new()),
        }
    }

    fn take(&mut self, name: &str) -> Option<Tree> {
        let place = self.0.iter().position(|(member, _)| member == name)?;
        Some(self.0.swap_remove(place).1)
    }
}
