//! [`Digest`]: 128 bits of XXH3.

use std::fmt;

use twox_hash::XxHash3_128;

/// An XXH3-128 hash of canonical tokens.
///
/// XXH3 is the hash of <https://github.com/Cyan4973/xxHash>; it is fast and well mixed but not cryptographic: nobody
/// can collide it by accident, somebody could on purpose.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Digest(u128);

impl Digest {
    /// The hash of `bytes`.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(XxHash3_128::oneshot(bytes))
    }

    pub(crate) const fn from_u128(value: u128) -> Self {
        Self(value)
    }

    pub(crate) const fn as_u128(self) -> u128 {
        self.0
    }

    /// The low 64 bits.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "half of the digest is what is asked for"
    )]
    pub(crate) const fn low(self) -> u64 {
        self.0 as u64
    }

    pub(crate) const fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
