//! The compound half of the serializer behind [`Walker`]: sequences keep their order, structs and maps are sets.

use serde::ser::{self, Serialize};

use super::{
    Digest,
    cursor::Cursor,
    path::Step,
    schema::{FieldSchema, Schema, find},
    tag::Tag,
    walk::{Error, Walker},
};

/// The items of a sequence or tuple; they keep their order.
pub(super) struct Items<'a> {
    pub(super) walker: &'a mut Walker,
    pub(super) schema: &'a Schema,
    /// The fields of a tuple variant.
    pub(super) fields: &'a [FieldSchema],
    pub(super) count: usize,
    /// Sequences may not know their length at the start, so it is written at the end.
    pub(super) is_seq: bool,
}

/// The fields of a struct or the entries of a map; their order does not matter.
pub(super) struct Members<'a> {
    pub(super) walker: &'a mut Walker,
    pub(super) schema: &'a Schema,
    pub(super) fields: &'a [FieldSchema],
    pub(super) tag: Tag,
    pub(super) base: usize,
    pub(super) hint: usize,
    pub(super) entry: usize,
}

impl Items<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if let Some(step) = self.walker.steps.last_mut() {
            *step = Step::Index(self.count as u64);
        }
        let known = self.fields.get(self.count);
        self.walker
            .position(known, self.schema.item(self.count), value)?;
        self.count += 1;
        Ok(())
    }

    fn close(self) {
        self.walker.steps.pop();
        if self.is_seq {
            self.walker.tag(Tag::SeqEnd);
            self.walker.length(self.count);
        }
    }
}

macro_rules! items {
    ($($trait:ident $method:ident,)*) => {$(
        impl ser::$trait for Items<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.item(value)
            }

            fn end(self) -> Result<(), Error> {
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

impl ser::SerializeMap for Members<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.entry = self.walker.out.len();
        key.serialize(Cursor {
            walker: self.walker,
            schema: &Schema::Plain,
        })?;
        let digest = Digest::of(&self.walker.out[self.entry..]);
        self.walker.steps.push(Step::Entry(digest.low()));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(Cursor {
            walker: self.walker,
            schema: self.schema.item(0),
        })?;
        self.walker.steps.pop();
        self.walker.close_member(self.entry);
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        self.walker.close_set(self.tag, self.base);
        Ok(())
    }
}

impl Members<'_> {
    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        let known = find(self.fields, &mut self.hint, name);
        // A struct of the standard library may hold its items in fields, as `Range` does.
        self.walker.field(known, self.schema.item(0), name, value)
    }
}

macro_rules! fields {
    ($($trait:ident,)*) => {$(
        impl ser::$trait for Members<'_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Error> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), Error> {
                self.walker.close_set(self.tag, self.base);
                Ok(())
            }
        }
    )*};
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}
