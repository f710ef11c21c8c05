//! [`ResultFile`]: the bytes of `result.postcard`. `docs/format.md` describes them for other readers.

use std::time::Duration;

use super::{
    build::Build,
    bytes::{ByteReader, Envelope, Unreadable, from_epoch_ns, length},
    directory::Directory,
    record::Record,
};
use crate::value::{Digest, Key};

const ENVELOPE: Envelope = Envelope {
    // The first byte is no text, and the last one is changed by programs that convert line ends.
    magic: *b"\x89runner\n",
    // Not the number of the key format.
    format: FORMAT,
    noun: "result",
    claimed_bytes,
};
/// The number of the layout below.
pub(super) const FORMAT: u32 = 1;
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
    /// Tagged entries; see [`ResultEntries`](super::entries::ResultEntries).
    pub(super) entries: &'a [u8],
    /// The output in postcard.
    pub(super) output: &'a [u8],
}

impl Header {
    pub(super) fn record(&self, directory: String) -> Record {
        Record {
            aside: Directory::is_aside(&directory),
            directory,
            started: from_epoch_ns(self.started_ns),
            duration: Duration::from_nanos(self.duration_ns),
            build: self.build,
            attempts: self.attempts,
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
            Some(Self {
                header,
                entries: cursor.bytes(usize::try_from(entries_bytes).ok()?)?,
                output: cursor.bytes(usize::try_from(output_bytes).ok()?)?,
            })
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

    /// Returns the bytes of the file.
    pub(super) fn write(&self) -> Vec<u8> {
        let header = &self.header;
        let mut out = ENVELOPE.start(HEADER_BYTES + self.entries.len() + self.output.len());
        out.extend_from_slice(&header.key.as_u128().to_le_bytes());
        out.extend_from_slice(&header.omitted.to_bytes());
        out.extend_from_slice(&header.output.to_bytes());
        out.extend_from_slice(&header.build.fingerprint.to_le_bytes());
        out.extend_from_slice(&header.started_ns.to_le_bytes());
        out.extend_from_slice(&header.duration_ns.to_le_bytes());
        out.extend_from_slice(&header.attempts.to_le_bytes());
        out.extend_from_slice(&length(self.entries.len()).to_le_bytes());
        out.extend_from_slice(&(self.output.len() as u64).to_le_bytes());
        out.extend_from_slice(self.entries);
        out.extend_from_slice(self.output);
        Envelope::seal(out)
    }
}

/// Returns whether these bytes are as many as their own header claims: then one read was enough, if the checksum agrees.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    claimed_bytes(bytes) == Some(bytes.len() as u64)
}

fn claimed_bytes(bytes: &[u8]) -> Option<u64> {
    const START: usize = 8 + 4;
    let header = bytes.get(START..START + HEADER_BYTES)?;
    let mut lengths = ByteReader(&header[HEADER_BYTES - 12..]);
    let entries = u64::from(lengths.u32()?);
    let fixed = (Envelope::BYTES + HEADER_BYTES) as u64;
    lengths.u64()?.checked_add(entries)?.checked_add(fixed)
}
