//! The deserializer behind [`shape_of`](super::probe::shape_of): it invents each value and notes what it was asked for.

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
    value::Error,
};

use super::{
    kind::Kind,
    probe::{Exit, MAP, Probe, UNKNOWN, join, refusal},
};

/// The place of the value that is asked for.
pub(crate) struct Cursor<'p> {
    pub(crate) probe: &'p mut Probe,
}

macro_rules! scalars {
    ($($method:ident => $kind:ident $visit:ident($($value:expr)?),)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.probe.note(Kind::$kind.name());
            visitor.$visit($($value)?)
        }
    )*};
}

// Numbers are 1, as some types refuse 0.
impl<'de> Deserializer<'de> for Cursor<'_> {
    type Error = Error;

    scalars! {
        deserialize_bool => Bool visit_bool(false),
        deserialize_i8 => I8 visit_i8(1),
        deserialize_i16 => I16 visit_i16(1),
        deserialize_i32 => I32 visit_i32(1),
        deserialize_i64 => I64 visit_i64(1),
        deserialize_i128 => I128 visit_i128(1),
        deserialize_u8 => U8 visit_u8(1),
        deserialize_u16 => U16 visit_u16(1),
        deserialize_u32 => U32 visit_u32(1),
        deserialize_u64 => U64 visit_u64(1),
        deserialize_u128 => U128 visit_u128(1),
        deserialize_f32 => F32 visit_f32(1.0),
        deserialize_f64 => F64 visit_f64(1.0),
        deserialize_char => Char visit_char('a'),
        deserialize_str => Text visit_str(""),
        deserialize_string => Text visit_str(""),
        deserialize_identifier => Text visit_str(""),
        deserialize_bytes => Bytes visit_bytes(&[]),
        deserialize_byte_buf => Bytes visit_bytes(&[]),
        deserialize_unit => Unit visit_unit(),
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.probe.note(UNKNOWN);
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let path = self.probe.path.clone();
        if self.probe.closed.contains(&path) {
            self.probe.note(Kind::None.name());
            return visitor.visit_none();
        }
        let exit = Exit::Option(path);
        self.probe.exit(exit, |probe| {
            probe.deeper(|probe| visitor.visit_some(Cursor { probe }))
        })
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.probe
            .deeper(|probe| visitor.visit_newtype_struct(Cursor { probe }))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(0, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.probe.note(Kind::List.name());
        self.probe.quietly(|probe| {
            probe.deeper(|probe| {
                visitor.visit_seq(Items {
                    probe,
                    next: 0,
                    length,
                })
            })
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.probe.note(MAP);
        visitor.visit_map(de::value::MapDeserializer::<_, Error>::new(
            std::iter::empty::<((), ())>(),
        ))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let order = self.probe.fields(fields);
        self.probe.enter((name, fields), |probe| {
            let mut fields = Fields {
                order: order.into_iter(),
                unread: None,
                probe,
            };
            let result = visitor.visit_map(&mut fields);
            fields.close(result)
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        type_name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.probe.note(Kind::Variant.name());
        let path = self.probe.path.clone();
        let index = self.probe.variants.get(&path).copied().unwrap_or(0);
        let Some(name) = variants.get(index) else {
            return Err(refusal("no variant can be invented"));
        };
        self.probe.enter((type_name, variants), |probe| {
            let access = |probe: &mut Probe| {
                probe.within(name, |probe| visitor.visit_enum(Variant { name, probe }))
            };
            if index + 1 < variants.len() {
                probe.exit(Exit::Variant(path, index), access)
            } else {
                access(probe)
            }
        })
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}

struct Items<'p> {
    probe: &'p mut Probe,
    next: usize,
    length: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if self.next == self.length {
            return Ok(None);
        }
        let name = self.next.to_string();
        self.next += 1;
        self.probe.within(&name, |probe| {
            probe
                .deeper(|probe| seed.deserialize(Cursor { probe }))
                .map(Some)
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.length - self.next)
    }
}

struct Fields<'p> {
    probe: &'p mut Probe,
    order: std::vec::IntoIter<&'static str>,
    /// A field whose name was given and whose value was not asked for yet.
    unread: Option<&'static str>,
}

impl Fields<'_> {
    /// A name that was refused is not a field but another name of one.
    fn close<R>(self, result: Result<R, Error>) -> Result<R, Error> {
        if let (Err(_), Some(name)) = (&result, self.unread) {
            let path = join(&self.probe.path, name);
            self.probe.forget(path);
        }
        result
    }
}

impl<'de> MapAccess<'de> for &mut Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.unread = self.order.next();
        self.unread
            .map(|name| seed.deserialize(de::value::StrDeserializer::<Error>::new(name)))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let name = self.unread.take().unwrap_or_default();
        self.probe
            .within(name, |probe| seed.deserialize(Cursor { probe }))
    }
}

struct Variant<'p> {
    name: &'static str,
    probe: &'p mut Probe,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let name = de::value::StrDeserializer::<Error>::new(self.name);
        seed.deserialize(name).map(|value| (value, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Cursor { probe: self.probe })
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        Cursor { probe: self.probe }.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        Cursor { probe: self.probe }.deserialize_struct("", fields, visitor)
    }
}
