//! [`Absences`]: notes of what the absence of a field meant. The first `added` value ever used counts, for ever.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
};

use super::{
    agreement::Absence,
    bytes::put_prefixed,
    disk::{Create, Durable},
    files::Files,
    layout::{self, inside},
    locking::Locking,
    notes::JsonNote,
};
use crate::{
    base::{Error, locked},
    value::{
        Digest, Origin,
        json::{Layout, Shown, json, object},
    },
};

pub(super) struct Absences {
    locking: Arc<Locking>,
    /// The notes that were read or written so far, by the digest that names them. They never change.
    known: Mutex<HashMap<Digest, Absence>>,
}

impl Absences {
    pub(super) fn new(locking: &Arc<Locking>) -> Self {
        Self {
            locking: Arc::clone(locking),
            known: Mutex::default(),
        }
    }

    /// Returns what is noted of a field.
    pub(super) fn get(&self, origin: &Origin, field: &str) -> Result<Option<Absence>, Error> {
        let name = note_name(origin, field);
        if let Some(known) = locked(&self.known).get(&name) {
            return Ok(Some(known.clone()));
        }
        let path = inside(layout::ADDED, &name.to_string());
        let Some(bytes) = self.locking.files.bytes(&path)? else {
            return Ok(None);
        };
        // A note that a crash cut short says nothing, and is written again.
        let absence = read(&bytes).filter(|absence| absence.field == field);
        if let Some(absence) = &absence {
            locked(&self.known).insert(name, absence.clone());
        }
        Ok(absence)
    }

    /// Notes what the absence of a field means, unless that is noted already. Returns what was noted before.
    pub(super) fn note(
        &self,
        origin: &Origin,
        absence: &Absence,
    ) -> Result<Option<Absence>, Error> {
        if let Some(first) = self.get(origin, &absence.field)? {
            return Ok(Some(first));
        }
        let name = note_name(origin, &absence.field);
        let path = inside(layout::ADDED, &name.to_string());
        match self.write(&path, origin, absence) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return self.get(origin, &absence.field);
            }
            // A store that cannot be written to can be read all the same.
            Err(error) if is_read_only(&error) => return Ok(None),
            Err(error) => {
                let at = self
                    .locking
                    .files
                    .at("note an `added` value in", layout::ADDED);
                return Err(at(error));
            }
        }
        locked(&self.known).insert(name, absence.clone());
        Ok(None)
    }

    /// Durable before anything relies on it: if it were lost, another value could be taken for the first.
    fn write(&self, path: &str, origin: &Origin, absence: &Absence) -> io::Result<()> {
        let note = object(|note| {
            note.put("experiment", &origin.experiment)
                .put("version", origin.version)
                .put("field", &absence.field)
                .put("value", &absence.text)
                .put("digest", Shown(absence.digest));
        });
        let bytes = json(note, Layout::Items).into_bytes();
        let files @ Files { disk, .. } = &self.locking.files;
        match files.write_in(layout::ADDED, path, &bytes, Create::New, Durable::Now) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let mut buffer = Vec::new();
                let length = disk.read(path, &mut buffer, |_| false)?;
                if read(&buffer[..length]).is_some() {
                    return Err(error);
                }
                let whole = format!("{path}.whole");
                disk.write(&whole, &bytes, Create::Replace, Durable::Now)?;
                disk.rename(&whole, path)?;
            }
            written => written?,
        }
        for directory in [layout::ADDED, layout::INTERNAL, layout::ROOT] {
            disk.sync_directory(directory)?;
        }
        Ok(())
    }
}

fn read(note: &[u8]) -> Option<Absence> {
    let mut note = JsonNote::read(note)?;
    Some(Absence {
        field: note.text("field")?,
        text: note.text("value")?,
        digest: Digest::from_u128(u128::from_str_radix(&note.text("digest")?, 16).ok()?),
    })
}

fn note_name(origin: &Origin, field: &str) -> Digest {
    let mut bytes = Vec::new();
    put_prefixed(&mut bytes, origin.experiment.as_bytes());
    bytes.extend_from_slice(&origin.version.to_le_bytes());
    put_prefixed(&mut bytes, field.as_bytes());
    Digest::of(&bytes)
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}
