//! [`older`]: the config of a run that was stored before some `added` fields existed.
//!
//! postcard keeps no names, so the bytes of a type with fewer fields are those of no other type. The leaves beside them say
//! which fields there were; the values that were meant by the absence of the others are put in their places. Only structs inside
//! structs are looked into. Whether it is the right config is for the caller to find out, by its key.

use postcard::de_flavors::Slice;
use serde::{
    de::{self, DeserializeOwned, DeserializeSeed, Visitor},
    forward_to_deserialize_any,
};

use super::{
    leaf::Leaf,
    path,
    schema::{FieldSchema, Schema},
};

/// Decodes `bytes`, of which the fields without `leaves` are left out. `None` if that makes no `C`.
pub(crate) fn older<C: DeserializeOwned>(
    bytes: &[u8],
    schema: &Schema,
    leaves: &[Leaf],
) -> Option<C> {
    let mut from = postcard::Deserializer::from_bytes(bytes);
    let config = C::deserialize(Older {
        from: &mut from,
        fields: schema.fields(),
        path: String::new(),
        leaves,
    });
    let rest = from.finalize().ok()?;
    config.ok().filter(|_| rest.is_empty())
}

/// A struct that may lack fields.
struct Older<'a, 'de> {
    from: &'a mut postcard::Deserializer<'de, Slice<'de>>,
    fields: &'de [FieldSchema],
    /// The names in the key that lead here.
    path: String,
    leaves: &'a [Leaf],
}

impl<'de> de::Deserializer<'de> for Older<'_, 'de> {
    type Error = postcard::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> postcard::Result<V::Value> {
        Err(postcard::Error::WontImplement)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> postcard::Result<V::Value> {
        visitor.visit_seq(Fields {
            names,
            next: self.fields.iter(),
            of: self,
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Fields<'a, 'de> {
    /// Those that serde reads; it skips others.
    names: &'static [&'static str],
    next: std::slice::Iter<'de, FieldSchema>,
    of: Older<'a, 'de>,
}

impl Fields<'_, '_> {
    /// Whether the stored config had this field.
    fn is_there(&self, path: &str) -> bool {
        let mut leaves = self.of.leaves.iter();
        leaves.any(|leaf| path::is_at_or_below(&leaf.path, path))
    }
}

impl<'de> de::SeqAccess<'de> for Fields<'_, 'de> {
    type Error = postcard::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> postcard::Result<Option<T::Value>> {
        let names = self.names;
        let Some(known) = self.next.find(|known| names.contains(&known.field.name())) else {
            return Ok(None);
        };
        let name = known.field.key_name();
        let path = path::join(&self.of.path, name);
        let value = match &known.added {
            Some(added) if !self.is_there(&path) => {
                let bytes = added.bytes.as_deref();
                let bytes = bytes.ok_or(postcard::Error::WontImplement)?;
                seed.deserialize(&mut postcard::Deserializer::from_bytes(bytes))
            }
            _ if known.schema.fields().is_empty() => seed.deserialize(&mut *self.of.from),
            _ => seed.deserialize(Older {
                from: &mut *self.of.from,
                fields: known.schema.fields(),
                path,
                leaves: self.of.leaves,
            }),
        };
        value.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::value::{
        added::added,
        config::{Shape, Shaped},
        leaves::{Names, leaves},
        testing::{config, field},
    };

    #[derive(Serialize)]
    struct Before {
        lr: f64,
        inner: InnerBefore,
        text: String,
    }

    #[derive(Serialize)]
    struct InnerBefore {
        depth: u8,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Now {
        warm: Option<Vec<u32>>,
        learning_rate: f64,
        inner: Inner,
        text: String,
        #[serde(skip)]
        threads: usize,
        note: String,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Inner {
        width: u64,
        depth: u8,
    }

    config!(Inner, struct [
        field("width").added(|| added(&300_u64, Shape::Plain)),
        field("depth"),
    ]);
    config!(Now, struct [
        field("warm").added(|| added(&Some(vec![1_u32, 2]), Shape::Plain)),
        field("learning_rate").keyed_as("lr"),
        field("inner").shaped(Inner::SHAPE),
        field("text"),
        field("threads").skipped(),
        field("note").added(|| added("none", Shape::Plain)),
    ]);

    #[test]
    fn fields_that_were_not_there_have_the_value_of_their_absence() {
        let text = "a text that is much too long to be kept among the leaves as it is, since it has over 64 bytes";
        let before = Before {
            lr: 0.1,
            inner: InnerBefore { depth: 3 },
            text: text.to_owned(),
        };
        let bytes = postcard::to_stdvec(&before).expect("it can be encoded");
        let of_before = leaves(&before, &Schema::Plain, Names::Key);
        let schema = Schema::new(Now::SHAPE);
        let now = Now {
            warm: Some(vec![1, 2]),
            learning_rate: 0.1,
            inner: Inner {
                width: 300,
                depth: 3,
            },
            text: text.to_owned(),
            threads: 0,
            note: "none".to_owned(),
        };
        let of_now = leaves(&now, &schema, Names::Key);
        assert_eq!(older(&bytes, &schema, &of_before), Some(now));
        assert_eq!(older::<Now>(&bytes[1..], &schema, &of_before), None);
        assert_eq!(older::<Now>(&bytes, &schema, &of_now), None);
    }
}
