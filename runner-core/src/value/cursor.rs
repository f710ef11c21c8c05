//! The serializer behind [`Walker`]: each method writes the tokens of one serde shape.

use serde::ser::{self, Serialize, SerializeStruct, SerializeStructVariant};

use super::{
    compound::{ItemsForm, TupleVariant, WalkedItems, WalkedMembers},
    long::UNSETTLED,
    path::{Step, Tag},
    scalar::for_wholes,
    schema::{FieldSchema, FieldSchemas, Schema, UNKNOWN},
    walk::{WalkError, Walker},
};

/// The place in a walk at which the next value goes.
pub(crate) struct Cursor<'a> {
    pub(crate) walker: &'a mut Walker,
    pub(crate) schema: &'a Schema,
}

impl<'a> Cursor<'a> {
    fn items(self, fields: &'a [FieldSchema], form: ItemsForm, depth: usize) -> WalkedItems<'a> {
        let around = self.walker.settled_from;
        if let ItemsForm::Variant(_) = form {
            self.walker.settled_from = UNSETTLED;
        }
        WalkedItems {
            from: self.walker.out.len(),
            around,
            walker: self.walker,
            schema: self.schema,
            fields,
            count: 0,
            form,
            depth,
        }
    }

    fn members(self, fields: &'a FieldSchemas, tag: Tag) -> WalkedMembers<'a> {
        WalkedMembers {
            base: self.walker.members.len(),
            around: self.walker.settled_from,
            depth: self.walker.steps.len(),
            walker: self.walker,
            schema: self.schema,
            fields,
            tag,
            variant_at: None,
            hint: 0,
            entry: 0,
        }
    }

    fn variant(&mut self, tag: Tag, name: &str) {
        self.walker.name(tag, name.as_bytes());
    }
}

macro_rules! wholes {
    ($($tag:ident $type:ident $method:ident $deserialize:ident $visit:ident,)*) => {$(
        fn $method(self, value: $type) -> Result<(), WalkError> {
            self.walker.fixed(Tag::$tag, value.to_le_bytes());
            Ok(())
        }
    )*};
}

impl<'a> ser::Serializer for Cursor<'a> {
    type Ok = ();
    type Error = WalkError;
    type SerializeSeq = WalkedItems<'a>;
    type SerializeTuple = WalkedItems<'a>;
    type SerializeTupleStruct = WalkedItems<'a>;
    type SerializeTupleVariant = WalkedItems<'a>;
    type SerializeMap = WalkedMembers<'a>;
    type SerializeStruct = WalkedMembers<'a>;
    type SerializeStructVariant = WalkedMembers<'a>;

    for_wholes!(wholes);

    fn serialize_bool(self, value: bool) -> Result<(), WalkError> {
        self.walker.tag(if value { Tag::True } else { Tag::False });
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), WalkError> {
        let bits = if value.is_nan() {
            0x7fc0_0000
        } else {
            value.to_bits()
        };
        self.walker.fixed(Tag::F32, bits.to_le_bytes());
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Result<(), WalkError> {
        let bits = if value.is_nan() {
            0x7ff8_0000_0000_0000
        } else {
            value.to_bits()
        };
        self.walker.fixed(Tag::F64, bits.to_le_bytes());
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), WalkError> {
        self.walker.fixed(Tag::Char, u32::from(value).to_le_bytes());
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), WalkError> {
        self.walker.bytes(Tag::Str, value.as_bytes());
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), WalkError> {
        self.walker.bytes(Tag::Bytes, value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), WalkError> {
        self.walker.tag(Tag::None);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), WalkError> {
        self.walker.tag(Tag::Some);
        value.serialize(Cursor {
            schema: self.schema.item(0),
            walker: self.walker,
        })
    }

    fn serialize_unit(self) -> Result<(), WalkError> {
        self.walker.tag(Tag::Unit);
        Ok(())
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), WalkError> {
        if !self.schema.fields().removed.is_empty() {
            return SerializeStruct::end(self.serialize_struct(name, 0)?);
        }
        self.walker.tag(Tag::UnitStruct);
        Ok(())
    }

    fn serialize_unit_variant(
        mut self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<(), WalkError> {
        if !self.schema.variant(variant).removed.is_empty() {
            let members = self.serialize_struct_variant(name, index, variant, 0)?;
            return SerializeStructVariant::end(members);
        }
        self.variant(Tag::UnitVariant, variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), WalkError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), WalkError> {
        let tag_at = self.walker.out.len();
        self.variant(Tag::NewtypeVariant, variant);
        let value_at = self.walker.out.len();
        let known = self.schema.variant(variant).present.first();
        self.walker.steps.push(Step::Variant(variant));
        let around = self.walker.settled_from;
        if known.is_some() {
            self.walker.settled_from = UNSETTLED;
        }
        // A variant of the standard library may hold its item so, as `Bound` does.
        let counts = self.walker.position(known, self.schema.item(0), value)?;
        self.walker.settled_from = around;
        self.walker.steps.pop();
        if !counts {
            self.walker.out[tag_at] = Tag::UnitVariant as u8;
            self.walker.out.truncate(value_at);
        }
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<WalkedItems<'a>, WalkError> {
        self.walker.tag(Tag::Seq);
        let depth = self.walker.steps.len();
        Ok(self.items(&[], ItemsForm::Seq, depth))
    }

    fn serialize_tuple(self, length: usize) -> Result<WalkedItems<'a>, WalkError> {
        self.walker.tag(Tag::Tuple);
        self.walker.length(length);
        let depth = self.walker.steps.len();
        Ok(self.items(&[], ItemsForm::Tuple(length), depth))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        length: usize,
    ) -> Result<WalkedItems<'a>, WalkError> {
        self.serialize_tuple(length)
    }

    fn serialize_tuple_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<WalkedItems<'a>, WalkError> {
        let tag_at = self.walker.out.len();
        self.variant(Tag::TupleVariant, variant);
        let length_at = self.walker.out.len();
        self.walker.length(length);
        let form = ItemsForm::Variant(TupleVariant {
            tag_at,
            length_at,
            kept: 0,
            kept_end: self.walker.out.len(),
        });
        let depth = self.walker.steps.len();
        self.walker.steps.push(Step::Variant(variant));
        let fields = &self.schema.variant(variant).present;
        Ok(self.items(fields, form, depth))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<WalkedMembers<'a>, WalkError> {
        Ok(self.members(&UNKNOWN, Tag::Map))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<WalkedMembers<'a>, WalkError> {
        let fields = self.schema.fields();
        Ok(self.members(fields, Tag::Struct))
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<WalkedMembers<'a>, WalkError> {
        let tag_at = self.walker.out.len();
        self.variant(Tag::StructVariant, variant);
        let depth = self.walker.steps.len();
        self.walker.steps.push(Step::Variant(variant));
        let fields = self.schema.variant(variant);
        Ok(WalkedMembers {
            variant_at: Some(tag_at),
            depth,
            ..self.members(fields, Tag::Struct)
        })
    }

    fn is_human_readable(&self) -> bool {
        // As postcard: a value must not take one form in the key and another in the store.
        false
    }
}
