//! Outputs and configs as postcard bytes that are proven to read back as the same value.

use std::panic::AssertUnwindSafe;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    canonical::{Digest, Names, Schema, Walker, leaves},
    execute,
};

/// How often a config must come back with the same key; a set of two items in random order is found out in all but one
/// of 256 times, a larger one practically always.
const ROUND_TRIPS: usize = 8;

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
    let bytes = postcard::to_stdvec(output).map_err(|error| {
        let cause = match error {
            postcard::Error::SerializeSeqLengthUnknown => {
                "it has a sequence or map of unknown length, as `#[serde(flatten)]` makes: list the fields instead"
            }
            _ => "see the message",
        };
        format!("{noun} cannot be stored: {cause} ({error})")
    })?;
    match decode(&bytes, digest, &mut walker) {
        Ok(output) => Ok(Encoded {
            bytes,
            digest,
            output,
        }),
        Err(error) => Err(format!(
            "{noun} does not survive being stored: {error}; postcard keeps no field names, so {} must not use \
             `#[serde(skip_serializing_if)]`, `#[serde(untagged)]`, `#[serde(flatten)]` or `serde_json::Value`: \
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
    let decoded = execute::catch(AssertUnwindSafe(|| {
        let (output, rest) =
            postcard::take_from_bytes::<O>(bytes).map_err(|error| match error {
                postcard::Error::WontImplement => "it asks for a self-describing format".to_owned(),
                error => format!("it cannot be read back ({error})"),
            })?;
        if !rest.is_empty() {
            return Err(format!("{} bytes are left over", rest.len()));
        }
        if walker.value(&output)? != digest {
            return Err("it comes back as another value".to_owned());
        }
        Ok(output)
    }));
    decoded.unwrap_or_else(|panic| Err(format!("reading it panics: {}", panic.message)))
}

/// The postcard bytes of a config, after proving that it comes back with the same key every time.
///
/// # Errors
///
/// If it does not; the text says why.
pub(crate) fn encode_config<C: Serialize + DeserializeOwned>(
    config: &C,
    schema: &Schema,
    walker: &mut Walker,
) -> Result<Vec<u8>, String> {
    let digest = walker.config(config, schema)?.value;
    let bytes =
        postcard::to_stdvec(config).map_err(|error| format!("it cannot be encoded ({error})"))?;
    for _ in 0..ROUND_TRIPS {
        let read = execute::catch(AssertUnwindSafe(|| postcard::from_bytes::<C>(&bytes)));
        let copy = match read {
            Ok(Ok(copy)) => copy,
            Ok(Err(error)) => {
                return Err(format!(
                    "it cannot be read back from its postcard encoding ({error})"
                ));
            }
            Err(panic) => {
                return Err(format!(
                    "its `Deserialize` panicked when it was read back: {}",
                    panic.message
                ));
            }
        };
        if walker.config(&copy, schema)?.value != digest {
            return Err(format!(
                "its key changes when it is copied: {} has no stable order or loses content, as a `HashSet` does; \
                 use a `BTreeSet` or a sorted `Vec`",
                unstable_field(config, &copy, schema)
            ));
        }
    }
    Ok(bytes)
}

/// The first field in which a config and its copy differ.
fn unstable_field<C: Serialize>(config: &C, copy: &C, schema: &Schema) -> String {
    let [leaves, of_copy] = [config, copy].map(|config| leaves(config, schema, Names::Serde));
    let mut differing = leaves.iter().zip(&of_copy).filter(|(a, b)| a != b);
    differing.next().map_or_else(
        || "a field".to_owned(),
        |(leaf, _)| format!("field `{}`", leaf.path),
    )
}
