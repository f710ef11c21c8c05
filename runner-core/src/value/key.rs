//! [`Key`]: what identifies a run, and the directory name that carries it.

use std::{fmt, sync::Arc};

use super::{any::AnyValue, scalar::Digest, schema::Schema, walk::Walker};

/// The number of the way in which keys are made. It is part of every key and should never change; it is not the
/// number of the file format.
const KEY_FORMAT: u32 = 1;

/// The identity of a run: the experiment's name and `VERSION`, and the typed content of its config.
///
/// Two runs have the same key exactly if they are the same experiment, in the same version, on the same config;
/// fields that are `#[config(skip)]` do not count. 128 bits of XXH3, shown as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Digest);

impl Key {
    pub(crate) const fn from_u128(value: u128) -> Self {
        Self(Digest::from_u128(value))
    }

    /// Reads the 32 digits of a key.
    pub(crate) fn parse(digits: &str) -> Option<Self> {
        let number = u128::from_str_radix(digits, 16).ok()?;
        (digits.len() == 32).then_some(Self::from_u128(number))
    }

    /// The key as a number.
    pub const fn as_u128(self) -> u128 {
        self.0.as_u128()
    }

    /// The first 64 bits, which end the name of the run's directory as 16 hexadecimal digits.
    pub(crate) const fn short(self) -> u64 {
        (self.0.as_u128() >> 64) as u64
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// What the key of each config starts from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The full name of the experiment.
    pub(crate) experiment: String,
    pub(crate) version: u32,
}

/// Everything about a config that finds and names its run.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) key: Key,
    /// The digest of the fields left out because they equal their `added` value, and of the claims about fields of the past;
    /// zero if there are none.
    pub(crate) omitted: Digest,
    /// A number for random generators: from the experiment's name and the config, whatever the `VERSION`.
    pub(crate) seed: u64,
    pub(crate) name: Arc<str>,
}

impl Origin {
    /// The identity of a config whose run is called `name`.
    ///
    /// # Errors
    ///
    /// If the config cannot be written; the text names the field.
    pub(crate) fn identify(
        &self,
        config: &dyn AnyValue,
        name: impl Into<Arc<str>>,
        schema: &Schema,
        walker: &mut Walker,
    ) -> Result<Identity, String> {
        let digests = config.walk(schema, walker)?;
        Ok(Identity {
            key: self.key(digests.value),
            omitted: digests.omitted,
            seed: self
                .digest(b"runner seed", &[KEY_FORMAT], digests.value)
                .low(),
            name: name.into(),
        })
    }

    /// The key of a config with this digest.
    pub(crate) fn key(&self, config: Digest) -> Key {
        Key(self.digest(b"runner key", &[KEY_FORMAT, self.version], config))
    }

    fn digest(&self, purpose: &[u8], numbers: &[u32], config: Digest) -> Digest {
        let mut bytes = Vec::with_capacity(64 + self.experiment.len());
        bytes.extend_from_slice(purpose);
        for number in numbers {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&(self.experiment.len() as u64).to_le_bytes());
        bytes.extend_from_slice(self.experiment.as_bytes());
        bytes.extend_from_slice(&config.to_bytes());
        Digest::of(&bytes)
    }
}
