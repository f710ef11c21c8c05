//! The serializer that makes a [`Tree`].

use std::borrow::Cow;

use serde::ser::{self, Serialize};

use super::tree::{Tree, TreeError};

/// Writes the form that is meant for people, or the compact one.
#[derive(Clone, Copy)]
pub(crate) struct Writer {
    pub(crate) is_human_readable: bool,
}

type Written = Result<Tree, TreeError>;

/// The items of a sequence or tuple, or of the variant that has the name.
pub(crate) struct InList {
    writer: Writer,
    variant: Option<&'static str>,
    items: Vec<Tree>,
}

pub(crate) struct InMap {
    writer: Writer,
    entries: Vec<(Tree, Tree)>,
    key: Option<Tree>,
}

/// The fields of a struct, or of the variant that has the name.
pub(crate) struct InStruct {
    writer: Writer,
    variant: Option<&'static str>,
    fields: Vec<(Cow<'static, str>, Tree)>,
}

/// The most room that is made ahead for a length that a type only claims to have.
const CAPACITY_MAX: usize = 4096;

impl Writer {
    fn items(self, variant: Option<&'static str>, length: usize) -> InList {
        InList {
            writer: self,
            variant,
            items: Vec::with_capacity(length.min(CAPACITY_MAX)),
        }
    }

    fn fields(self, variant: Option<&'static str>, length: usize) -> InStruct {
        InStruct {
            writer: self,
            variant,
            fields: Vec::with_capacity(length.min(CAPACITY_MAX)),
        }
    }
}

fn wrap(variant: Option<&'static str>, tree: Tree) -> Tree {
    match variant {
        Some(name) => Tree::Variant(name.into(), Box::new(tree)),
        None => tree,
    }
}

macro_rules! scalars {
    ($($method:ident($type:ty) => $node:ident,)*) => {$(
        fn $method(self, value: $type) -> Written {
            Ok(Tree::$node(value.into()))
        }
    )*};
}

impl ser::Serializer for Writer {
    type Ok = Tree;
    type Error = TreeError;
    type SerializeSeq = InList;
    type SerializeTuple = InList;
    type SerializeTupleStruct = InList;
    type SerializeTupleVariant = InList;
    type SerializeMap = InMap;
    type SerializeStruct = InStruct;
    type SerializeStructVariant = InStruct;

    scalars! {
        serialize_bool(bool) => Bool,
        serialize_i8(i8) => Int,
        serialize_i16(i16) => Int,
        serialize_i32(i32) => Int,
        serialize_i64(i64) => Int,
        serialize_i128(i128) => Int,
        serialize_u8(u8) => Int,
        serialize_u16(u16) => Int,
        serialize_u32(u32) => Int,
        serialize_u64(u64) => Int,
        serialize_f32(f32) => F32,
        serialize_f64(f64) => F64,
        serialize_char(char) => Char,
        serialize_str(&str) => Str,
        serialize_bytes(&[u8]) => Bytes,
    }

    fn serialize_u128(self, value: u128) -> Written {
        Ok(i128::try_from(value).map_or(Tree::Uint(value), Tree::Int))
    }

    fn serialize_none(self) -> Written {
        Ok(Tree::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        Ok(Tree::Some(Box::new(value.serialize(self)?)))
    }

    fn serialize_unit(self) -> Written {
        Ok(Tree::Unit)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        Ok(Tree::Unit)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        Ok(wrap(Some(variant), Tree::Unit))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        let value = value
            .serialize(self)
            .map_err(|error| error.inside(variant))?;
        Ok(wrap(Some(variant), value))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<InList, TreeError> {
        Ok(self.items(None, length.unwrap_or(0)))
    }

    fn serialize_tuple(self, length: usize) -> Result<InList, TreeError> {
        Ok(self.items(None, length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<InList, TreeError> {
        Ok(self.items(None, length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<InList, TreeError> {
        Ok(self.items(Some(variant), length))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<InMap, TreeError> {
        Ok(InMap {
            writer: self,
            entries: Vec::with_capacity(length.unwrap_or(0).min(CAPACITY_MAX)),
            key: None,
        })
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<InStruct, TreeError> {
        Ok(self.fields(None, length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<InStruct, TreeError> {
        Ok(self.fields(Some(variant), length))
    }

    fn is_human_readable(&self) -> bool {
        self.is_human_readable
    }
}

macro_rules! items {
    ($($trait:ident $method:ident,)*) => {$(
        impl ser::$trait for InList {
            type Ok = Tree;
            type Error = TreeError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), TreeError> {
                let item = value
                    .serialize(self.writer)
                    .map_err(|error| error.inside(self.items.len()))?;
                self.items.push(item);
                Ok(())
            }

            fn end(self) -> Written {
                Ok(wrap(self.variant, Tree::Seq(self.items)))
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

impl ser::SerializeMap for InMap {
    type Ok = Tree;
    type Error = TreeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), TreeError> {
        self.key = Some(key.serialize(self.writer)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), TreeError> {
        let value = value.serialize(self.writer)?;
        self.entries
            .push((self.key.take().unwrap_or(Tree::Unit), value));
        Ok(())
    }

    fn end(self) -> Written {
        Ok(Tree::Map(self.entries))
    }
}

macro_rules! fields {
    ($($trait:ident,)*) => {$(
        impl ser::$trait for InStruct {
            type Ok = Tree;
            type Error = TreeError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), TreeError> {
                let value = value.serialize(self.writer).map_err(|error| error.inside(name))?;
                self.fields.push((Cow::Borrowed(name), value));
                Ok(())
            }

            fn end(self) -> Written {
                Ok(wrap(self.variant, Tree::Struct(self.fields)))
            }
        }
    )*};
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}
