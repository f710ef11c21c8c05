//! [`older`]: a config that was stored before some of its fields were added.

use postcard::de_flavors::Slice;
use serde::{
    de::{self, DeserializeOwned, DeserializeSeed, Visitor},
    forward_to_deserialize_any,
};

use super::{
    leaves::Leaf,
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
        fields: &schema.fields().present,
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
            _ if known.schema.fields().present.is_empty() => seed.deserialize(&mut *self.of.from),
            _ => seed.deserialize(Older {
                from: &mut *self.of.from,
                fields: &known.schema.fields().present,
                path,
                leaves: self.of.leaves,
            }),
        };
        value.map(Some)
    }
}
