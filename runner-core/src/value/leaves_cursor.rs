//! The serializer behind [`leaves`](super::leaves::leaves).

use serde::ser::{self, Serialize, SerializeStruct, SerializeStructVariant};

use super::{
    for_scalars::for_scalars,
    kind::Kind,
    leaf::{Mark, Value},
    leaves::Collector,
    leaves_compound::{Items, List, Members},
    scalar::{NotScalar, Scalar},
    schema::{FieldSchema, Schema},
};

/// The place at which the next value goes.
pub(crate) struct Cursor<'a> {
    pub(crate) collector: &'a mut Collector,
    pub(crate) schema: &'a Schema,
    pub(crate) mark: Mark,
}

impl<'a> Cursor<'a> {
    fn scalar<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NotScalar> {
        let (kind, value) = value.serialize(Scalar)?;
        self.collector.push(kind, value, self.mark);
        Ok(())
    }

    /// Adds the leaf that names the variant; an enum at the root has no name of its own and is called `kind`.
    fn variant(&mut self, name: &'static str) {
        let value = Value::Variant(name.to_owned());
        let mark = self.mark;
        if self.collector.path.is_empty() {
            self.collector.within("kind", |collector| {
                collector.push(Kind::Variant, value, mark);
            });
        } else {
            self.collector.push(Kind::Variant, value, mark);
        }
    }

    /// Goes below the name of a variant; answers where the path ended before.
    fn enter(&mut self, name: &'static str) -> usize {
        let length = self.collector.path.len();
        if length > 0 {
            self.collector.path.push('.');
        }
        self.collector.path.push_str(name);
        length
    }

    fn items(self, fields: &'a [FieldSchema], path_length: usize) -> Items<'a> {
        Items {
            // A scalar can have no rule inside, so only the rules of the fields themselves call for leaves of their own.
            list: (!fields.iter().any(FieldSchema::has_rules)).then(List::default),
            collector: self.collector,
            schema: self.schema,
            fields,
            mark: self.mark,
            count: 0,
            path_length,
        }
    }

    fn members(self, fields: &'a [FieldSchema], path_length: usize) -> Members<'a> {
        Members {
            collector: self.collector,
            schema: self.schema,
            fields,
            mark: self.mark,
            removed: &[],
            hint: 0,
            entries: Vec::new(),
            path_length,
        }
    }
}

macro_rules! scalars {
    ($($method:ident($type:ty),)*) => {$(
        fn $method(self, value: $type) -> Result<(), NotScalar> {
            self.scalar(&value)
        }
    )*};
}

impl<'a> ser::Serializer for Cursor<'a> {
    type Ok = ();
    type Error = NotScalar;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Members<'a>;

    for_scalars!(scalars);

    fn serialize_bytes(self, value: &[u8]) -> Result<(), NotScalar> {
        self.collector
            .push(Kind::Bytes, Value::Bytes(value.to_vec()), self.mark);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), NotScalar> {
        self.collector.push(Kind::None, Value::None, self.mark);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NotScalar> {
        value.serialize(Cursor {
            schema: self.schema.item(0),
            ..self
        })
    }

    fn serialize_unit(self) -> Result<(), NotScalar> {
        self.collector.push(Kind::Unit, Value::Unit, self.mark);
        Ok(())
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), NotScalar> {
        if !self.schema.removed().is_empty() {
            return SerializeStruct::end(self.serialize_struct(name, 0)?);
        }
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        mut self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<(), NotScalar> {
        if !self.schema.removed_from(variant).is_empty() {
            let members = self.serialize_struct_variant(name, index, variant, 0)?;
            return SerializeStructVariant::end(members);
        }
        self.variant(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), NotScalar> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), NotScalar> {
        self.variant(variant);
        let known = self.schema.variant(variant).first();
        // The only field of a variant needs no number behind the variant's name.
        self.collector
            .field_at(known, self.schema.item(0), variant, self.mark, value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>, NotScalar> {
        let path_length = self.collector.path.len();
        Ok(self.items(&[], path_length))
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'a>, NotScalar> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items<'a>, NotScalar> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items<'a>, NotScalar> {
        self.variant(variant);
        let path_length = self.enter(variant);
        let fields = self.schema.variant(variant);
        Ok(self.items(fields, path_length))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'a>, NotScalar> {
        let path_length = self.collector.path.len();
        Ok(self.members(&[], path_length))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, NotScalar> {
        let path_length = self.collector.path.len();
        let fields = self.schema.fields();
        Ok(Members {
            removed: self.schema.removed(),
            ..self.members(fields, path_length)
        })
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Members<'a>, NotScalar> {
        self.variant(variant);
        let path_length = self.enter(variant);
        let fields = self.schema.variant(variant);
        Ok(Members {
            removed: self.schema.removed_from(variant),
            ..self.members(fields, path_length)
        })
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}
