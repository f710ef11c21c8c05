//! [`AnyValue`] and [`ConfigType`]: values without their type, so that what works on them is compiled once and not in every
//! program.

use std::{
    any::Any,
    collections::{HashMap, HashSet},
    fmt,
};

use postcard::de_flavors::Slice;
use serde::{
    Serialize,
    de::{self, DeserializeOwned, DeserializeSeed, Visitor},
    forward_to_deserialize_any,
};

use super::{
    ask::{ProbeType, probe},
    config::{Config, Shape, Shaped},
    forms::Forms,
    leaves::{Leaf, Names, leaves_of},
    path,
    scalar::Digest,
    schema::{FieldSchema, Schema},
    self_describing::{self, Encoding},
    tree::Tree,
    tree_de::from_tree,
    tree_error::TreeError,
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

/// Takes a config off the front of the bytes.
type ReadConfig = for<'a> fn(&'a [u8]) -> Option<(BoxedConfig, &'a [u8])>;

/// As [`older`].
type ReadOlder = fn(&[u8], &Schema, &[Leaf]) -> Option<BoxedConfig>;

/// What a type of configs does without a config.
#[derive(Clone, Copy)]
pub(crate) struct ConfigType {
    pub(crate) shape: Shape,
    /// What it takes at a path.
    pub(crate) probe: ProbeType,
    pub(crate) from_tree: fn(Tree) -> Result<BoxedConfig, TreeError>,
    pub(crate) read: ReadConfig,
    pub(crate) older: ReadOlder,
}

impl ConfigType {
    pub(crate) fn of<C: Config>() -> Self {
        Self {
            shape: <C as Shaped>::SHAPE,
            probe: probe::<C>,
            from_tree: |tree| from_tree::<C>(tree).map(|config| Box::new(config) as _),
            read: |bytes| {
                let (config, rest) = self_describing::take::<C>(bytes).ok()?;
                Some((Box::new(config), rest))
            },
            older: |bytes, schema, leaves| {
                older::<C>(bytes, schema, leaves).map(|config| Box::new(config) as _)
            },
        }
    }

    /// Reads a config that is all of these bytes.
    pub(crate) fn read_whole(&self, bytes: &[u8]) -> Option<BoxedConfig> {
        let (config, rest) = (self.read)(bytes)?;
        rest.is_empty().then_some(config)
    }
}

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

/// Returns the value behind an erased one; `None` if it is of another type.
pub(crate) fn as_typed<T: Any>(value: &dyn AnyValue) -> Option<&T> {
    let value: &dyn Any = value;
    value.downcast_ref()
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

/// Decodes `bytes`, of which the fields without `leaves` are left out. `None` if that makes no `C`.
pub(crate) fn older<C: DeserializeOwned>(
    bytes: &[u8],
    schema: &Schema,
    leaves: &[Leaf],
) -> Option<C> {
    let mut from = postcard::Deserializer::from_bytes(bytes);
    let config = C::deserialize(Older {
        from: &mut from,
        fields: &schema.fields().present,
        path: String::new(),
        leaves,
    });
    let rest = from.finalize().ok()?;
    config.ok().filter(|_| rest.is_empty())
}

/// A struct that may lack fields.
struct Older<'a, 'de> {
    from: &'a mut postcard::Deserializer<'de, Slice<'de>>,
    fields: &'de [FieldSchema],
    /// The names in the key that lead here.
    path: String,
    leaves: &'a [Leaf],
}

impl<'de> de::Deserializer<'de> for Older<'_, 'de> {
    type Error = postcard::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> postcard::Result<V::Value> {
        Err(postcard::Error::WontImplement)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> postcard::Result<V::Value> {
        visitor.visit_seq(Fields {
            names,
            next: self.fields.iter(),
            of: self,
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Fields<'a, 'de> {
    /// Those that serde reads; it skips others.
    names: &'static [&'static str],
    next: std::slice::Iter<'de, FieldSchema>,
    of: Older<'a, 'de>,
}

impl Fields<'_, '_> {
    /// Whether the stored config had this field.
    fn is_there(&self, path: &str) -> bool {
        let mut leaves = self.of.leaves.iter();
        leaves.any(|leaf| path::is_at_or_below(&leaf.path, path))
    }
}

impl<'de> de::SeqAccess<'de> for Fields<'_, 'de> {
    type Error = postcard::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> postcard::Result<Option<T::Value>> {
        let names = self.names;
        let Some(known) = self.next.find(|known| names.contains(&known.field.name())) else {
            return Ok(None);
        };
        let name = known.field.key_name();
        let path = path::join(&self.of.path, name);
        let value = match &known.added {
            Some(added) if !self.is_there(&path) => {
                let bytes = added.bytes.as_deref();
                let bytes = bytes.ok_or(postcard::Error::WontImplement)?;
                seed.deserialize(&mut postcard::Deserializer::from_bytes(bytes))
            }
            _ if known.schema.fields().present.is_empty() => seed.deserialize(&mut *self.of.from),
            _ => seed.deserialize(Older {
                from: &mut *self.of.from,
                fields: &known.schema.fields().present,
                path,
                leaves: self.of.leaves,
            }),
        };
        value.map(Some)
    }
}
