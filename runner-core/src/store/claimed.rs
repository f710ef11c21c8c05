//! Fields of the past: whether a config may take a result whose own program made claims about them. No I/O.
//!
//! `removed` and `skip(was = …)` put a value into the key that the field did not have. A claim is believed only of the program
//! that makes it: what is asked of a result is what it was computed with.

use std::borrow::Cow;

use super::{
    agreement::{below, digest, is_below, text},
    stale::Stale,
};
use crate::value::{Leaf, Mark, Past};

/// Compares the claims in a result with a config of the same key.
///
/// # Errors
///
/// If the result rests on a claim that the config does not make.
pub(super) fn compare(stored: &[Leaf], now: &[Leaf]) -> Result<(), Stale> {
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
pub(super) fn of_key(leaves: &[Leaf]) -> Cow<'_, [Leaf]> {
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
        Mark::Skipped => !claims.iter().any(|claim| is_below(leaf, claim)),
        Mark::Keyed | Mark::Replicate | Mark::Omitted => true,
    };
    leaves.iter().filter(counts).cloned().collect()
}

/// The leaves of the value that a skipped field really had.
fn own<'a>(leaves: &'a [Leaf], path: &str) -> impl Iterator<Item = &'a Leaf> {
    below(leaves, path).filter(|leaf| leaf.mark == Mark::Skipped)
}
