//! The deserializer that reads a [`Tree`](super::tree::Tree) as whatever a type asks for.
//!
//! All decisions are those of [`Given`]. What is here is compiled for each type, and calls only the methods of a visitor that
//! suit what it asked for.

use serde::de::{Deserializer, Visitor};

use super::{
    on_demand::Demand,
    scalar::{Kind, for_wholes},
    tree_error::TreeError,
    tree_given::{Given, Reader},
};

macro_rules! wholes {
    ($($kind:ident $type:ident $serialize:ident $deserialize:ident $visit:ident,)*) => {
        numbers! { $($deserialize: Demand::Whole(Kind::$kind) => $kind $visit,)* }
    };
}

macro_rules! numbers {
    ($($deserialize:ident: $demand:expr => $exact:ident $visit:ident,)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
            match self.give($demand)? {
                Given::$exact(number) => visitor.$visit(number),
                given => given.number(visitor),
            }
        }
    )*};
}

macro_rules! forward {
    ($($deserialize:ident => $other:ident,)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
            self.$other(visitor)
        }
    )*};
}

impl Given {
    /// Gives a number to a type that asked for another kind of number.
    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self {
            Self::U64(value) => visitor.visit_u64(value),
            Self::I64(value) => visitor.visit_i64(value),
            Self::F32(value) => visitor.visit_f64(value.into()),
            Self::F64(value) => visitor.visit_f64(value),
            given => Err(given.refused(&visitor)),
        }
    }

    fn list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self {
            Self::List(mut items) => {
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            given => Err(given.refused(&visitor)),
        }
    }

    fn entries<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self {
            Self::Entries(mut entries) => match visitor.visit_map(&mut entries) {
                Err(error) => Err(entries.judged(error)),
                value => value,
            },
            given => Err(given.refused(&visitor)),
        }
    }
}

impl<'de> Deserializer<'de> for Reader {
    type Error = TreeError;

    for_wholes!(wholes);

    numbers! {
        deserialize_f32: Demand::F32 => F32 visit_f32,
        deserialize_f64: Demand::F64 => F64 visit_f64,
    }

    forward! {
        deserialize_string => deserialize_str,
        deserialize_byte_buf => deserialize_bytes,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.give(Demand::Any)? {
            Given::Bool(value) => visitor.visit_bool(value),
            Given::I128(value) => visitor.visit_i128(value),
            Given::U128(value) => visitor.visit_u128(value),
            Given::F32(value) => visitor.visit_f32(value),
            Given::Char(value) => visitor.visit_char(value),
            Given::Text(text) => visitor.visit_string(text),
            Given::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Given::Unit => visitor.visit_unit(),
            Given::None => visitor.visit_none(),
            Given::Some(inner) => visitor.visit_some(inner),
            given @ Given::List(_) => given.list(visitor),
            given @ Given::Entries(_) => given.entries(visitor),
            given => given.number(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.give(Demand::Bool)? {
            Given::Bool(value) => visitor.visit_bool(value),
            given => Err(given.refused(&visitor)),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.give(Demand::Char)? {
            Given::Char(value) => visitor.visit_char(value),
            Given::Text(text) => visitor.visit_string(text),
            given => Err(given.refused(&visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.give(Demand::Text)? {
            Given::Text(text) => visitor.visit_string(text),
            Given::Char(value) => visitor.visit_char(value),
            Given::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            given => Err(given.refused(&visitor)),
        }
    }

    /// The keys of a map are names too, where a struct is flattened into it.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.give(Demand::Name)? {
            Given::Text(text) => visitor.visit_string(text),
            Given::Bool(value) => visitor.visit_bool(value),
            Given::U64(value) => visitor.visit_u64(value),
            Given::I64(value) => visitor.visit_i64(value),
            Given::Char(value) => visitor.visit_char(value),
            given => Err(given.refused(&visitor)),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.give(Demand::Bytes)? {
            Given::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Given::Text(text) => visitor.visit_string(text),
            given => given.list(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.give(Demand::Option)? {
            Given::Some(inner) => visitor.visit_some(inner),
            _ => visitor.visit_none(),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.give(Demand::Unit)? {
            Given::Unit => visitor.visit_unit(),
            given => Err(given.refused(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        self.give(Demand::List)?.list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.give(Demand::Tuple(length))?.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        self.give(Demand::Map)?.entries(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        match self.give(Demand::Struct(names))? {
            given @ Given::List(_) => given.list(visitor),
            given => given.entries(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        match self.give(Demand::Enum(names))? {
            Given::Variant(variant) => visitor.visit_enum(variant),
            given => Err(given.refused(&visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        self.give(Demand::Ignored)?;
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        self.is_shown || self.tree.is_typed()
    }
}
