//! Outputs and configs as postcard bytes that are proven to read back as the same value.

use std::{ops::ControlFlow, panic::AssertUnwindSafe};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    any::{AnyValue, Content},
    json::{Layout, json},
    key::{Key, Origin},
    leaves::Names,
    loss::{Loss, Losses},
    made_up,
    scalar::Digest,
    schema::Schema,
    self_describing::Encoding,
    value_type::{ReadBack, ReadBackAny, ReadBackAs, ValueType, take},
    walk::Walker,
    writing::{Lists, Writing},
};
use crate::base::catch;

/// How often a value must come back as the same one; a set of two items in random order is found out in all but one of
/// 256 times, a larger one practically always.
pub(crate) const ROUND_TRIPS: usize = 8;
/// Of a larger output, fewer copies are made: at most so many bytes are decoded, or one copy.
const PROVEN_BYTES_MAX: usize = 1 << 20;

/// Maximum number of characters of a value in a message.
const EXAMPLE_MAX: usize = 200;

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
    let (mut first, mut other) = (ReadBackAs(None::<O>), ReadBackAs(None::<O>));
    let (bytes, digest) = encode_and_prove(output, what, &mut first, &mut other)?;
    Ok(Encoded {
        bytes,
        digest,
        output: first.take(),
    })
}

/// As [`encode`], of an output of this type.
///
/// # Errors
///
/// The same.
pub(crate) fn encode_output(
    output: &dyn AnyValue,
    of: ValueType,
) -> Result<Encoded<Box<dyn AnyValue>>, String> {
    let (mut first, mut other) = (ReadBackAny::new(of), ReadBackAny::new(of));
    let (bytes, digest) = encode_and_prove(output, What::Output, &mut first, &mut other)?;
    Ok(Encoded {
        bytes,
        digest,
        output: first.take(),
    })
}

/// Returns the bytes and the digest of `output`; `first` is then the value read back from them.
fn encode_and_prove(
    output: &dyn Content,
    what: What,
    first: &mut dyn ReadBack,
    other: &mut dyn ReadBack,
) -> Result<(Vec<u8>, Digest), String> {
    let noun = what.noun();
    let (mut walker, plain) = (Walker::new(), Schema::Plain);
    let digest = output
        .walk(&plain, &mut walker)
        .map_err(|error| format!("{noun} cannot be written: {error}"))?
        .value;
    let mut reason = String::new();
    for encoding in Encoding::ALL {
        let encoded = output.encode(encoding, buffer());
        let proven = encoded.and_then(|bytes| {
            let trips = (PROVEN_BYTES_MAX / bytes.len().max(1)).clamp(1, ROUND_TRIPS);
            prove(&bytes, encoding, trips, first, other, &mut |copy| {
                has_digest(copy, digest, &plain, &mut walker).map_err(|error| {
                    differing(output, copy, &plain).map_or(error, |path| {
                        format!("field `{path}` comes back as another value")
                    })
                })
            })?;
            Ok(bytes)
        });
        match proven {
            Ok(bytes) => return Ok((bytes, digest)),
            Err(error) => reason = error,
        }
    }
    Err(format!(
        "{noun} does not survive being stored: {reason}; its `Deserialize` must give back what its `Serialize` wrote, in \
         the same order: use a `BTreeSet` for a `HashSet`, and write with serde what is read with serde"
    ))
}

/// Proves that outputs of a type can be stored: with options, lists and variants of all kinds, as far as its `Deserialize` takes
/// what is made up.
///
/// # Errors
///
/// If one does not come back as the same value.
pub(crate) fn prove_type(of: ValueType) -> Result<(), String> {
    let mut proven = Ok(());
    made_up::each(&mut |tree| {
        let Ok(made_up) = of.read(tree) else {
            return ControlFlow::Continue(false);
        };
        proven = prove_made_up(&*made_up, of);
        if proven.is_ok() {
            ControlFlow::Continue(true)
        } else {
            ControlFlow::Break(())
        }
    });
    proven
}

/// What cannot be written at all is left to a run that makes it.
fn prove_made_up(made_up: &dyn AnyValue, of: ValueType) -> Result<(), String> {
    let shown = catch(AssertUnwindSafe(|| {
        made_up.walk(&Schema::Plain, &mut Walker::new()).ok()?;
        made_up.write(Writing::shown(Lists::Keep).writer()).ok()
    }));
    let Ok(Some(shown)) = shown else {
        return Ok(());
    };
    let proven = encode_output(made_up, of);
    proven.map(drop).map_err(|error| {
        let mut example = json(&shown, Layout::Compact);
        if let Some((end, _)) = example.char_indices().nth(EXAMPLE_MAX) {
            example.replace_range(end.., "…");
        }
        format!("{error} (tried with {example})")
    })
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
    let (mut copy, mut unused) = (ReadBackAs(None::<O>), ReadBackAs(None::<O>));
    decode_to(&mut copy, &mut unused, bytes, digest, walker)?;
    Ok(copy.take())
}

/// As [`decode`], of an output of this type.
///
/// # Errors
///
/// The same.
pub(crate) fn decode_output(
    of: ValueType,
    bytes: &[u8],
    digest: Digest,
    walker: &mut Walker,
) -> Result<Box<dyn AnyValue>, String> {
    let (mut copy, mut unused) = (ReadBackAny::new(of), ReadBackAny::new(of));
    decode_to(&mut copy, &mut unused, bytes, digest, walker)?;
    Ok(copy.take())
}

fn decode_to(
    copy: &mut dyn ReadBack,
    unused: &mut dyn ReadBack,
    bytes: &[u8],
    digest: Digest,
    walker: &mut Walker,
) -> Result<(), String> {
    let plain = Schema::Plain;
    prove(bytes, Encoding::Postcard, 1, copy, unused, &mut |copy| {
        has_digest(copy, digest, &plain, walker)
    })
}

fn has_digest(
    output: &dyn Content,
    digest: Digest,
    schema: &Schema,
    walker: &mut Walker,
) -> Result<(), String> {
    if output.walk(schema, walker)?.value == digest {
        Ok(())
    } else {
        Err("it comes back as another value".to_owned())
    }
}

/// Reads a value that is all of these bytes.
fn read<'a>(slot: &'a mut dyn ReadBack, bytes: &[u8]) -> Result<&'a dyn Content, String> {
    match take(bytes, slot)? {
        [] => Ok(slot.content()),
        rest => Err(format!("{} bytes are left over", rest.len())),
    }
}

/// Decodes bytes so many times and checks what comes back; `first` is then the first copy.
///
/// A copy that gives the same bytes as one that was checked, as it was made from the same, has the same content in the same
/// order, and is not checked again.
fn prove(
    bytes: &[u8],
    encoding: Encoding,
    trips: usize,
    first: &mut dyn ReadBack,
    other: &mut dyn ReadBack,
    check: &mut dyn FnMut(&dyn Content) -> Result<(), String>,
) -> Result<(), String> {
    let proven = catch(AssertUnwindSafe(|| {
        let first = read(first, bytes)?;
        check(first)?;
        if trips > 1 {
            let checked = first.encode(encoding, Vec::with_capacity(bytes.len()))?;
            let mut again = Vec::with_capacity(checked.len());
            for _ in 1..trips {
                let copy = read(other, bytes)?;
                again.clear();
                again = copy.encode(encoding, again)?;
                if again != checked {
                    check(copy)?;
                }
            }
        }
        Ok(())
    }));
    proven.unwrap_or_else(|panic| Err(format!("reading it panics: {}", panic.message)))
}

/// Proves that a config comes back with the same key so many times, in the first form in which it does, and returns that and what
/// comes back.
///
/// # Errors
///
/// If it does not; the text says why.
pub(crate) fn prove_config(
    config: &dyn AnyValue,
    of: ValueType,
    key: Key,
    origin: &Origin,
    schema: &Schema,
    trips: usize,
    walker: &mut Walker,
) -> Result<(Box<dyn AnyValue>, Encoding), String> {
    let (mut first, mut other) = (ReadBackAny::new(of), ReadBackAny::new(of));
    let mut reason = String::new();
    for encoding in Encoding::ALL {
        let encoded = config.encode(encoding, buffer());
        let proven = encoded.and_then(|bytes| {
            prove(&bytes, encoding, trips, &mut first, &mut other, &mut |copy| {
                if origin.key(copy.walk(schema, walker)?.value) == key {
                    return Ok(());
                }
                Err(format!(
                    "its key changes when it is copied: {} has no stable order or loses content, as a `HashSet` does; \
                     use a `BTreeSet` or a sorted `Vec`",
                    differing(config, copy, schema)
                        .map_or_else(|| "a field".to_owned(), |path| format!("field `{path}`"))
                ))
            })
        });
        match proven {
            Ok(()) => return Ok((first.take(), encoding)),
            Err(error) => reason = error,
        }
    }
    Err(reason)
}

/// Returns the parts of a config that came back as something else, which `note` notes.
pub(crate) fn losses(note: &dyn Fn(&mut Losses)) -> Vec<Loss> {
    let compared = catch(AssertUnwindSafe(|| {
        let mut losses = Losses::default();
        note(&mut losses);
        losses.found
    }));
    // The user's `PartialEq` and `Debug` may panic; then nothing is known.
    compared.unwrap_or_default()
}

/// Returns a value as JSON for people, in which errors stand in the place of the parts that cannot be written.
pub(crate) fn readable(value: &dyn AnyValue) -> Option<String> {
    let written = catch(AssertUnwindSafe(|| {
        value.write(Writing::lenient().writer())
    }));
    let tree = written.ok()?.ok()?;
    Some(json(&tree, Layout::Members))
}

/// A buffer that has room for most configs and outputs.
pub(crate) fn buffer() -> Vec<u8> {
    Vec::with_capacity(BYTES_USUAL)
}

/// Where a value and its copy first differ, if that is a field.
fn differing(value: &dyn Content, copy: &dyn Content, schema: &Schema) -> Option<String> {
    let [leaves, of_copy] = [value, copy].map(|value| value.leaves(schema, Names::Serde));
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
