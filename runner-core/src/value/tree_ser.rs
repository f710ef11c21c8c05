//! The serializer that makes a [`Tree`].

use std::{borrow::Cow, mem};

use serde::ser::{self, Serialize};

use super::{
    scalar::for_wholes,
    tree::{Form, Named, Tree},
    tree_error::TreeError,
    writing::{CAPACITY_MAX, LIST_ITEMS_MAX, Lists, Scalar as _, Sketch, Writing},
};

#[derive(Clone, Copy)]
pub(crate) struct TreeWriter<'a>(pub(super) &'a Writing);

pub(crate) type Written = Result<Tree, TreeError>;

/// The items of a sequence, a tuple or a tuple variant.
pub(crate) struct InList<'a> {
    writer: TreeWriter<'a>,
    close: fn(Vec<Tree>) -> Tree,
    variant: Option<&'static str>,
    items: Vec<Tree>,
    count: usize,
    /// Whether all items so far are scalars.
    is_flat: bool,
    /// Whether this is a tuple that is kept even where lists are skipped.
    is_short: bool,
}

pub(crate) struct InMap<'a> {
    writer: TreeWriter<'a>,
    entries: Vec<(Tree, Tree)>,
    count: usize,
    key: Tree,
}

/// The fields of a struct or of a struct variant.
pub(crate) struct InStruct<'a> {
    writer: TreeWriter<'a>,
    variant: Option<&'static str>,
    fields: Vec<Named>,
}

impl<'a> TreeWriter<'a> {
    fn items(self, length: usize, close: fn(Vec<Tree>) -> Tree) -> InList<'a> {
        InList {
            writer: self,
            close,
            variant: None,
            items: Vec::with_capacity(self.0.room(length)),
            count: 0,
            is_flat: true,
            is_short: false,
        }
    }

    fn tuple(self, length: usize) -> InList<'a> {
        InList {
            is_short: length <= LIST_ITEMS_MAX,
            ..self.items(length, Tree::Tuple)
        }
    }

    fn fields(self, variant: Option<&'static str>, length: usize) -> InStruct<'a> {
        InStruct {
            writer: self,
            variant,
            fields: Vec::with_capacity(self.members(length)),
        }
    }

    /// Returns how much room is made ahead for fields or entries. A sketch keeps none.
    fn members(self, length: usize) -> usize {
        match self.0.sketch {
            Some(_) => 0,
            None => length.min(CAPACITY_MAX),
        }
    }
}

impl InList<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), TreeError> {
        if !self.is_wanted() {
            return Ok(());
        }
        match value.serialize(self.writer) {
            // It has nothing to drop; a sketch is made of every item of a long list.
            Ok(item) if self.writer.0.sketch.is_some() => mem::forget(item),
            item => self.keep(item)?,
        }
        self.count += 1;
        Ok(())
    }

    #[inline]
    fn is_wanted(&self) -> bool {
        match self.writer.0.lists {
            Lists::Keep => true,
            // A long list of scalars stays one whatever follows.
            Lists::Head if self.is_flat => self.count < LIST_ITEMS_MAX,
            Lists::Head => !self.writer.0.has_enough(),
            Lists::Skip => self.is_short,
        }
    }

    fn keep(&mut self, item: Written) -> Result<(), TreeError> {
        let item = self.writer.0.settle(item);
        let item = item.map_err(|error| error.inside(self.count))?;
        if self.writer.0.sketch.is_some() {
            return Ok(());
        }
        self.is_flat = self.is_flat && item.is_scalar();
        if !self.is_flat {
            self.writer.0.count_leaf(&item);
        }
        self.items.push(item);
        Ok(())
    }

    fn close(self) -> Tree {
        let add = |sketch: &mut Sketch| {
            sketch.count(self.count);
            if let Some(variant) = self.variant {
                sketch.name(variant);
            }
        };
        if self.writer.0.add(add) {
            return Tree::Unit;
        }
        if self.is_flat {
            // All items are one leaf.
            self.writer.0.count_leaf(&Tree::Unit);
        }
        let items = (self.close)(self.items);
        match self.variant {
            Some(name) => Tree::Variant(name, Form::Tuple, Box::new(items)),
            None => items,
        }
    }
}

impl InMap<'_> {
    fn push(&mut self, value: Written) -> Result<(), TreeError> {
        let value = self.writer.0.settle(value)?;
        let key = mem::replace(&mut self.key, Tree::Unit);
        self.count += 1;
        if self.writer.0.add(|sketch| sketch.key(&key)) {
            return Ok(());
        }
        self.writer.0.count_leaf(&value);
        self.entries.push((key, value));
        Ok(())
    }
}

impl InStruct<'_> {
    fn push(&mut self, name: &'static str, value: Written) -> Result<(), TreeError> {
        let value = match value {
            Ok(value) => value,
            error => self
                .writer
                .0
                .settle(error)
                .map_err(|error| error.inside(name))?,
        };
        if self.writer.0.add(|sketch| sketch.name(name)) {
            // Nothing is left of it but in the sketch.
            mem::forget(value);
            return Ok(());
        }
        self.writer.0.count_leaf(&value);
        self.fields.push((Cow::Borrowed(name), value));
        Ok(())
    }

    fn close(self) -> Tree {
        let fields = Tree::Struct(self.fields);
        match self.variant {
            Some(name) if self.writer.0.add(|sketch| sketch.name(name)) => Tree::Unit,
            Some(name) => Tree::Variant(name, Form::Struct, Box::new(fields)),
            None => fields,
        }
    }
}

macro_rules! scalars {
    ($($method:ident($type:ty) => $node:ident,)*) => {$(
        fn $method(self, value: $type) -> Written {
            if self.0.add(|sketch| sketch.scalar(|| value.word())) {
                return Ok(Tree::Unit);
            }
            Ok(Tree::$node(value.into()))
        }
    )*};
}

macro_rules! wholes {
    ($($kind:ident $type:ident $serialize:ident $deserialize:ident $visit:ident,)*) => {
        scalars! { $($serialize($type) => Whole,)* }
    };
}

impl<'a> ser::Serializer for TreeWriter<'a> {
    type Ok = Tree;
    type Error = TreeError;
    type SerializeSeq = InList<'a>;
    type SerializeTuple = InList<'a>;
    type SerializeTupleStruct = InList<'a>;
    type SerializeTupleVariant = InList<'a>;
    type SerializeMap = InMap<'a>;
    type SerializeStruct = InStruct<'a>;
    type SerializeStructVariant = InStruct<'a>;

    for_wholes!(wholes);

    scalars! {
        serialize_bool(bool) => Bool,
        serialize_f32(f32) => F32,
        serialize_f64(f64) => F64,
        serialize_char(char) => Char,
        serialize_str(&str) => Str,
        serialize_bytes(&[u8]) => Bytes,
    }

    fn serialize_none(self) -> Written {
        self.0.add(Sketch::none);
        Ok(Tree::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        let inner = value.serialize(self)?;
        if self.0.add(Sketch::some) {
            return Ok(Tree::Unit);
        }
        Ok(Tree::Some(Box::new(inner)))
    }

    fn serialize_unit(self) -> Written {
        self.0.add(Sketch::unit);
        Ok(Tree::Unit)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.0.add(Sketch::unit);
        Ok(Tree::UnitStruct)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.0.add(|sketch| sketch.name(variant));
        Ok(Tree::UnitVariant(variant))
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
        let content = value
            .serialize(self)
            .map_err(|error| error.inside(variant))?;
        if self.0.add(|sketch| sketch.name(variant)) {
            return Ok(Tree::Unit);
        }
        Ok(Tree::Variant(variant, Form::Newtype, Box::new(content)))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<InList<'a>, TreeError> {
        Ok(self.items(length.unwrap_or(0), Tree::Seq))
    }

    fn serialize_tuple(self, length: usize) -> Result<InList<'a>, TreeError> {
        Ok(self.tuple(length))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        length: usize,
    ) -> Result<InList<'a>, TreeError> {
        self.serialize_tuple(length)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<InList<'a>, TreeError> {
        Ok(InList {
            variant: Some(variant),
            ..self.tuple(length)
        })
    }

    fn serialize_map(self, length: Option<usize>) -> Result<InMap<'a>, TreeError> {
        Ok(InMap {
            writer: self,
            entries: Vec::with_capacity(self.members(length.unwrap_or(0))),
            count: 0,
            key: Tree::Unit,
        })
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<InStruct<'a>, TreeError> {
        Ok(self.fields(None, length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<InStruct<'a>, TreeError> {
        Ok(self.fields(Some(variant), length))
    }

    fn is_human_readable(&self) -> bool {
        self.0.asked.set(true);
        self.0.is_human_readable
    }
}

macro_rules! items {
    ($($trait:ident $method:ident,)*) => {$(
        impl ser::$trait for InList<'_> {
            type Ok = Tree;
            type Error = TreeError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), TreeError> {
                self.item(value)
            }

            fn end(self) -> Written {
                Ok(self.close())
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

impl ser::SerializeMap for InMap<'_> {
    type Ok = Tree;
    type Error = TreeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), TreeError> {
        // A key is whole, and has no leaves of its own.
        let writing = Writing::new(self.writer.0.is_human_readable, Lists::Keep);
        self.key = key.serialize(writing.writer())?;
        self.writer
            .0
            .asked
            .set(self.writer.0.asked.get() | writing.asked.get());
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), TreeError> {
        if self.writer.0.has_enough() {
            return Ok(());
        }
        let value = value.serialize(self.writer);
        self.push(value)
    }

    fn end(self) -> Written {
        self.writer.0.add(|sketch| sketch.count(self.count));
        Ok(Tree::Map(self.entries))
    }
}

macro_rules! fields {
    ($($trait:ident,)*) => {$(
        impl ser::$trait for InStruct<'_> {
            type Ok = Tree;
            type Error = TreeError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), TreeError> {
                let value = value.serialize(self.writer);
                self.push(name, value)
            }

            fn end(self) -> Written {
                Ok(self.close())
            }
        }
    )*};
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}
