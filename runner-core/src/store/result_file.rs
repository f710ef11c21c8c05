//! [`ResultFile`]: the bytes of `result.postcard`. `docs/format.md` describes them for other readers.

use std::time::{Duration, SystemTime};

use super::{build::Build, cursor::Cursor, find::is_aside, record::Record};
use crate::value::{Digest, Key};

/// The first byte is no text, and the last one is changed by whatever converts line ends.
const MAGIC: [u8; 8] = *b"\x89runner\n";
/// The number of the layout below; it is not the number of the key format.
pub(super) const FORMAT: u32 = 1;
/// The bytes before the entries.
const HEADER_BYTES: usize = 8 + 4 + 4 * 16 + 2 * 8 + 2 * 4 + 8;
/// The bytes of the checksum at the end.
const CHECKSUM_BYTES: usize = 16;

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
    /// Tagged entries; see [`Entries`](super::entries::Entries).
    pub(super) entries: &'a [u8],
    /// The output in postcard.
    pub(super) output: &'a [u8],
}

/// Why a file cannot be read as a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Undamaged, of another version of this library.
    Format(u32),
    Damaged(String),
}

impl Header {
    fn started(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_nanos(self.started_ns)
    }

    fn duration(&self) -> Duration {
        Duration::from_nanos(self.duration_ns)
    }

    pub(super) fn record(&self, directory: String) -> Record {
        Record {
            aside: is_aside(&directory),
            directory,
            started: self.started(),
            duration: self.duration(),
            build: self.build,
            attempts: self.attempts,
        }
    }
}

impl<'a> ResultFile<'a> {
    /// Reads a whole file. Whatever the bytes are, this neither panics nor allocates by a length that they claim.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        let damaged = |reason: &str| Unreadable::Damaged(reason.to_owned());
        let length = bytes.len();
        let (content, checksum) = length
            .checked_sub(CHECKSUM_BYTES)
            .and_then(|end| bytes.split_at_checked(end))
            .filter(|(content, _)| content.len() >= MAGIC.len() + 4)
            .ok_or_else(|| Unreadable::Damaged(format!("it ends after {length} bytes")))?;
        let mut cursor = Cursor(content);
        if cursor.array() != Some(MAGIC) {
            return Err(damaged("it does not start as a result does"));
        }
        if Digest::of(content).to_bytes() != checksum {
            return Err(match claimed_bytes(bytes) {
                Some(claimed) if (length as u64) < claimed => {
                    Unreadable::Damaged(format!("it ends after {length} of {claimed} bytes"))
                }
                _ => damaged("its checksum is wrong"),
            });
        }
        // Every format starts with the magic and its number, and ends with the checksum.
        match cursor.u32() {
            Some(FORMAT) => {}
            format => return Err(Unreadable::Format(format.unwrap_or_default())),
        }
        Self::parse(cursor).ok_or_else(|| damaged("its lengths do not add up"))
    }

    fn parse(mut cursor: Cursor<'a>) -> Option<Self> {
        let header = Header {
            key: Key::from_u128(cursor.u128()?),
            omitted: Digest::from_u128(cursor.u128()?),
            output: Digest::from_u128(cursor.u128()?),
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
        cursor.0.is_empty().then_some(Self {
            header,
            entries,
            output,
        })
    }

    /// Tells outputs apart by all that decoding them depends on: two structs with the same fields in another order have one
    /// canonical digest and different bytes.
    pub(super) fn output_id(&self) -> Digest {
        Digest::of(&[&self.header.output.to_bytes(), self.output].concat())
    }

    /// The bytes of the file.
    pub(super) fn write(&self) -> Vec<u8> {
        let length = HEADER_BYTES + self.entries.len() + self.output.len() + CHECKSUM_BYTES;
        let mut out = Vec::with_capacity(length);
        let header = &self.header;
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&FORMAT.to_le_bytes());
        out.extend_from_slice(&header.key.as_u128().to_le_bytes());
        out.extend_from_slice(&header.omitted.to_bytes());
        out.extend_from_slice(&header.output.to_bytes());
        out.extend_from_slice(&header.build.fingerprint.to_le_bytes());
        out.extend_from_slice(&header.started_ns.to_le_bytes());
        out.extend_from_slice(&header.duration_ns.to_le_bytes());
        out.extend_from_slice(&header.attempts.to_le_bytes());
        out.extend_from_slice(&super::cursor::length(self.entries.len()).to_le_bytes());
        out.extend_from_slice(&(self.output.len() as u64).to_le_bytes());
        debug_assert_eq!(out.len(), HEADER_BYTES);
        out.extend_from_slice(self.entries);
        out.extend_from_slice(self.output);
        let checksum = Digest::of(&out);
        out.extend_from_slice(&checksum.to_bytes());
        out
    }
}

/// Whether these bytes are as many as their own header claims: then one read was enough, if the checksum agrees.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    claimed_bytes(bytes) == Some(bytes.len() as u64)
}

/// How long the header says that the file is.
fn claimed_bytes(bytes: &[u8]) -> Option<u64> {
    let mut lengths = Cursor(bytes.get(HEADER_BYTES - 12..HEADER_BYTES)?);
    let entries = u64::from(lengths.u32()?);
    let fixed = (HEADER_BYTES + CHECKSUM_BYTES) as u64;
    lengths.u64()?.checked_add(entries)?.checked_add(fixed)
}

/// A time as it is stored; what is before 1970 or after 2554 is cut to that.
pub(super) fn since_epoch_ns(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, duration_ns)
}

pub(super) fn duration_ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
