//! Outputs and configs as postcard bytes that are proven to read back as the same value.

use std::panic::AssertUnwindSafe;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    config::Shape,
    digest::Digest,
    key::{Key, Origin},
    leaves::{Names, leaves},
    schema::Schema,
    walk::Walker,
};
use crate::base::catch;

/// How often a value must come back as the same one; a set of two items in random order is found out in all but one of
/// 256 times, a larger one practically always.
const ROUND_TRIPS: usize = 8;
/// Of a larger output, fewer copies are made: at most so many bytes are decoded, or one copy.
const PROVEN_BYTES_MAX: usize = 1 << 20;

/// Most encodings are shorter; a longer one grows.
const BYTES_USUAL: usize = 256;

/// What is encoded, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Output,
    Checkpoint,
}

impl What {
    const fn noun(self) -> &'static str {
        match self {
            Self::Output => "the output",
            Self::Checkpoint => "the checkpoint",
        }
    }

    /// The type that the user can change.
    const fn kind(self) -> &'static str {
        match self {
            Self::Output => "an `Output`",
            Self::Checkpoint => "a checkpoint",
        }
    }
}

/// A value in the form in which it is stored.
#[derive(Debug)]
pub(crate) struct Encoded<O> {
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: Digest,
    /// The value read back from the bytes: what every reader will see.
    pub(crate) output: O,
}

/// Encodes an output or a checkpoint and reads it back.
///
/// # Errors
///
/// If it does not come back as the same value; the text names the likely cause.
pub(crate) fn encode<O: Serialize + DeserializeOwned>(
    output: &O,
    what: What,
) -> Result<Encoded<O>, String> {
    let noun = what.noun();
    let mut walker = Walker::new();
    let digest = walker
        .value(output)
        .map_err(|error| format!("{noun} cannot be written: {error}"))?;
    let bytes = postcard::to_extend(output, buffer()).map_err(|error| {
        let cause = match error {
            postcard::Error::SerializeSeqLengthUnknown => {
                "it has a sequence or map of unknown length, as `#[serde(flatten)]` makes: list the fields instead"
            }
            _ => "see the message",
        };
        format!("{noun} cannot be stored: {cause} ({error})")
    })?;
    let trips = (PROVEN_BYTES_MAX / bytes.len().max(1)).clamp(1, ROUND_TRIPS);
    let is_same = |copy: &O| {
        has_digest(copy, digest, &mut walker).map_err(|error| {
            let plain = Schema::new(Shape::Plain);
            differing(output, copy, &plain).map_or(error, |path| {
                format!("field `{path}` comes back as another value")
            })
        })
    };
    match prove(&bytes, trips, is_same) {
        Ok(output) => Ok(Encoded {
            bytes,
            digest,
            output,
        }),
        Err(error) => Err(format!(
            "{noun} does not survive being stored: {error}; postcard keeps no field names, so {} must not use \
             `#[serde(skip_serializing_if)]`, `#[serde(tag)]`, `#[serde(untagged)]`, `#[serde(flatten)]` or `serde_json::Value`: \
             write the fields out as plain types, with `Option` for what may be absent, and a `BTreeSet` for a `HashSet`, \
             whose order changes",
            what.kind()
        )),
    }
}

/// Decodes an output or a checkpoint and proves that it is the value whose digest was stored.
///
/// # Errors
///
/// If the bytes are of another type.
pub(crate) fn decode<O: Serialize + DeserializeOwned>(
    bytes: &[u8],
    digest: Digest,
    walker: &mut Walker,
) -> Result<O, String> {
    prove(bytes, 1, |output| has_digest(output, digest, walker))
}

fn has_digest<O: Serialize>(output: &O, digest: Digest, walker: &mut Walker) -> Result<(), String> {
    if walker.value(output)? == digest {
        Ok(())
    } else {
        Err("it comes back as another value".to_owned())
    }
}

/// Decodes bytes so many times and checks what comes back; the answer is the first copy.
///
/// A copy that gives the same bytes as one that was checked, as it was made from the same, has the same content in the same
/// order, and is not checked again.
fn prove<T: Serialize + DeserializeOwned>(
    bytes: &[u8],
    trips: usize,
    mut check: impl FnMut(&T) -> Result<(), String>,
) -> Result<T, String> {
    let proven = catch(AssertUnwindSafe(|| {
        let first = read_back(bytes)?;
        check(&first)?;
        if trips > 1 {
            let checked = encode_copy(&first, Vec::with_capacity(bytes.len()))?;
            let mut again = vec![0; checked.len()];
            for _ in 1..trips {
                let copy = read_back(bytes)?;
                // What has other bytes may have more of them than there is room for.
                let is_same =
                    postcard::to_slice(&copy, &mut again).is_ok_and(|again| *again == *checked);
                if !is_same {
                    check(&copy)?;
                }
            }
        }
        Ok(first)
    }));
    proven.unwrap_or_else(|panic| Err(format!("reading it panics: {}", panic.message)))
}

fn read_back<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let (value, rest) = postcard::take_from_bytes(bytes).map_err(|error| match error {
        postcard::Error::WontImplement => "it asks for a self-describing format".to_owned(),
        error => format!("it cannot be read back ({error})"),
    })?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(format!("{} bytes are left over", rest.len()))
    }
}

pub(crate) fn encode_copy<T: Serialize>(copy: &T, buffer: Vec<u8>) -> Result<Vec<u8>, String> {
    postcard::to_extend(copy, buffer).map_err(|error| format!("it cannot be encoded ({error})"))
}

/// Proves that a config comes back from postcard with the same key every time.
///
/// # Errors
///
/// If it does not; the text says why.
pub(crate) fn prove_config<C: Serialize + DeserializeOwned>(
    config: &C,
    key: Key,
    origin: &Origin,
    schema: &Schema,
    walker: &mut Walker,
) -> Result<(), String> {
    prove(&encode_copy(config, buffer())?, ROUND_TRIPS, |copy| {
        if origin.key(walker.config(copy, schema)?.value) == key {
            return Ok(());
        }
        Err(format!(
            "its key changes when it is copied: {} has no stable order or loses content, as a `HashSet` does; \
             use a `BTreeSet` or a sorted `Vec`",
            differing(config, copy, schema)
                .map_or_else(|| "a field".to_owned(), |path| format!("field `{path}`"))
        ))
    })
    .map(drop)
}

/// A buffer that has room for most configs and outputs.
pub(crate) fn buffer() -> Vec<u8> {
    Vec::with_capacity(BYTES_USUAL)
}

/// Where a value and its copy first differ, if that is a field.
fn differing<T: Serialize>(value: &T, copy: &T, schema: &Schema) -> Option<String> {
    let [leaves, of_copy] = [value, copy].map(|value| leaves(value, schema, Names::Serde));
    let differing = leaves
        .into_iter()
        .zip(&of_copy)
        .find(|(leaf, of_copy)| leaf != *of_copy);
    let path = differing?.0.path;
    (!path.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    /// Of two items in random order, one in 256 sets comes back in the same order every time.
    #[test]
    fn a_small_set_in_random_order_is_found_out() {
        let refused = (0..100)
            .filter(|_| encode(&HashSet::from([1, 2]), What::Output).is_err())
            .count();
        assert!(refused >= 90, "{refused} of 100");
        let set = BTreeSet::from([1, 2]);
        assert_eq!(encode(&set, What::Output).unwrap().output, set);
    }
}
