//! Notes of which runs somebody wants to keep.

use std::{collections::HashSet, io};

use serde::Serialize;

use super::{
    base::Store,
    disk::{Create, Durable},
    failure::parse_key,
    layout::{self, inside},
};
use crate::{base::Error, value::Key};

/// What is in a note, for people; its name says it all.
#[derive(Debug, Serialize)]
struct Note<'a> {
    experiment: &'a str,
    version: u32,
    name: &'a str,
}

impl Store {
    /// The keys of the runs that are kept.
    ///
    /// # Errors
    ///
    /// If the notes cannot be listed.
    pub(crate) fn kept(&self) -> Result<HashSet<Key>, Error> {
        let mut keys = HashSet::new();
        let listed = self
            .disk
            .list(layout::KEPT, &mut |name| keys.extend(parse_key(name)));
        match listed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(keys),
            result => result.map(|()| keys).map_err(self.at("list", layout::KEPT)),
        }
    }

    /// Notes that a run is to be kept.
    ///
    /// # Errors
    ///
    /// If the note cannot be written.
    pub(crate) fn keep(
        &self,
        key: Key,
        experiment: &str,
        version: u32,
        name: &str,
    ) -> Result<(), Error> {
        let path = note_path(key);
        let note = Note {
            experiment,
            version,
            name,
        };
        let write = || {
            self.make_notes(layout::KEPT)?;
            let bytes = serde_json::to_vec_pretty(&note)?;
            self.disk
                .write(&path, &bytes, Create::Replace, Durable::Now)
        };
        write().map_err(self.at("note in", &path))
    }

    /// Takes that back.
    ///
    /// # Errors
    ///
    /// If the note cannot be removed.
    pub(crate) fn unkeep(&self, key: Key) -> Result<(), Error> {
        let path = note_path(key);
        match self.disk.remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result.map_err(self.at("remove", &path)),
        }
    }
}

fn note_path(key: Key) -> String {
    inside(layout::KEPT, &key.to_string())
}
