//! The serializer behind [`witnesses`](super::sketch::witnesses).

use serde::ser::{self, Serialize};

use super::sketch::{Failed, Inside, Sketch};

macro_rules! words {
    ($($method:ident($type:ty) => $word:expr,)*) => {$(
        fn $method(self, value: $type) -> Result<(), Failed> {
            let word: fn($type) -> u64 = $word;
            self.scalars.push(word(value));
            Ok(())
        }
    )*};
}

impl<'a> ser::Serializer for &'a mut Sketch {
    type Ok = ();
    type Error = Failed;
    type SerializeSeq = Inside<'a>;
    type SerializeTuple = Inside<'a>;
    type SerializeTupleStruct = Inside<'a>;
    type SerializeTupleVariant = Inside<'a>;
    type SerializeMap = Inside<'a>;
    type SerializeStruct = Inside<'a>;
    type SerializeStructVariant = Inside<'a>;

    words! {
        serialize_bool(bool) => u64::from,
        serialize_i8(i8) => |value| i64::from(value).cast_unsigned(),
        serialize_i16(i16) => |value| i64::from(value).cast_unsigned(),
        serialize_i32(i32) => |value| i64::from(value).cast_unsigned(),
        serialize_i64(i64) => i64::cast_unsigned,
        serialize_u8(u8) => u64::from,
        serialize_u16(u16) => u64::from,
        serialize_u32(u32) => u64::from,
        serialize_u64(u64) => |value| value,
        serialize_f32(f32) => |value| u64::from(value.to_bits()),
        serialize_f64(f64) => f64::to_bits,
        serialize_char(char) => u64::from,
    }

    fn serialize_i128(self, value: i128) -> Result<(), Failed> {
        self.bytes(&value.to_le_bytes());
        Ok(())
    }

    fn serialize_u128(self, value: u128) -> Result<(), Failed> {
        self.bytes(&value.to_le_bytes());
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Failed> {
        self.bytes(value.as_bytes());
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Failed> {
        self.bytes(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Failed> {
        self.mix(1);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Failed> {
        self.mix(2);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Failed> {
        self.mix(3);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Failed> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
    ) -> Result<(), Failed> {
        self.variant(index);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        value.serialize(self.variant(index))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'a>, Failed> {
        Inside::new(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Inside<'a>, Failed> {
        Inside::new(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Inside<'a>, Failed> {
        Inside::new(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Inside<'a>, Failed> {
        Inside::new(self.variant(index))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'a>, Failed> {
        Inside::new(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'a>, Failed> {
        Inside::new(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Inside<'a>, Failed> {
        Inside::new(self.variant(index))
    }
}

impl ser::SerializeMap for Inside<'_> {
    type Ok = ();
    type Error = Failed;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failed> {
        let start = self.sketch.scalars.len();
        key.serialize(&mut *self.sketch)?;
        // Which keys there are is a matter of structure.
        for place in start..self.sketch.scalars.len() {
            self.sketch.mix(self.sketch.scalars[place]);
        }
        self.sketch.scalars.truncate(start);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.count += 1;
        value.serialize(&mut *self.sketch)
    }

    fn end(self) -> Result<(), Failed> {
        self.close();
        Ok(())
    }
}

macro_rules! items {
    ($($trait:ident $method:ident,)*) => {$(
        impl ser::$trait for Inside<'_> {
            type Ok = ();
            type Error = Failed;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
                self.item(value)
            }

            fn end(self) -> Result<(), Failed> {
                self.close();
                Ok(())
            }
        }
    )*};
}

items! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

macro_rules! fields {
    ($($trait:ident,)*) => {$(
        impl ser::$trait for Inside<'_> {
            type Ok = ();
            type Error = Failed;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Failed> {
                // A hand-written `Serialize` may leave fields out; a name's place in memory tells names apart.
                self.sketch.mix(name.as_ptr().addr() as u64);
                self.sketch.mix(name.len() as u64);
                value.serialize(&mut *self.sketch)
            }

            fn end(self) -> Result<(), Failed> {
                Ok(())
            }
        }
    )*};
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}
