//! Attributes that contradict each other.

use runner::Config;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Config)]
struct Conflicts {
    #[config(skip, added = 1)]
    skipped_and_added: u8,
    #[config(key = "old", skip)]
    skipped_and_renamed: u8,
    #[config(skip)]
    #[config(replicate)]
    skipped_and_replicate: u8,
    #[config(replicate, added = 1)]
    replicate_and_added: u8,
    #[config(name)]
    one: u8,
    #[config(name)]
    other: u8,
}

#[derive(Clone, Serialize, Deserialize, Config)]
enum Choice {
    Named {
        #[config(name)]
        one: u8,
        #[config(name)]
        other: u8,
    },
    Tuple(#[config(skip, added = 1)] u8),
}

mod with {
    use serde::{Deserializer, Serializer};

    pub fn serialize<T, S: Serializer>(_: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }

    pub fn deserialize<'de, T, D: Deserializer<'de>>(_: D) -> Result<Option<T>, D::Error> {
        Ok(None)
    }
}

#[derive(Clone, Serialize, Deserialize, Config)]
struct Generic<T> {
    #[config(added = None)]
    #[serde(with = "with")]
    written_by_function: Option<T>,
}

fn main() {}

#[derive(Clone, Serialize, Deserialize, Config)]
struct Ordered {
    #[config(skip, ordered)]
    skipped_and_ordered: Vec<u8>,
}
