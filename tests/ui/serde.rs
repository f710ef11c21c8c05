//! Attributes of serde that do not go with a config.

use runner::Config;
use serde::{Deserialize, Serialize};

mod with {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(value: &u8, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        u8::deserialize(deserializer)
    }
}

#[derive(Clone, Serialize, Deserialize, Config)]
struct Inner {
    size: u8,
}

#[derive(Clone, Serialize, Deserialize, Config)]
struct Fields {
    #[serde(skip)]
    skip: u8,
    #[config(skip)]
    #[serde(skip_serializing, default)]
    skip_serializing: u8,
    #[serde(skip_deserializing)]
    skip_deserializing: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    skip_serializing_if: Option<u8>,
    #[serde(flatten)]
    flatten: Inner,
    #[serde(serialize_with = "with::serialize")]
    serialize_with: u8,
    #[serde(deserialize_with = "with::deserialize")]
    deserialize_with: u8,
    #[serde(rename(serialize = "a", deserialize = "b"))]
    renamed: u8,
    #[serde(rename(deserialize = "c"))]
    half_renamed: u8,
}

#[derive(Clone, Serialize, Deserialize, Config)]
#[serde(tag = "kind", content = "value")]
#[serde(rename_all(serialize = "kebab-case", deserialize = "snake_case"))]
enum Tagged {
    A,
}

#[derive(Clone, Serialize, Deserialize, Config)]
#[serde(untagged)]
enum Untagged {
    A { size: u8 },
}

#[derive(Clone, Serialize, Deserialize, Config)]
#[serde(into = "Inner", from = "Inner")]
struct Converted {
    size: u8,
}

impl From<Inner> for Converted {
    fn from(inner: Inner) -> Self {
        Self { size: inner.size }
    }
}

impl From<Converted> for Inner {
    fn from(converted: Converted) -> Self {
        Self {
            size: converted.size,
        }
    }
}

#[derive(Clone, Serialize, Deserialize, Config)]
#[serde(transparent)]
struct Transparent {
    size: u8,
}

#[derive(Clone, Serialize, Deserialize, Config)]
enum Variants {
    #[serde(skip)]
    Skip,
    #[serde(skip_deserializing)]
    SkipDeserializing,
    #[serde(with = "with")]
    With(u8),
    SkipField(#[serde(skip)] #[config(skip)] u8, u8),
    #[serde(other)]
    Other,
}

fn main() {}
