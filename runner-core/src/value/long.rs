//! Values whose tokens are hashed as they come: all of them would take as much memory as the value.

use twox_hash::XxHash3_128;

use super::{scalar::Digest, walk::Walker};

/// How many bytes of tokens of long lists are kept before they are hashed.
pub(super) const LONG_BYTES: usize = 1 << 20;

/// Stands for a place from which on tokens may still change.
pub(super) const UNSETTLED: usize = usize::MAX;

/// A member of which tokens are hashed and no longer there.
pub(super) struct Shortened {
    start: usize,
    /// Where the tokens end that are there still, and hashed too.
    kept: usize,
    hasher: XxHash3_128,
}

impl Walker {
    #[cold]
    pub(super) fn long_content(&mut self, bytes: &[u8]) {
        let from = self.out.len();
        for part in bytes.chunks(self.long_bytes) {
            self.out.extend_from_slice(part);
            self.shorten(from);
        }
    }

    /// Hashes what is written of the innermost member if that is long. What is before `from` stays here, for messages.
    #[inline(never)]
    pub(super) fn shorten_long(&mut self, from: usize) {
        if self.out.len() > self.long_bytes {
            self.shorten(from);
        }
    }

    fn shorten(&mut self, from: usize) {
        let start = self.settled_from;
        if start == UNSETTLED {
            return;
        }
        if let Some(last) = self.shortened.last_mut()
            && last.start == start
        {
            last.hasher.write(&self.out[last.kept..]);
            self.out.truncate(last.kept);
            return;
        }
        let mut hasher = XxHash3_128::new();
        hasher.write(&self.out[start..]);
        self.out.truncate(from);
        self.shortened.push(Shortened {
            start,
            kept: from,
            hasher,
        });
    }

    /// The digest of the tokens from `start` on, where a member starts.
    #[inline]
    pub(super) fn digest(&mut self, start: usize) -> Digest {
        if self.shortened.is_empty() {
            Digest::of(&self.out[start..])
        } else {
            self.digest_of_long(start)
        }
    }

    #[cold]
    fn digest_of_long(&mut self, start: usize) -> Digest {
        match self.shortened.pop_if(|last| last.start == start) {
            None => Digest::of(&self.out[start..]),
            Some(mut last) => {
                last.hasher.write(&self.out[last.kept..]);
                Digest::from_u128(last.hasher.finish_128())
            }
        }
    }
}
