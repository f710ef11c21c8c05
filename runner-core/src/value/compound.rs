//! The compound half of the serializer behind [`Walker`]: sequences keep their order, structs and maps are sets.

use serde::ser::{self, Serialize};

use super::{
    cursor::Cursor,
    long::UNSETTLED,
    path::{Step, Tag},
    scalar::Digest,
    schema::{FieldSchema, FieldSchemas, Schema, find},
    walk::{WalkError, Walker},
};

/// After how many items of a list it is looked whether it is long.
const ITEMS_BETWEEN: usize = 16;

/// The items of a sequence or tuple; they keep their order.
pub(crate) struct WalkedItems<'a> {
    pub(crate) walker: &'a mut Walker,
    pub(crate) schema: &'a Schema,
    /// The fields of a tuple variant.
    pub(crate) fields: &'a [FieldSchema],
    pub(crate) count: usize,
    pub(crate) form: ItemsForm,
    /// How many steps there were before.
    pub(crate) depth: usize,
    /// Where the items start.
    pub(crate) from: usize,
    /// What was settled before.
    pub(crate) around: usize,
}

/// How the number of items is written.
pub(crate) enum ItemsForm {
    /// At the end, as a sequence need not know it at the start.
    Seq,
    /// At the start, as this number.
    Tuple(usize),
    Variant(TupleVariant),
}

/// A tuple variant so far. Trailing fields that are left out leave no trace, so that one can be added at the end.
pub(crate) struct TupleVariant {
    /// Where its tag is.
    pub(crate) tag_at: usize,
    /// Where the number of its fields is.
    pub(crate) length_at: usize,
    /// How many fields there are up to the last one that counts, and where that one ends.
    pub(crate) kept: usize,
    pub(crate) kept_end: usize,
}

/// The fields of a struct or the entries of a map; their order does not matter.
pub(crate) struct WalkedMembers<'a> {
    pub(crate) walker: &'a mut Walker,
    pub(crate) schema: &'a Schema,
    pub(crate) fields: &'a FieldSchemas,
    pub(crate) tag: Tag,
    /// Where the tag of a struct variant is.
    pub(crate) variant_at: Option<usize>,
    pub(crate) base: usize,
    pub(crate) hint: usize,
    pub(crate) entry: usize,
    /// How many steps there were before.
    pub(crate) depth: usize,
    /// What was settled before.
    pub(crate) around: usize,
}

impl WalkedItems<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WalkError> {
        if let (true, Schema::Plain) = (self.fields.is_empty(), self.schema.item(self.count)) {
            return self.plain_item(value);
        }
        self.walker.steps.push(Step::Index(self.count as u64));
        let counts = self.walker.position(
            self.fields.get(self.count),
            self.schema.item(self.count),
            value,
        )?;
        self.walker.steps.pop();
        self.count += 1;
        if let ItemsForm::Variant(variant) = &mut self.form
            && counts
        {
            variant.kept = self.count;
            variant.kept_end = self.walker.out.len();
        }
        Ok(())
    }

    /// An item in which no field has a rule: the step to it is needed only where it cannot be written.
    fn plain_item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WalkError> {
        let step = Step::Index(self.count as u64);
        self.count += 1;
        // Not each time, and often enough for lists of lists.
        if self.count.is_multiple_of(ITEMS_BETWEEN) {
            self.walker.shorten_long(self.from);
        }
        if let ItemsForm::Variant(variant) = &mut self.form {
            variant.kept = self.count;
        }
        let depth = self.walker.steps.len();
        let written = value.serialize(Cursor {
            walker: self.walker,
            schema: &Schema::Plain,
        });
        match &mut self.form {
            _ if written.is_err() => self.walker.steps.insert(depth, step),
            ItemsForm::Variant(variant) => variant.kept_end = self.walker.out.len(),
            ItemsForm::Seq | ItemsForm::Tuple(_) => {}
        }
        written
    }

    fn close(self) -> Result<(), WalkError> {
        match self.form {
            ItemsForm::Seq => {
                self.walker.tag(Tag::SeqEnd);
                self.walker.length(self.count);
            }
            // The number was written before the items, and the next token is told from an item by nothing else.
            ItemsForm::Tuple(length) if length != self.count => {
                return Err(WalkError(format!(
                    "its `Serialize` promised {length} items and wrote {}",
                    self.count
                )));
            }
            ItemsForm::Tuple(_) => {}
            ItemsForm::Variant(variant) => variant.close(&mut self.walker.out),
        }
        self.walker.settled_from = self.around;
        self.walker.steps.truncate(self.depth);
        Ok(())
    }
}

impl TupleVariant {
    /// Gives the variant the form of what is left of it: a variant with one field is a newtype variant, one without
    /// any is a unit variant.
    fn close(self, out: &mut Vec<u8>) {
        out.truncate(self.kept_end);
        let items_at = self.length_at + size_of::<u64>();
        match self.kept {
            0 => {
                out[self.tag_at] = Tag::UnitVariant as u8;
                out.truncate(self.length_at);
            }
            1 => {
                out[self.tag_at] = Tag::NewtypeVariant as u8;
                out.drain(self.length_at..items_at);
            }
            kept => {
                out[self.length_at..items_at].copy_from_slice(&(kept as u64).to_le_bytes());
            }
        }
    }
}

macro_rules! items {
    ($($trait:ident $method:ident,)*) => {$(
        impl ser::$trait for WalkedItems<'_> {
            type Ok = ();
            type Error = WalkError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WalkError> {
                self.item(value)
            }

            fn end(self) -> Result<(), WalkError> {
                self.close()
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

impl ser::SerializeMap for WalkedMembers<'_> {
    type Ok = ();
    type Error = WalkError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), WalkError> {
        self.entry = self.walker.out.len();
        self.walker.settled_from = UNSETTLED;
        key.serialize(Cursor {
            walker: self.walker,
            schema: &Schema::Plain,
        })?;
        self.walker.settled_from = self.entry;
        let digest = Digest::of(&self.walker.out[self.entry..]);
        self.walker.steps.push(Step::Entry {
            digest: digest.low(),
            key_at: self.entry,
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WalkError> {
        value.serialize(Cursor {
            walker: self.walker,
            schema: self.schema.item(0),
        })?;
        self.walker.steps.pop();
        self.walker.close_member(self.entry);
        Ok(())
    }

    fn end(self) -> Result<(), WalkError> {
        self.close()
    }
}

impl WalkedMembers<'_> {
    fn close(self) -> Result<(), WalkError> {
        for removed in &self.fields.removed {
            self.walker.removed_field(removed)?;
        }
        match self.variant_at {
            // Nothing of it counts, so it is what it was before it had fields.
            Some(tag_at) if self.walker.members.len() == self.base => {
                self.walker.out[tag_at] = Tag::UnitVariant as u8;
            }
            _ if matches!(self.tag, Tag::Map) => self.walker.close_map(self.base),
            _ => self.walker.close_set(self.tag, self.base),
        }
        self.walker.settled_from = self.around;
        self.walker.steps.truncate(self.depth);
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), WalkError> {
        let known = find(&self.fields.present, &mut self.hint, name);
        // A struct of the standard library may hold its items in fields, as `Range` does.
        self.walker.field(known, self.schema.item(0), name, value)
    }
}

macro_rules! fields {
    ($($trait:ident,)*) => {$(
        impl ser::$trait for WalkedMembers<'_> {
            type Ok = ();
            type Error = WalkError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), WalkError> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), WalkError> {
                self.close()
            }
        }
    )*};
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}
