//! The compound half of the serializer behind [`leaves`](super::leaves::leaves).

use serde::ser::{self, Serialize};

use super::{
    digest::Digest,
    kind::Kind,
    leaf::{Leaf, Mark, Value},
    leaves::{Collector, Lists, Names, leaves},
    scalar::{NotScalar, Scalar},
    schema::{FieldSchema, Schema, find},
};

/// The most items of a list that its leaf keeps one by one.
const LIST_ITEMS_MAX: usize = 16;

/// The items of a sequence or tuple: one leaf for all as long as they are scalars, leaves of their own otherwise.
pub(crate) struct Items<'a> {
    pub(crate) collector: &'a mut Collector,
    pub(crate) schema: &'a Schema,
    pub(crate) fields: &'a [FieldSchema],
    pub(crate) mark: Mark,
    pub(crate) list: Option<List>,
    pub(crate) count: usize,
    /// Where the path ended before a variant's name was added to it.
    pub(crate) path_length: usize,
}

/// A list whose first items are scalars. A long one stays a list whatever follows, as its first items alone are kept.
#[derive(Default)]
pub(crate) struct List {
    /// The first ones, kept one by one.
    items: Vec<(Kind, Value)>,
}

/// The fields of a struct or the entries of a map.
pub(crate) struct Members<'a> {
    pub(crate) collector: &'a mut Collector,
    pub(crate) schema: &'a Schema,
    pub(crate) fields: &'a [FieldSchema],
    /// The fields that are no more.
    pub(crate) removed: &'a [FieldSchema],
    pub(crate) mark: Mark,
    pub(crate) hint: usize,
    pub(crate) entries: Vec<Entry>,
    /// Where the path ended before a variant's name was added to it.
    pub(crate) path_length: usize,
}

/// The key of a map entry, ordered as people expect: integers by value, everything else by its text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    number: i128,
    text: String,
    /// Two keys may have one text.
    digest: Option<Digest>,
    first_leaf: usize,
}

impl Items<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotScalar> {
        if self.collector.skips_items() {
            return Ok(());
        }
        let index = self.count;
        self.count += 1;
        let known = self.fields.get(index);
        let schema = known.map_or(self.schema.item(index), |known| &known.schema);
        if let Some(list) = &mut self.list {
            if index == 0 {
                list.items.reserve_exact(LIST_ITEMS_MAX);
                self.collector.walker.start_chain();
            }
            if index >= LIST_ITEMS_MAX {
                self.collector.chain(value, schema);
                return Ok(());
            }
            if !schema.has_removed()
                && let Ok(scalar) = value.serialize(Scalar)
            {
                list.items.push(scalar);
                self.collector.chain(value, schema);
                return Ok(());
            }
            self.scatter();
        }
        self.collector
            .field_at(known, schema, &index.to_string(), self.mark, value)
    }

    /// Gives the scalars so far leaves of their own, as an item turned out to be no scalar.
    fn scatter(&mut self) {
        let items = self.list.take().unwrap_or_default().items;
        let mark = self.mark;
        for (index, (kind, value)) in items.into_iter().enumerate() {
            self.collector.within(&index.to_string(), |collector| {
                collector.push(kind, value, mark);
            });
        }
    }

    fn close(mut self) {
        // Whether an empty list could hold configs makes no difference to its leaf.
        if self.count == 0 {
            self.list = Some(List::default());
        }
        if let Some(list) = self.list
            && self.collector.lists != Lists::Skip
        {
            let value = if self.count <= LIST_ITEMS_MAX {
                Value::List(list.items.into_iter().map(|(_, value)| value).collect())
            } else {
                Value::Large(self.count as u64, self.collector.walker.end_chain())
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
        let (number, text) = match key.serialize(Scalar) {
            Ok((_, Value::Int(number))) => (number, number.to_string()),
            Ok((_, Value::Uint(number))) => (i128::MAX, number.to_string()),
            Ok((_, value)) => (0, value.to_string()),
            Err(NotScalar) => (0, compound_text(key)),
        };
        self.entries.push(Entry {
            number,
            text,
            digest: self.collector.walker.aside(key, &Schema::Plain),
            first_leaf: self.collector.leaves.len(),
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotScalar> {
        let name = self.entries.last().map_or("", |entry| &entry.text);
        self.collector
            .field(None, self.schema.item(0), name, self.mark, value)
    }

    fn end(mut self) -> Result<(), NotScalar> {
        self.sort_entries();
        self.close()
    }
}

/// The scalars of a key that has parts.
fn compound_text<T: Serialize + ?Sized>(key: &T) -> String {
    let parts: Vec<_> = leaves(key, &Schema::Plain, Names::Serde)
        .iter()
        .map(|leaf| leaf.value.to_string())
        .collect();
    parts.join(", ")
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

    /// Maps have no order of their own, and a `HashMap` has another one in every process.
    fn sort_entries(&mut self) {
        let leaves = &mut self.collector.leaves;
        let mut groups: Vec<(Entry, Vec<Leaf>)> = Vec::with_capacity(self.entries.len());
        while let Some(entry) = self.entries.pop() {
            let group = leaves.split_off(entry.first_leaf);
            groups.push((entry, group));
        }
        groups.sort_by(|(a, _), (b, _)| a.cmp(b));
        leaves.extend(groups.into_iter().flat_map(|(_, group)| group));
    }

    fn close(self) -> Result<(), NotScalar> {
        for removed in self.removed {
            let name = removed.field.rules.key;
            self.collector.former(removed, name, self.mark)?;
        }
        self.collector.path.truncate(self.path_length);
        Ok(())
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
                self.close()
            }
        }
    )*};
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}
