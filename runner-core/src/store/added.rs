//! Notes of what the absence of a field meant: the first `added` value ever used counts, for ever.

use std::{collections::HashMap, io};

use serde::{Deserialize, Serialize};

use super::{
    agreement::{self, Meaning},
    base::{Access, Store},
    disk::{Create, Durable},
    layout::{self, inside},
    record::Wanted,
};
use crate::base::locked;
use crate::{
    base::Error,
    value::{Digest, Origin},
};

/// The notes that were read or written so far, by the digest that names them. What is noted never changes.
pub(super) type Meanings = HashMap<Digest, Meaning>;

/// A note as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    experiment: String,
    version: u32,
    field: String,
    value: String,
    digest: String,
}

impl Store {
    /// What is noted of the field that `claimed` is about.
    pub(super) fn remembered(
        &self,
        origin: &Origin,
        claimed: &Meaning,
    ) -> Result<Option<Meaning>, Error> {
        let name = note_name(origin, &claimed.field);
        if let Some(known) = locked(&self.meanings).get(&name) {
            return Ok(Some(known.clone()));
        }
        let mut buffer = Vec::new();
        let path = inside(layout::ADDED, &name.to_string());
        let Some(length) = self.read(&path, &mut buffer)? else {
            return Ok(None);
        };
        // A note that a crash cut short says nothing, and is written again.
        let meaning = serde_json::from_slice::<Note>(&buffer[..length])
            .ok()
            .and_then(Note::meaning)
            .filter(|meaning| meaning.field == claimed.field);
        if let Some(meaning) = &meaning {
            locked(&self.meanings).insert(name, meaning.clone());
        }
        Ok(meaning)
    }

    /// Notes what a field means, unless that is noted already; answers what is noted then.
    pub(super) fn remember(
        &self,
        origin: &Origin,
        meaning: &Meaning,
    ) -> Result<Option<Meaning>, Error> {
        if let Some(first) = self.remembered(origin, meaning)? {
            return Ok(Some(first));
        }
        match self.write_note(origin, meaning) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return self.remembered(origin, meaning);
            }
            // A store that cannot be written to answers all the same.
            Err(error) if is_read_only(&error) => return Ok(None),
            Err(error) => return Err(self.at("note an `added` value in", layout::ADDED)(error)),
        }
        let name = note_name(origin, &meaning.field);
        locked(&self.meanings).insert(name, meaning.clone());
        Ok(None)
    }

    /// Notes every omitted field of a run that is about to be stored.
    pub(super) fn remember_omitted(
        &self,
        wanted: &Wanted<'_>,
        leaves: &[crate::value::Leaf],
    ) -> Result<(), Error> {
        debug_assert_eq!(self.access, Access::Write);
        for meaning in agreement::meanings(leaves) {
            self.remember(wanted.origin, &meaning)?;
        }
        Ok(())
    }

    /// Durable before anything relies on it: if it were lost, another value could be taken for the first.
    fn write_note(&self, origin: &Origin, meaning: &Meaning) -> io::Result<()> {
        let name = note_name(origin, &meaning.field);
        let path = inside(layout::ADDED, &name.to_string());
        let note = Note {
            experiment: origin.experiment.clone(),
            version: origin.version,
            field: meaning.field.clone(),
            value: meaning.text.clone(),
            digest: meaning.digest.to_string(),
        };
        let bytes = serde_json::to_vec_pretty(&note)?;
        let written = self.disk.write(&path, &bytes, Create::New, Durable::Now);
        match written {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make_notes(layout::ADDED)?;
                self.disk.write(&path, &bytes, Create::New, Durable::Now)?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let mut buffer = Vec::new();
                let length = self.disk.read(&path, &mut buffer, |_| false)?;
                if serde_json::from_slice::<Note>(&buffer[..length]).is_ok() {
                    return Err(error);
                }
                let whole = format!("{path}.whole");
                self.disk
                    .write(&whole, &bytes, Create::Replace, Durable::Now)?;
                self.disk.rename(&whole, &path)?;
            }
            result => result?,
        }
        for directory in [layout::ADDED, layout::INTERNAL, layout::ROOT] {
            self.disk.sync_directory(directory)?;
        }
        Ok(())
    }
}

impl Note {
    fn meaning(self) -> Option<Meaning> {
        Some(Meaning {
            field: self.field,
            text: self.value,
            digest: Digest::from_u128(u128::from_str_radix(&self.digest, 16).ok()?),
        })
    }
}

fn note_name(origin: &Origin, field: &str) -> Digest {
    let mut bytes = Vec::new();
    super::cursor::put_prefixed(&mut bytes, origin.experiment.as_bytes());
    bytes.extend_from_slice(&origin.version.to_le_bytes());
    super::cursor::put_prefixed(&mut bytes, field.as_bytes());
    Digest::of(&bytes)
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}
