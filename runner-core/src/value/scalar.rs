//! Reads a scalar out of a serde value, or says that it is none.

use serde::ser::{Impossible, Serialize, Serializer};

use super::{kind::Kind, leaf::Value};

/// A serializer that answers with a scalar, or with [`NotScalar`] for anything that has parts.
pub(crate) struct Scalar;

/// The value has parts, or cannot be serialised.
#[derive(Debug)]
pub(crate) struct NotScalar;

impl std::fmt::Display for NotScalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a scalar")
    }
}

impl std::error::Error for NotScalar {}

impl serde::ser::Error for NotScalar {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

type Found = Result<(Kind, Value), NotScalar>;
type Never = Impossible<(Kind, Value), NotScalar>;

macro_rules! integers {
    ($($method:ident $type:ty => $kind:ident,)*) => {$(
        fn $method(self, value: $type) -> Found {
            Ok((Kind::$kind, Value::Int(value.into())))
        }
    )*};
}

impl Serializer for Scalar {
    type Ok = (Kind, Value);
    type Error = NotScalar;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    integers! {
        serialize_i8 i8 => I8,
        serialize_i16 i16 => I16,
        serialize_i32 i32 => I32,
        serialize_i64 i64 => I64,
        serialize_i128 i128 => I128,
        serialize_u8 u8 => U8,
        serialize_u16 u16 => U16,
        serialize_u32 u32 => U32,
        serialize_u64 u64 => U64,
    }

    fn serialize_u128(self, value: u128) -> Found {
        let value = i128::try_from(value).map_or(Value::Uint(value), Value::Int);
        Ok((Kind::U128, value))
    }

    fn serialize_bool(self, value: bool) -> Found {
        Ok((Kind::Bool, Value::Bool(value)))
    }

    fn serialize_f32(self, value: f32) -> Found {
        Ok((Kind::F32, Value::F32(value)))
    }

    fn serialize_f64(self, value: f64) -> Found {
        Ok((Kind::F64, Value::F64(value)))
    }

    fn serialize_char(self, value: char) -> Found {
        Ok((Kind::Char, Value::Char(value)))
    }

    fn serialize_str(self, value: &str) -> Found {
        Ok((Kind::Text, Value::Text(value.to_owned())))
    }

    fn serialize_bytes(self, value: &[u8]) -> Found {
        Ok((Kind::Bytes, Value::Bytes(value.to_vec())))
    }

    fn serialize_none(self) -> Found {
        Ok((Kind::None, Value::None))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Found {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Found {
        Ok((Kind::Unit, Value::Unit))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Found {
        Ok((Kind::Unit, Value::Unit))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Found {
        Ok((Kind::Variant, Value::Variant(variant.to_owned())))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Found {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Found {
        Err(NotScalar)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Never, NotScalar> {
        Err(NotScalar)
    }

    fn serialize_tuple(self, _: usize) -> Result<Never, NotScalar> {
        Err(NotScalar)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never, NotScalar> {
        Err(NotScalar)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, NotScalar> {
        Err(NotScalar)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Never, NotScalar> {
        Err(NotScalar)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Never, NotScalar> {
        Err(NotScalar)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, NotScalar> {
        Err(NotScalar)
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}
