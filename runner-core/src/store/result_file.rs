//! [`ResultFile`]: the bytes of `result.postcard`, and [`ResultEntries`], the tagged part of it. `docs/format.md` describes them for other readers.

use std::{borrow::Cow, iter, time::Duration};

use super::{
    build::Build,
    bytes::{ByteReader, Envelope, Unreadable, from_epoch_ns, length, put_prefixed},
    directory::Directory,
    record::Record,
    stored_value::{NESTING_MAX, put_stored, take_value},
};
use crate::value::{Digest, Key, Kind, Leaf, Mark, is_self_describing};

const ENVELOPE: Envelope = Envelope {
    // The first byte is no text, and the last one is changed by programs that convert line ends.
    magic: *b"\x89runner\n",
    // Not the number of the key format.
    format: FORMAT,
    noun: "result",
    claimed_bytes,
};
/// The number of the layout below: 1 with an output in postcard, 2 with one that describes itself.
pub(super) const FORMAT: u32 = 2;
/// The bytes of the content before the entries.
const HEADER_BYTES: usize = 4 * 16 + 2 * 8 + 2 * 4 + 8;

/// The fixed part of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) key: Key,
    /// The digest of the fields that the key leaves out.
    pub(super) omitted: Digest,
    /// The canonical digest of the output.
    pub(super) output: Digest,
    pub(super) build: Build,
    pub(super) started_ns: u64,
    pub(super) duration_ns: u64,
    pub(super) attempts: u32,
}

/// An undamaged result.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResultFile<'a> {
    pub(super) header: Header,
    /// Tagged entries; see [`ResultEntries`].
    pub(super) entries: &'a [u8],
    /// The output, in postcard or in the form that describes itself.
    pub(super) output: &'a [u8],
}

impl Header {
    pub(super) fn record(&self, directory: String, code: u128) -> Record {
        Record {
            aside: Directory::is_aside(&directory),
            directory,
            started: from_epoch_ns(self.started_ns),
            duration: Duration::from_nanos(self.duration_ns),
            build: self.build,
            attempts: self.attempts,
            code,
        }
    }
}

impl<'a> ResultFile<'a> {
    /// Reads a whole file, whatever the bytes are.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        ENVELOPE.open(bytes, |cursor| {
            let header = Header {
                key: Key::from_u128(cursor.u128()?),
                omitted: cursor.digest()?,
                output: cursor.digest()?,
                build: Build {
                    fingerprint: cursor.u128()?,
                },
                started_ns: cursor.u64()?,
                duration_ns: cursor.u64()?,
                attempts: cursor.u32()?,
            };
            let entries_bytes = cursor.u32()?;
            let output_bytes = cursor.u64()?;
            let entries = cursor.bytes(usize::try_from(entries_bytes).ok()?)?;
            let output = cursor.bytes(usize::try_from(output_bytes).ok()?)?;
            let file = Self {
                header,
                entries,
                output,
            };
            Some((file, output))
        })
    }

    /// The length of the file.
    pub(super) fn bytes(&self) -> usize {
        Envelope::BYTES + HEADER_BYTES + self.entries.len() + self.output.len()
    }

    /// Tells outputs apart by all that decoding them depends on: two structs with the same fields in another order have one
    /// canonical digest and different bytes.
    pub(super) fn output_id(&self) -> Digest {
        Digest::of(&[&self.header.output.to_bytes(), self.output].concat())
    }
}

impl Header {
    /// Returns the bytes of a file with this header, these entries and this output, which is moved, not copied: it may be large.
    pub(super) fn file(&self, entries: &[u8], output: Vec<u8>) -> Vec<u8> {
        let header = self;
        let mut out = ENVELOPE.start(&output, HEADER_BYTES + entries.len());
        out.extend_from_slice(&header.key.as_u128().to_le_bytes());
        out.extend_from_slice(&header.omitted.to_bytes());
        out.extend_from_slice(&header.output.to_bytes());
        out.extend_from_slice(&header.build.fingerprint.to_le_bytes());
        out.extend_from_slice(&header.started_ns.to_le_bytes());
        out.extend_from_slice(&header.duration_ns.to_le_bytes());
        out.extend_from_slice(&header.attempts.to_le_bytes());
        out.extend_from_slice(&length(entries.len()).to_le_bytes());
        out.extend_from_slice(&(output.len() as u64).to_le_bytes());
        out.extend_from_slice(entries);
        let mut file = output;
        file.reserve_exact(out.len() + Envelope::BYTES);
        file.splice(0..0, out);
        Envelope::seal(file)
    }
}

/// Returns the length of a result as its header tells it: if there are as many bytes, one read was enough.
pub(super) fn claimed_bytes(bytes: &[u8]) -> Option<u64> {
    const START: usize = 8 + 4;
    let header = bytes.get(START..START + HEADER_BYTES)?;
    let mut lengths = ByteReader(&header[HEADER_BYTES - 12..]);
    let entries = u64::from(lengths.u32()?);
    let fixed = (Envelope::BYTES + HEADER_BYTES) as u64;
    lengths.u64()?.checked_add(entries)?.checked_add(fixed)
}

/// Returns the duration in the beginning of a result, whatever the rest is.
pub(super) fn duration_in(bytes: &[u8]) -> Option<Duration> {
    const PLACE: usize = 8 + 4 + 4 * 16 + 8;
    bytes.starts_with(&ENVELOPE.magic).then_some(())?;
    let duration_ns = ByteReader(bytes.get(PLACE..)?).u64()?;
    Some(Duration::from_nanos(duration_ns))
}

/// The kinds of entries. Readers skip tags that they do not know; a number is never used again for something else.
mod tag {
    pub(super) const IDENTITY: u32 = 1;
    pub(super) const LEAVES: u32 = 2;
    pub(super) const CONFIG: u32 = 3;
    pub(super) const OUTPUT_SHAPE: u32 = 4;
    pub(super) const REFUSED: u32 = 5;
    /// A config that describes itself, in the place of one in postcard.
    pub(super) const SELF_DESCRIBING_CONFIG: u32 = 6;
    pub(super) const CODE: u32 = 7;
}

/// The entries of a result.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ResultEntries<'a> {
    pub(super) experiment: &'a str,
    pub(super) version: u32,
    pub(super) name: &'a str,
    pub(super) leaves: Cow<'a, [Leaf]>,
    /// The config, likewise.
    pub(super) config: &'a [u8],
    pub(super) output_shape: Cow<'a, [(String, String)]>,
    /// See [`refused`].
    pub(super) refused: Cow<'a, [Digest]>,
    /// The digest of the code that computed it; 0 if that is not known.
    pub(super) code: u128,
}

impl<'a> ResultEntries<'a> {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256 + 48 * self.leaves.len() + self.config.len());
        // It stands first, so that it takes a glance to know that there is none.
        if !self.refused.is_empty() {
            put_entry(&mut out, tag::REFUSED, |out| {
                for digest in &*self.refused {
                    out.extend_from_slice(&digest.to_bytes());
                }
            });
        }
        if self.code != 0 {
            put_entry(&mut out, tag::CODE, |out| {
                out.extend_from_slice(&self.code.to_le_bytes());
            });
        }
        put_entry(&mut out, tag::IDENTITY, |out| {
            put_prefixed(out, self.experiment.as_bytes());
            out.extend_from_slice(&self.version.to_le_bytes());
            put_prefixed(out, self.name.as_bytes());
        });
        put_entry(&mut out, tag::LEAVES, |out| {
            out.extend_from_slice(&length(self.leaves.len()).to_le_bytes());
            for leaf in &*self.leaves {
                put_leaf(out, leaf);
            }
        });
        let config = if is_self_describing(self.config) {
            tag::SELF_DESCRIBING_CONFIG
        } else {
            tag::CONFIG
        };
        put_entry(&mut out, config, |out| {
            out.extend_from_slice(self.config);
        });
        put_entry(&mut out, tag::OUTPUT_SHAPE, |out| {
            out.extend_from_slice(&length(self.output_shape.len()).to_le_bytes());
            for (path, kind) in &*self.output_shape {
                put_prefixed(out, path.as_bytes());
                put_prefixed(out, kind.as_bytes());
            }
        });
        out
    }

    /// Returns `None` if the bytes are no entries, or one that must be there is not.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut cursor = ByteReader(bytes);
        let mut entries = Self {
            refused: refused(bytes).into(),
            code: code(bytes),
            ..Self::default()
        };
        let mut has_identity = false;
        while !cursor.0.is_empty() {
            let tag = cursor.u32()?;
            let mut content = ByteReader(cursor.prefixed()?);
            match tag {
                tag::IDENTITY => {
                    entries.experiment = content.text()?;
                    entries.version = content.u32()?;
                    entries.name = content.text()?;
                    has_identity = true;
                }
                tag::LEAVES => {
                    let leaves = (0..content.u32()?).map(|_| take_leaf(&mut content));
                    entries.leaves = leaves.collect::<Option<_>>()?;
                }
                tag::CONFIG | tag::SELF_DESCRIBING_CONFIG => entries.config = content.0,
                tag::OUTPUT_SHAPE => {
                    let shape = (0..content.u32()?)
                        .map(|_| Some((content.text()?.to_owned(), content.text()?.to_owned())));
                    entries.output_shape = shape.collect::<Option<_>>()?;
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
    let mut digests = leading(entries, tag::REFUSED);
    iter::from_fn(|| digests.u128().map(Digest::from_u128)).collect()
}

/// Returns the digest of the code that computed a result; 0 if it is not known.
pub(super) fn code(entries: &[u8]) -> u128 {
    leading(entries, tag::CODE).u128().unwrap_or(0)
}

/// Returns one of the entries that stand first, empty if it is not there.
fn leading(entries: &[u8], wanted: u32) -> ByteReader<'_> {
    let mut cursor = ByteReader(entries);
    while let Some(tag @ (tag::REFUSED | tag::CODE)) = cursor.u32()
        && let Some(content) = cursor.prefixed()
    {
        if tag == wanted {
            return ByteReader(content);
        }
    }
    ByteReader(&[])
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
    put_stored(out, &leaf.value);
}

fn take_leaf(cursor: &mut ByteReader<'_>) -> Option<Leaf> {
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
        value: take_value(cursor, NESTING_MAX)?,
    })
}
