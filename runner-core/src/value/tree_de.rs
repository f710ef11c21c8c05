//! The deserializer that reads a [`Tree`](super::tree::Tree) as whatever a type asks for.
//!
//! All decisions are those of [`Offer`]. What is here is compiled for each type, and calls only the methods of a visitor that
//! suit what it asked for.

use std::panic::AssertUnwindSafe;

use serde::de::{Deserializer, Visitor};

use super::{
    on_demand::Demand,
    scalar::{Kind, for_wholes},
    tree_error::TreeError,
    tree_offer::{Offer, Reader},
};
use crate::base::catch;

/// Calls what puts a value together.
///
/// # Errors
///
/// If the tree is of another type, or its type panics; the error names the place.
pub(super) fn read_tree<R>(read: impl FnOnce() -> Result<R, TreeError>) -> Result<R, TreeError> {
    catch(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        let message = format!("its `Deserialize` panicked: {}", panic.message);
        Err(TreeError::of_name(message))
    })
}

macro_rules! wholes {
    ($($kind:ident $type:ident $serialize:ident $deserialize:ident $visit:ident,)*) => {
        numbers! { $($deserialize: Demand::Whole(Kind::$kind) => $kind $visit,)* }
    };
}

macro_rules! numbers {
    ($($deserialize:ident: $demand:expr => $exact:ident $visit:ident,)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
            match self.offer($demand)? {
                Offer::$exact(number) => visitor.$visit(number),
                offer => offer.number(visitor),
            }
        }
    )*};
}

macro_rules! scalars {
    ($($deserialize:ident: $demand:expr => $($offer:ident $visit:ident),*;)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
            match self.offer($demand)? {
                $(Offer::$offer(value) => visitor.$visit(value),)*
                offer => Err(offer.refused(&visitor)),
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

impl Offer {
    /// Gives a number to a type that asked for another kind of number.
    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self {
            Self::U64(value) => visitor.visit_u64(value),
            Self::I64(value) => visitor.visit_i64(value),
            Self::F32(value) => visitor.visit_f64(value.into()),
            Self::F64(value) => visitor.visit_f64(value),
            offer => Err(offer.refused(&visitor)),
        }
    }

    fn list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self {
            Self::List(mut items) => {
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            offer => Err(offer.refused(&visitor)),
        }
    }

    fn entries<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self {
            Self::Entries(mut entries) => match visitor.visit_map(&mut entries) {
                Err(error) => Err(entries.judged(error)),
                value => value,
            },
            offer => Err(offer.refused(&visitor)),
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
        match self.offer(Demand::Any)? {
            Offer::Bool(value) => visitor.visit_bool(value),
            Offer::I128(value) => visitor.visit_i128(value),
            Offer::U128(value) => visitor.visit_u128(value),
            Offer::F32(value) => visitor.visit_f32(value),
            Offer::Char(value) => visitor.visit_char(value),
            Offer::Text(text) => visitor.visit_string(text),
            Offer::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Offer::Unit => visitor.visit_unit(),
            Offer::None => visitor.visit_none(),
            Offer::Some(inner) => visitor.visit_some(inner),
            offer @ Offer::List(_) => offer.list(visitor),
            offer @ Offer::Entries(_) => offer.entries(visitor),
            offer => offer.number(visitor),
        }
    }

    // The keys of a map are names too, where a struct is flattened into it.
    scalars! {
        deserialize_bool: Demand::Bool => Bool visit_bool;
        deserialize_char: Demand::Char => Char visit_char, Text visit_string;
        deserialize_str: Demand::Text => Text visit_string, Char visit_char, Bytes visit_byte_buf;
        deserialize_identifier: Demand::Name =>
            Text visit_string, Bool visit_bool, U64 visit_u64, I64 visit_i64, Char visit_char;
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.offer(Demand::Bytes)? {
            Offer::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Offer::Text(text) => visitor.visit_string(text),
            offer => offer.list(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.offer(Demand::Option)? {
            Offer::Some(inner) => visitor.visit_some(inner),
            _ => visitor.visit_none(),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.offer(Demand::Unit)? {
            Offer::Unit => visitor.visit_unit(),
            offer => Err(offer.refused(&visitor)),
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
        self.offer(Demand::List)?.list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.offer(Demand::Tuple(length))?.list(visitor)
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
        self.offer(Demand::Map)?.entries(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        match self.offer(Demand::Struct(names))? {
            offer @ Offer::List(_) => offer.list(visitor),
            offer => offer.entries(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        match self.offer(Demand::Enum(names))? {
            Offer::Variant(variant) => visitor.visit_enum(variant),
            offer => Err(offer.refused(&visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        self.offer(Demand::Ignored)?;
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        self.is_shown || self.tree.is_typed()
    }
}
