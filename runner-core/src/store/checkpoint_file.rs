//! [`CheckpointFile`]: the bytes of a checkpoint. `docs/format.md` describes them for other readers.

use std::time::{Duration, SystemTime};

use super::{
    build::Build,
    cursor::Cursor,
    result_file::{Unreadable, since_epoch_ns},
};
use crate::value::{Digest, Key};

/// As that of a result, and never taken for one.
const MAGIC: [u8; 8] = *b"\x89runckp\n";
/// The number of the layout below.
const FORMAT: u32 = 1;
/// The bytes before the state.
const HEADER_BYTES: usize = 8 + 4 + 4 * 16 + 8 + 4 + 8;
/// The bytes of the checksum at the end.
const CHECKSUM_BYTES: usize = 16;

/// What a checkpoint says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CheckpointHeader {
    pub(crate) key: Key,
    /// The canonical digest of the whole config, also of what the key leaves out.
    pub(crate) config: Digest,
    /// The canonical digest of the state.
    pub(crate) state: Digest,
    pub(crate) build: Build,
    pub(crate) saved: SystemTime,
    /// Which attempt saved it.
    pub(crate) attempt: u32,
}

/// An undamaged checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CheckpointFile<'a> {
    pub(super) header: CheckpointHeader,
    /// The state in postcard.
    pub(super) state: &'a [u8],
}

impl<'a> CheckpointFile<'a> {
    /// Reads a whole file. Whatever the bytes are, this neither panics nor allocates by a length that they claim.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        let damaged = |reason: &str| Unreadable::Damaged(reason.to_owned());
        let (content, checksum) = bytes
            .len()
            .checked_sub(CHECKSUM_BYTES)
            .and_then(|end| bytes.split_at_checked(end))
            .filter(|(content, _)| content.len() >= MAGIC.len() + 4)
            .ok_or_else(|| Unreadable::Damaged(format!("it ends after {} bytes", bytes.len())))?;
        let mut cursor = Cursor(content);
        if cursor.array() != Some(MAGIC) {
            return Err(damaged("it does not start as a checkpoint does"));
        }
        if Digest::of(content).to_bytes() != checksum {
            return Err(damaged("its checksum is wrong"));
        }
        match cursor.u32() {
            Some(FORMAT) => {}
            format => return Err(Unreadable::Format(format.unwrap_or_default())),
        }
        Self::parse(cursor).ok_or_else(|| damaged("its lengths do not add up"))
    }

    fn parse(mut cursor: Cursor<'a>) -> Option<Self> {
        let header = CheckpointHeader {
            key: Key::from_u128(cursor.u128()?),
            config: Digest::from_u128(cursor.u128()?),
            state: Digest::from_u128(cursor.u128()?),
            build: Build {
                fingerprint: cursor.u128()?,
            },
            saved: SystemTime::UNIX_EPOCH + Duration::from_nanos(cursor.u64()?),
            attempt: cursor.u32()?,
        };
        let state_bytes = usize::try_from(cursor.u64()?).ok()?;
        let state = cursor.bytes(state_bytes)?;
        cursor.0.is_empty().then_some(Self { header, state })
    }

    /// The bytes of the file.
    pub(super) fn write(&self) -> Vec<u8> {
        let header = &self.header;
        let mut out = Vec::with_capacity(HEADER_BYTES + self.state.len() + CHECKSUM_BYTES);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&FORMAT.to_le_bytes());
        out.extend_from_slice(&header.key.as_u128().to_le_bytes());
        out.extend_from_slice(&header.config.to_bytes());
        out.extend_from_slice(&header.state.to_bytes());
        out.extend_from_slice(&header.build.fingerprint.to_le_bytes());
        out.extend_from_slice(&since_epoch_ns(header.saved).to_le_bytes());
        out.extend_from_slice(&header.attempt.to_le_bytes());
        out.extend_from_slice(&(self.state.len() as u64).to_le_bytes());
        debug_assert_eq!(out.len(), HEADER_BYTES);
        out.extend_from_slice(self.state);
        let checksum = Digest::of(&out);
        out.extend_from_slice(&checksum.to_bytes());
        out
    }
}
