//! Numbers, texts and times in the store's files, and the [`Envelope`] around them.

use std::time::{Duration, SystemTime};

use crate::value::{Digest, is_self_describing};

/// Takes numbers and texts off the front of bytes that may be damaged. Every method returns `None` if there are too few bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByteReader<'a>(pub(super) &'a [u8]);

/// The start and the end of every file that holds a value: its magic, the number of its format, and a checksum of all before it.
pub(super) struct Envelope {
    pub(super) magic: [u8; 8],
    /// The number of the newest format. It differs from format 1 only in the form of the value, which tells itself.
    pub(super) format: u32,
    /// The file's noun, for messages.
    pub(super) noun: &'static str,
    /// The length that the header claims the file to have, to tell a short file from a damaged one.
    pub(super) claimed_bytes: fn(&[u8]) -> Option<u64>,
}

/// The reason why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Undamaged, of another version of this library.
    Format(u32),
    Damaged(String),
    /// This user may not read it, so it may be anything.
    Forbidden(String),
}

impl<'a> ByteReader<'a> {
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(super) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn u128(&mut self) -> Option<u128> {
        self.array().map(u128::from_le_bytes)
    }

    pub(super) fn digest(&mut self) -> Option<Digest> {
        self.u128().map(Digest::from_u128)
    }

    /// Bytes behind their length.
    pub(super) fn prefixed(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()?;
        self.bytes(usize::try_from(length).ok()?)
    }

    /// A text behind its length.
    pub(super) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.prefixed()?).ok()
    }
}

impl Envelope {
    const CHECKSUM_BYTES: usize = 16;
    /// The bytes around the content.
    pub(super) const BYTES: usize = 8 + 4 + Self::CHECKSUM_BYTES;

    /// Starts a file with this value, whose content takes about `capacity` bytes.
    pub(super) fn start(&self, value: &[u8], capacity: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::BYTES + capacity);
        out.extend_from_slice(&self.magic);
        out.extend_from_slice(&self.format_of(value).to_le_bytes());
        out
    }

    fn format_of(&self, value: &[u8]) -> u32 {
        if is_self_describing(value) {
            self.format
        } else {
            1
        }
    }

    /// Ends a file that was started and filled.
    pub(super) fn seal(mut file: Vec<u8>) -> Vec<u8> {
        let checksum = Digest::of(&file);
        file.extend_from_slice(&checksum.to_bytes());
        file
    }

    /// Returns what `parse` makes of the content of a whole file, in which it finds the value.
    ///
    /// Whatever the bytes are, this neither panics nor allocates by a length that they claim, if `parse` does not.
    pub(super) fn open<'a, T>(
        &self,
        bytes: &'a [u8],
        parse: impl FnOnce(&mut ByteReader<'a>) -> Option<(T, &'a [u8])>,
    ) -> Result<T, Unreadable> {
        let length = bytes.len();
        let damaged = |reason: String| Err(Unreadable::Damaged(reason));
        if length < Self::BYTES {
            return damaged(format!("it ends after {length} bytes"));
        }
        let (content, checksum) = bytes.split_at(length - Self::CHECKSUM_BYTES);
        let mut cursor = ByteReader(content);
        if cursor.array() != Some(self.magic) {
            return damaged(format!("it does not start as a {} does", self.noun));
        }
        if Digest::of(content).to_bytes() != checksum {
            return damaged(match (self.claimed_bytes)(bytes) {
                Some(claimed) if (length as u64) < claimed => {
                    format!("it ends after {length} of {claimed} bytes")
                }
                Some(claimed) if (length as u64) > claimed => {
                    format!("it goes on after its {claimed} bytes")
                }
                _ => "its checksum is wrong".to_owned(),
            });
        }
        let format = cursor.u32().unwrap_or_default();
        if !(1..=self.format).contains(&format) {
            return Err(Unreadable::Format(format));
        }
        match parse(&mut cursor) {
            Some((_, value)) if self.format_of(value) != format => Err(Unreadable::Format(format)),
            Some((parsed, _)) if cursor.0.is_empty() => Ok(parsed),
            _ => damaged("its lengths do not add up".to_owned()),
        }
    }
}

/// Writes bytes behind their length.
///
/// # Panics
///
/// As [`length`] does.
pub(super) fn put_prefixed(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&length(bytes.len()).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Returns a length as it is stored.
///
/// # Panics
///
/// If it is 4 GiB or more: no config is that large, and outputs have a longer length.
pub(super) fn length(length: usize) -> u32 {
    u32::try_from(length).expect("a config is smaller than 4 GiB")
}

/// Returns a time as it is stored; one before 1970 or after 2554 is cut to that.
pub(super) fn since_epoch_ns(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, duration_ns)
}

/// Returns the time that was stored.
pub(super) fn from_epoch_ns(ns: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(ns)
}

pub(super) fn duration_ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
