//! What the tests of the walk share: odd serde values, and the fields of configs written by hand.

use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeMap, SerializeSeq},
};

use super::{scalar::Digest, schema::Added, schema::Schema, walk::Walker};
use crate::value::{Config, Field, Rules, Shape, Variant};

/// The digest of a value without rules.
pub(crate) fn digest<T: Serialize + ?Sized>(value: &T) -> Digest {
    Walker::new()
        .value(value)
        .expect("the value can be written")
}

/// The digests of a config: of what counts, and of what was left out.
pub(crate) fn walk<C: Config>(config: &C) -> (Digest, Digest) {
    let walked = Walker::new()
        .config(config, &Schema::new(C::SHAPE))
        .expect("the config can be written");
    (walked.value, walked.omitted)
}

/// A field without rules whose type holds no config.
pub(crate) const fn field(name: &'static str) -> Field {
    Field {
        name,
        type_name: "",
        doc: "",
        rules: Rules {
            key: name,
            skip: false,
            replicate: false,
            naming: false,
            ordered: false,
            added: None,
            shape: Shape::Plain,
        },
    }
}

impl Field {
    pub(crate) const fn keyed_as(mut self, key: &'static str) -> Self {
        self.rules.key = key;
        self
    }

    pub(crate) const fn skipped(mut self) -> Self {
        self.rules.skip = true;
        self
    }

    pub(crate) const fn replicate(mut self) -> Self {
        self.rules.replicate = true;
        self
    }

    pub(crate) const fn added(mut self, added: fn() -> Added) -> Self {
        self.rules.added = Some(added);
        self
    }

    pub(crate) const fn shaped(mut self, shape: Shape) -> Self {
        self.rules.shape = shape;
        self
    }
}

pub(crate) const fn variant(name: &'static str, fields: &'static [Field]) -> Variant {
    Variant {
        name,
        doc: "",
        fields,
    }
}

/// Writes what `#[derive(Config)]` would write.
macro_rules! config {
    ($type:ty, struct [$($field:expr),* $(,)?]) => {
        config!($type, &[$($field),*], &[]);
    };
    ($type:ty, enum [$($variant:expr),* $(,)?]) => {
        config!($type, &[], &[$($variant),*]);
    };
    ($type:ty, $fields:expr, $variants:expr) => {
        impl crate::value::Shaped for $type {
            const SHAPE: crate::value::Shape =
                crate::value::Shape::Config(crate::value::members::<$type>);
        }

        impl crate::value::Config for $type {
            const FIELDS: &'static [crate::value::Field] = $fields;
            const VARIANTS: &'static [crate::value::Variant] = $variants;

            fn run_name(&self) -> Option<String> {
                None
            }
        }
    };
}

pub(crate) use config;

/// A value of serde's bytes.
pub(crate) struct Bytes(pub(crate) &'static [u8]);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// A sequence that does not know its length beforehand.
pub(crate) struct UnknownLength(pub(crate) Vec<u8>);

impl Serialize for UnknownLength {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for item in &self.0 {
            seq.serialize_element(item)?;
        }
        seq.end()
    }
}

/// A map with its entries in the order given.
pub(crate) struct Entries<K, V>(pub(crate) Vec<(K, V)>);

impl<K: Serialize, V: Serialize> Serialize for Entries<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// A value that cannot be written.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(crate) struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("it is broken"))
    }
}
