//! [`Entries`]: the tagged part of a result, which says in words what the key says in digits.

use std::iter;

use super::{
    bytes::{Cursor, length, put_prefixed},
    value,
};
use crate::value::{Digest, Kind, Leaf, Mark};

/// What is in an entry. Readers skip tags that they do not know; a number is never used again for something else.
mod tag {
    pub(super) const IDENTITY: u32 = 1;
    pub(super) const LEAVES: u32 = 2;
    pub(super) const CONFIG: u32 = 3;
    pub(super) const OUTPUT_SHAPE: u32 = 4;
    pub(super) const REFUSED: u32 = 5;
}

/// The entries of a result.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Entries {
    pub(super) experiment: String,
    pub(super) version: u32,
    pub(super) name: String,
    pub(super) leaves: Vec<Leaf>,
    /// The config in postcard.
    pub(super) config: Vec<u8>,
    pub(super) output_shape: Vec<(String, String)>,
}

/// The entries, as they are written.
#[derive(Debug)]
pub(super) struct EntriesRef<'a> {
    pub(super) experiment: &'a str,
    pub(super) version: u32,
    pub(super) name: &'a str,
    pub(super) leaves: &'a [Leaf],
    pub(super) config: &'a [u8],
    pub(super) output_shape: &'a [(String, String)],
    /// See [`refused`].
    pub(super) refused: &'a [Digest],
}

impl EntriesRef<'_> {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256 + 48 * self.leaves.len() + self.config.len());
        // It stands first, so that it takes a glance to know that there is none.
        if !self.refused.is_empty() {
            put_entry(&mut out, tag::REFUSED, |out| {
                for digest in self.refused {
                    out.extend_from_slice(&digest.to_bytes());
                }
            });
        }
        put_entry(&mut out, tag::IDENTITY, |out| {
            put_prefixed(out, self.experiment.as_bytes());
            out.extend_from_slice(&self.version.to_le_bytes());
            put_prefixed(out, self.name.as_bytes());
        });
        put_entry(&mut out, tag::LEAVES, |out| {
            out.extend_from_slice(&length(self.leaves.len()).to_le_bytes());
            for leaf in self.leaves {
                put_leaf(out, leaf);
            }
        });
        put_entry(&mut out, tag::CONFIG, |out| {
            out.extend_from_slice(self.config);
        });
        put_entry(&mut out, tag::OUTPUT_SHAPE, |out| {
            out.extend_from_slice(&length(self.output_shape.len()).to_le_bytes());
            for (path, kind) in self.output_shape {
                put_prefixed(out, path.as_bytes());
                put_prefixed(out, kind.as_bytes());
            }
        });
        out
    }
}

impl Entries {
    /// `None` if the bytes are no entries, or one that must be there is not.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor(bytes);
        let mut entries = Self::default();
        let mut has_identity = false;
        while !cursor.0.is_empty() {
            let tag = cursor.u32()?;
            let mut content = Cursor(cursor.prefixed()?);
            match tag {
                tag::IDENTITY => {
                    content.text()?.clone_into(&mut entries.experiment);
                    entries.version = content.u32()?;
                    content.text()?.clone_into(&mut entries.name);
                    has_identity = true;
                }
                tag::LEAVES => {
                    for _ in 0..content.u32()? {
                        entries.leaves.push(take_leaf(&mut content)?);
                    }
                }
                tag::CONFIG => content.0.clone_into(&mut entries.config),
                tag::OUTPUT_SHAPE => {
                    for _ in 0..content.u32()? {
                        let path = content.text()?.to_owned();
                        entries
                            .output_shape
                            .push((path, content.text()?.to_owned()));
                    }
                }
                _ => {}
            }
        }
        has_identity.then_some(entries)
    }
}

/// The [ids](super::result_file::ResultFile::output_id) of the outputs that were there under the same key and were none of the type by
/// which this result was made.
///
/// A type that takes one of them is therefore another one, even if it takes this result too.
pub(super) fn refused(entries: &[u8]) -> Vec<Digest> {
    let mut cursor = Cursor(entries);
    if cursor.u32() != Some(tag::REFUSED) {
        return Vec::new();
    }
    let mut digests = Cursor(cursor.prefixed().unwrap_or_default());
    iter::from_fn(|| digests.u128().map(Digest::from_u128)).collect()
}

fn put_entry(out: &mut Vec<u8>, tag: u32, content: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(&tag.to_le_bytes());
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    content(out);
    let bytes = length(out.len() - start - 4);
    out[start..start + 4].copy_from_slice(&bytes.to_le_bytes());
}

fn put_leaf(out: &mut Vec<u8>, leaf: &Leaf) {
    put_prefixed(out, leaf.path.as_bytes());
    put_prefixed(out, leaf.kind.name().as_bytes());
    out.push(match leaf.mark {
        Mark::Keyed => 0,
        Mark::Replicate => 1,
        Mark::Omitted => 2,
        Mark::Skipped => 3,
        Mark::Claimed => 4,
    });
    out.extend_from_slice(&length(leaf.omitted_at).to_le_bytes());
    value::put_stored(out, &leaf.value);
}

fn take_leaf(cursor: &mut Cursor<'_>) -> Option<Leaf> {
    let path = cursor.text()?.to_owned();
    let kind = Kind::from_name(cursor.text()?)?;
    let mark = match cursor.byte()? {
        0 => Mark::Keyed,
        1 => Mark::Replicate,
        2 => Mark::Omitted,
        3 => Mark::Skipped,
        4 => Mark::Claimed,
        _ => return None,
    };
    let omitted_at = usize::try_from(cursor.u32()?).ok()?;
    path.is_char_boundary(omitted_at).then_some(())?;
    Some(Leaf {
        path,
        kind,
        mark,
        omitted_at,
        value: value::take(cursor, value::NESTING_MAX)?,
    })
}
