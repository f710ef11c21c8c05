//! The serializer behind [`leaves`](super::leaves::leaves).

use serde::ser::{self, Serialize};

use super::{
    Digest,
    leaf::{Kind, Mark, Value},
    leaves::{Collector, Lists},
    scalar::{NotScalar, Scalar},
    schema::{FieldSchema, Schema, find},
};

/// The most items of a list that its leaf keeps one by one.
const LIST_ITEMS_MAX: usize = 16;

/// The place at which the next value goes.
pub(super) struct Cursor<'a> {
    pub(super) collector: &'a mut Collector,
    pub(super) schema: &'a Schema,
    pub(super) mark: Mark,
}

/// The items of a sequence or tuple: one leaf for all as long as they are scalars, leaves of their own otherwise.
pub(super) struct Items<'a> {
    collector: &'a mut Collector,
    schema: &'a Schema,
    fields: &'a [FieldSchema],
    mark: Mark,
    list: Option<List>,
    count: usize,
    /// Where the path ended before a variant's name was added to it.
    path_length: usize,
}

/// The scalars of a list so far.
#[derive(Default)]
struct List {
    items: Vec<(Kind, Value)>,
    digest: Digest,
}

/// The fields of a struct or the entries of a map.
pub(super) struct Members<'a> {
    collector: &'a mut Collector,
    schema: &'a Schema,
    fields: &'a [FieldSchema],
    mark: Mark,
    hint: usize,
    first_leaf: usize,
    key: String,
    path_length: usize,
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
                collector.push(Kind::Variant, value, mark)
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
            list: (fields.is_empty() && !self.schema.holds_config()).then(List::default),
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
            first_leaf: self.collector.leaves.len(),
            collector: self.collector,
            schema: self.schema,
            fields,
            mark: self.mark,
            hint: 0,
            key: String::new(),
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

    scalars! {
        serialize_bool(bool),
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_i128(i128),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_u128(u128),
        serialize_f32(f32),
        serialize_f64(f64),
        serialize_char(char),
        serialize_str(&str),
    }

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

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), NotScalar> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), NotScalar> {
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
            .field_at(known, &Schema::Plain, variant, self.mark, value)
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
        Ok(self.members(fields, path_length))
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
        Ok(self.members(fields, path_length))
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}

impl List {
    fn push(&mut self, count: usize, kind: Kind, value: Value) {
        if count < LIST_ITEMS_MAX {
            self.items.push((kind, value));
            return;
        }
        let mut bytes = self.digest.to_bytes().to_vec();
        bytes.extend_from_slice(format!("{value:?}").as_bytes());
        self.digest = Digest::of(&bytes);
    }
}

impl Items<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotScalar> {
        if self.collector.lists == Lists::Skip {
            return Ok(());
        }
        let index = self.count;
        self.count += 1;
        if let Some(list) = &mut self.list {
            if let Ok((kind, value)) = value.serialize(Scalar) {
                list.push(index, kind, value);
                return Ok(());
            }
            self.scatter();
        }
        let known = self.fields.get(index);
        self.collector.field_at(
            known,
            self.schema.item(index),
            &index.to_string(),
            self.mark,
            value,
        )
    }

    /// Gives the scalars so far leaves of their own, as an item turned out to be no scalar.
    fn scatter(&mut self) {
        for (index, (kind, value)) in self
            .list
            .take()
            .unwrap_or_default()
            .items
            .into_iter()
            .enumerate()
        {
            let mark = self.mark;
            self.collector.within(&index.to_string(), |collector| {
                collector.push(kind, value, mark)
            });
        }
    }

    fn close(self) {
        if let Some(list) = self.list
            && self.collector.lists == Lists::Keep
        {
            let value = if self.count <= LIST_ITEMS_MAX {
                Value::List(list.items.into_iter().map(|(_, value)| value).collect())
            } else {
                let mut bytes = list.digest.to_bytes().to_vec();
                bytes.extend_from_slice(format!("{:?}", list.items).as_bytes());
                Value::Large(self.count as u64, Digest::of(&bytes))
            };
            self.collector.push(Kind::List, value, self.mark);
        }
        self.collector.path.truncate(self.path_length);
    }
}

macro_rules! items {
    ($($trait:ident $method:ident,)*) => {$(
        impl ser::$trait for Items<'_> {
            type Ok = ();
            type Error = NotScalar;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotScalar> {
                self.item(value)
            }

            fn end(self) -> Result<(), NotScalar> {
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
    type Error = NotScalar;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotScalar> {
        self.key = match key.serialize(Scalar) {
            Ok((_, value)) => value.to_string(),
            Err(NotScalar) => "(key)".to_owned(),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotScalar> {
        let name = std::mem::take(&mut self.key);
        self.collector
            .field(None, self.schema.item(0), &name, self.mark, value)
    }

    fn end(self) -> Result<(), NotScalar> {
        // Maps have no order of their own, and a `HashMap` has another one in every process.
        self.collector.leaves[self.first_leaf..].sort_by(|a, b| a.path.cmp(&b.path));
        self.close();
        Ok(())
    }
}

impl Members<'_> {
    fn field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), NotScalar> {
        let known = find(self.fields, &mut self.hint, name);
        self.collector
            .field(known, self.schema.item(0), name, self.mark, value)
    }

    fn close(self) {
        self.collector.path.truncate(self.path_length);
    }
}

macro_rules! fields {
    ($($trait:ident,)*) => {$(
        impl ser::$trait for Members<'_> {
            type Ok = ();
            type Error = NotScalar;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), NotScalar> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), NotScalar> {
                self.close();
                Ok(())
            }
        }
    )*};
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}
