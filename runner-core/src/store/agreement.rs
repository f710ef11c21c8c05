//! [`compare`]: whether a result and a config agree on what the key does not tell; [`Absences`]: the notes for it.
//!
//! `removed` and `skip(was = …)` put a value into the key that the field did not have. Such a claim is believed only of the
//! program that makes it: a result is judged by what it was computed with.
//!
//! A field with `added = EXPR` is left out of the key while it equals EXPR. So a result with the right key may have been
//! computed with another EXPR, or before the field existed. The result's leaves settle the first. For the second, the first
//! EXPR that was ever used counts, which must be remembered: such questions are [`Claim`]s.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    io,
    sync::{Arc, Mutex},
};

use super::{
    bytes::put_prefixed,
    disk::{Create, Durable, Files},
    layout::{self, inside},
    locking::Locking,
    notes::JsonNote,
    record::Stale,
    stored_value::put_stored,
};
use crate::{
    base::{Error, locked},
    value::{
        Digest, Leaf, Mark, Origin, Past,
        json::{Layout, Shown, json, object},
        path,
    },
};

/// Something to be checked against what is remembered of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// The result predates the field, whose absence means this now.
    Predates(Absence),
    /// The program predates the field, whose absence meant this in the result.
    Outlives(Absence),
}

/// The meaning of a field's absence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Absence {
    /// The path of the field, with `*` in place of list indexes.
    pub(super) field: String,
    /// The value as people read it.
    pub(super) text: String,
    /// The value's leaves.
    pub(super) digest: Digest,
}

impl Claim {
    pub(super) fn absence(&self) -> &Absence {
        match self {
            Self::Predates(absence) | Self::Outlives(absence) => absence,
        }
    }

    /// Checks the claim against what is remembered of the field.
    pub(super) fn check(&self, remembered: Option<&Absence>) -> Result<(), Stale> {
        let claimed = self.absence();
        match remembered {
            Some(remembered) if remembered.digest != claimed.digest => Err(match self {
                Self::Predates(now) => now.added(&remembered.text, &now.text),
                Self::Outlives(stored) => stored.added(&stored.text, &remembered.text),
            }),
            _ => Ok(()),
        }
    }
}

impl Absence {
    fn added(&self, stored: &str, now: &str) -> Stale {
        Stale::Added {
            path: self.field.clone(),
            stored: stored.to_owned(),
            now: now.to_owned(),
        }
    }
}

/// Compares a result with a config that has the same key, but other omitted fields, values or claims.
///
/// # Errors
///
/// If a field that both have has another value, or the result rests on a claim that the config does not make.
pub(super) fn compare(stored: &[Leaf], now: &[Leaf]) -> Result<Vec<Claim>, Stale> {
    compare_claims(stored, now)?;
    compare_omitted(&of_key(stored), &of_key(now))
}

/// Compares the claims in a result with a config of the same key.
///
/// # Errors
///
/// If the result rests on a claim that the config does not make.
fn compare_claims(stored: &[Leaf], now: &[Leaf]) -> Result<(), Stale> {
    for leaf in stored {
        let Some(past) = leaf.claim() else { continue };
        let path = leaf.path.as_str();
        let claimed = below(now, path).find(|leaf| leaf.path == path && leaf.mark == Mark::Claimed);
        let claimed = claimed.and_then(Leaf::claim);
        let agrees = match (past, claimed) {
            // Whatever its value, and so without it too.
            (_, Some(Past::Skipped)) | (Past::Removed, Some(Past::Removed)) => true,
            (Past::Removed, None) => false,
            (Past::Skipped, _) => {
                digest(own(stored, path), path) == digest(below(&of_key(now), path), path)
            }
        };
        if !agrees {
            let stored = match past {
                Past::Removed => text(below(&of_key(stored), path), path),
                Past::Skipped => text(own(stored, path), path),
            };
            return Err(Stale::Claimed {
                path: path.to_owned(),
                past,
                stored,
            });
        }
    }
    Ok(())
}

/// The leaves as they would be if every claimed value were the field's own.
fn of_key(leaves: &[Leaf]) -> Cow<'_, [Leaf]> {
    let claims: Vec<&str> = leaves
        .iter()
        .filter(|leaf| leaf.mark == Mark::Claimed)
        .map(|leaf| leaf.path.as_str())
        .collect();
    if claims.is_empty() {
        return Cow::Borrowed(leaves);
    }
    let counts = |leaf: &&Leaf| match leaf.mark {
        Mark::Claimed => false,
        Mark::Skipped => !claims
            .iter()
            .any(|claim| path::is_at_or_below(&leaf.path, claim)),
        Mark::Keyed | Mark::Replicate | Mark::Omitted => true,
    };
    leaves.iter().filter(counts).cloned().collect()
}

/// The leaves of the value that a skipped field really had.
fn own<'a>(leaves: &'a [Leaf], path: &str) -> impl Iterator<Item = &'a Leaf> {
    below(leaves, path).filter(|leaf| leaf.mark == Mark::Skipped)
}

fn compare_omitted(stored: &[Leaf], now: &[Leaf]) -> Result<Vec<Claim>, Stale> {
    let (stored_fields, now_fields) = (omitted_fields(stored), omitted_fields(now));
    let mut claims = Vec::new();
    for (path, field) in &now_fields {
        if let Some(stored_field) = stored_fields.get(path)
            && digest(stored_field.iter().copied(), path) == digest(field.iter().copied(), path)
        {
            continue;
        }
        if below(stored, path).next().is_none() {
            claims.push(Claim::Predates(absence(field, path)));
        } else {
            compare_below(stored, now, path)?;
        }
    }
    for (path, field) in &stored_fields {
        if now_fields.contains_key(path) {
            continue;
        }
        if below(now, path).next().is_none() {
            claims.push(Claim::Outlives(absence(field, path)));
        } else if below(now, path).any(|leaf| leaf.mark != Mark::Skipped) {
            compare_below(stored, now, path)?;
        }
    }
    Ok(claims)
}

/// Returns the meaning of each omitted field, for a result that is about to be stored.
pub(super) fn absences(leaves: &[Leaf]) -> Vec<Absence> {
    omitted_fields(leaves)
        .iter()
        .map(|(path, field)| absence(field, path))
        .collect()
}

/// The leaves of each omitted field, without those of omitted fields inside it.
fn omitted_fields(leaves: &[Leaf]) -> BTreeMap<&str, Vec<&Leaf>> {
    let mut fields: BTreeMap<&str, Vec<&Leaf>> = BTreeMap::new();
    for leaf in leaves.iter().filter(|leaf| leaf.mark == Mark::Omitted) {
        let path = leaf.path.get(..leaf.omitted_at).unwrap_or(&leaf.path);
        fields.entry(path).or_default().push(leaf);
    }
    fields
}

/// The leaves at `path` and inside of it.
fn below<'a>(leaves: &'a [Leaf], path: &str) -> impl Iterator<Item = &'a Leaf> {
    leaves.iter().filter(move |leaf| is_below(leaf, path))
}

/// Returns whether a leaf is at `path` or inside of it.
fn is_below(leaf: &Leaf, path: &str) -> bool {
    leaf.path
        .strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Compares all that counts of a field, whatever part of it is a field of its own on either side.
fn compare_below(stored: &[Leaf], now: &[Leaf], path: &str) -> Result<(), Stale> {
    if digest(below(stored, path), path) == digest(below(now, path), path) {
        return Ok(());
    }
    let (mut stored_text, mut now_text) = (
        text(below(stored, path), path),
        text(below(now, path), path),
    );
    if stored_text == now_text {
        stored_text.push_str(&kinds(below(stored, path)));
        now_text.push_str(&kinds(below(now, path)));
    }
    Err(Stale::Added {
        path: path.to_owned(),
        stored: stored_text,
        now: now_text,
    })
}

fn absence(field: &[&Leaf], path: &str) -> Absence {
    Absence {
        field: pattern(path),
        text: text(field.iter().copied(), path),
        digest: digest(field.iter().copied(), path),
    }
}

/// A digest of the values of a field at `path`, in the form in which they are stored. A field that used to be skipped counts
/// with the value that it had.
fn digest<'a>(leaves: impl Iterator<Item = &'a Leaf>, path: &str) -> Digest {
    let mut members: Vec<Vec<u8>> = leaves
        .map(|leaf| {
            let mut bytes = Vec::with_capacity(64);
            put_prefixed(&mut bytes, &leaf.path.as_bytes()[path.len()..]);
            put_prefixed(&mut bytes, leaf.kind.name().as_bytes());
            put_stored(&mut bytes, &leaf.value);
            bytes
        })
        .collect();
    // Fields may have been put in another order.
    members.sort_unstable();
    Digest::of(&members.concat())
}

fn text<'a>(leaves: impl Iterator<Item = &'a Leaf>, path: &str) -> String {
    let parts: Vec<String> = leaves
        .map(|leaf| match leaf.path[path.len()..].strip_prefix('.') {
            Some(inside) => format!("{inside}={}", leaf.value),
            None => leaf.value.to_string(),
        })
        .collect();
    parts.join(", ")
}

fn kinds<'a>(leaves: impl Iterator<Item = &'a Leaf>) -> String {
    let kinds: Vec<&str> = leaves.map(|leaf| leaf.kind.name()).collect();
    format!(" ({})", kinds.join(", "))
}

/// A path with `*` in place of list indexes: a field means the same in every item.
fn pattern(path: &str) -> String {
    let mut steps = path::steps(path);
    for step in &mut steps {
        if !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit()) {
            "*".clone_into(step);
        }
    }
    path::of_steps(&steps)
}

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
        let Some(bytes) = self.locking.files.bytes(&path, |_| None)? else {
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
                let length = disk.read(path, &mut buffer, |_| None)?;
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
