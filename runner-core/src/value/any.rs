//! [`AnyValue`]: a value without its type, so that what works on it is compiled once and not in every program.

use std::{
    any::Any,
    collections::{HashMap, HashSet},
    fmt,
};

use serde::Serialize;

use super::{
    forms::Forms,
    leaves::{Leaf, Names, leaves_of},
    scalar::Digest,
    schema::Schema,
    self_describing::{self, Encoding},
    tree_ser::{TreeWriter, Written},
    walk::{Walked, Walker},
    writing::{Lists, Sketch, Writing},
};
use crate::base::parallel::map_parts;

/// What can be serialised, whatever its type.
pub(crate) trait Content {
    /// Takes the value apart.
    ///
    /// # Errors
    ///
    /// If it cannot be serialised.
    fn write(&self, writer: TreeWriter<'_>) -> Written;

    /// As [`Walker::config`].
    ///
    /// # Errors
    ///
    /// If it cannot be written; the text names the field.
    fn walk(&self, schema: &Schema, walker: &mut Walker) -> Result<Walked, String>;

    /// Appends the value in postcard to `bytes`.
    ///
    /// # Errors
    ///
    /// If it has something that postcard cannot write.
    fn append(&self, bytes: Vec<u8>) -> postcard::Result<Vec<u8>>;
}

impl<T: Serialize> Content for T {
    fn write(&self, writer: TreeWriter<'_>) -> Written {
        self.serialize(writer)
    }

    fn walk(&self, schema: &Schema, walker: &mut Walker) -> Result<Walked, String> {
        walker.config(self, schema)
    }

    fn append(&self, bytes: Vec<u8>) -> postcard::Result<Vec<u8>> {
        postcard::to_extend(self, bytes)
    }
}

impl dyn Content + '_ {
    /// Appends the value in this encoding to `bytes`.
    ///
    /// # Errors
    ///
    /// If it has something that the encoding cannot hold.
    pub(crate) fn encode(&self, encoding: Encoding, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let encoded = match encoding {
            Encoding::Postcard => self.append(bytes),
            Encoding::SelfDescribing => {
                let shown = self.write(Writing::shown(Lists::Keep).writer());
                self_describing::write(shown.map_err(|error| error.to_string())?, bytes)
            }
        };
        encoded.map_err(|error| format!("it cannot be encoded ({error})"))
    }

    /// The scalars inside the value. What cannot be serialised has none; the walk over the key reports it.
    pub(crate) fn leaves(&self, schema: &Schema, names: Names) -> Vec<Leaf> {
        let forms = Forms::new(&|writer| self.write(writer));
        forms.map_or_else(|_| Vec::new(), |forms| leaves_of(&forms, schema, names))
    }
}

/// A config or an output whose type is known elsewhere.
pub(crate) trait AnyValue: Content + Any + Send + Sync {}

impl<T: Serialize + Any + Send + Sync> AnyValue for T {}

impl dyn AnyValue {
    /// The value in the form of the store.
    ///
    /// # Errors
    ///
    /// If it cannot be serialised.
    pub(crate) fn tree(&self) -> Written {
        self.write(Writing::compact().writer())
    }

    /// The value in the form that is meant for people.
    ///
    /// # Errors
    ///
    /// If it cannot be serialised.
    pub(crate) fn shown(&self, lists: Lists) -> Written {
        self.write(Writing::shown(lists).writer())
    }

    /// As that of [`Content`].
    ///
    /// # Errors
    ///
    /// The same.
    pub(crate) fn encode(&self, encoding: Encoding, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        (self as &dyn Content).encode(encoding, bytes)
    }

    /// The scalars inside the value. What cannot be serialised has none; the walk over the key reports it.
    pub(crate) fn leaves(&self, schema: &Schema, names: Names) -> Vec<Leaf> {
        (self as &dyn Content).leaves(schema, names)
    }

    /// The digest of the whole value, whatever is left out of a key.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn whole_digest(&self) -> Result<Digest, String> {
        let walked = self.walk(&Schema::Plain, &mut Walker::new())?;
        Ok(walked.value)
    }

    /// The digest of what counts, or of all of it with [`Schema::Plain`]; none if it cannot be written.
    pub(crate) fn digest(&self, schema: &Schema, walker: &mut Walker) -> Option<Digest> {
        self.walk(schema, walker).ok().map(|walked| walked.value)
    }
}

impl fmt::Debug for dyn AnyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyValue")
    }
}

/// A config of its own, whose type is known elsewhere.
pub(crate) type BoxedConfig = Box<dyn AnyValue>;

/// The value behind an erased one.
///
/// # Panics
///
/// If it is of another type: configs and outputs stay with the study that made them.
pub(crate) fn typed<T: Any>(value: Box<dyn AnyValue>) -> T {
    let value: Box<dyn Any> = value;
    *value
        .downcast()
        .unwrap_or_else(|_| unreachable!("configs and outputs stay with their study"))
}

/// As [`typed`], of a value that stays where it is.
///
/// # Panics
///
/// The same.
pub(crate) fn typed_ref<T: Any>(value: &dyn AnyValue) -> &T {
    let value: &dyn Any = value;
    value
        .downcast_ref()
        .unwrap_or_else(|| unreachable!("configs and outputs stay with their study"))
}

/// Returns the values that suffice to find every leaf, and every leaf in which two values differ: for each structure the first
/// value that has it, and the first that differs from that one in each scalar. A value that cannot be serialised is one.
///
/// Collecting the leaves of a value takes a microsecond, most of it for paths. A sketch takes a fraction of that, so that a
/// hundred thousand runs are looked through before anybody notices.
pub(crate) fn witnesses<'a>(values: &[&'a dyn AnyValue]) -> Vec<&'a dyn AnyValue> {
    in_parts(values, witnesses_in)
}

/// Finds in each part of `values` what is found in all of it if only that is looked at.
fn in_parts<'a>(
    values: &[&'a dyn AnyValue],
    find: fn(&[&'a dyn AnyValue]) -> Vec<&'a dyn AnyValue>,
) -> Vec<&'a dyn AnyValue> {
    let mut found = map_parts(values, find);
    if found.len() == 1 {
        return found.swap_remove(0);
    }
    // The first value that differs from the first one of all differs from the first one of its part too, or is that one.
    find(&found.concat())
}

fn witnesses_in<'a>(values: &[&'a dyn AnyValue]) -> Vec<&'a dyn AnyValue> {
    let mut known: HashMap<u64, (Vec<u64>, Vec<bool>)> = HashMap::new();
    sketched(values, Lists::Keep, Sketch::default(), |sketch| {
        let mut is_witness = false;
        let (first, differs) = known.entry(sketch.structure).or_insert_with(|| {
            is_witness = true;
            (sketch.scalars.clone(), vec![false; sketch.scalars.len()])
        });
        for ((scalar, first), differs) in sketch.scalars.iter().zip(first).zip(differs) {
            if scalar != first && !*differs {
                *differs = true;
                is_witness = true;
            }
        }
        is_witness
    })
}

/// Returns the first value of each structure, whatever is inside lists. A value that cannot be serialised is one.
pub(crate) fn structures<'a>(values: &[&'a dyn AnyValue]) -> Vec<&'a dyn AnyValue> {
    in_parts(values, structures_in)
}

fn structures_in<'a>(values: &[&'a dyn AnyValue]) -> Vec<&'a dyn AnyValue> {
    let mut known = HashSet::new();
    sketched(values, Lists::Skip, Sketch::structure(), |sketch| {
        known.insert(sketch.structure)
    })
}

fn sketched<'a>(
    values: &[&'a dyn AnyValue],
    lists: Lists,
    sketch: Sketch,
    mut is_new: impl FnMut(&Sketch) -> bool,
) -> Vec<&'a dyn AnyValue> {
    let writing = Writing::sketch(lists, sketch);
    let values = values.iter().copied();
    values
        .filter(|value| {
            let sketch = writing.sketched(|writer| value.write(writer));
            sketch.map_or(true, |sketch| is_new(&sketch))
        })
        .collect()
}
