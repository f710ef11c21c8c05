//! [`Splice`]: scalars that are set to the same values in every config, by way of the configs' bytes in postcard.
//!
//! Taking every config apart and putting it together again costs an allocation for each of its parts. Where a field has a
//! place of its own in the bytes, other bytes there do the same. Whatever is not certain is left to the [`Tree`](crate::value::Tree).

use std::{cell::Cell, panic::AssertUnwindSafe};

use postcard::ser_flavors::Flavor;
use serde::{Serialize, ser};

use crate::{
    base::catch,
    value::{AnyConfig, BoxedConfig, ConfigType, Schema, Walker, for_scalars},
};

/// New values for some places.
pub(crate) struct Splice {
    of: ConfigType,
    parts: Vec<Part>,
}

/// A place, and the bytes to be there.
struct Part {
    path: Vec<String>,
    bytes: Vec<u8>,
}

impl Splice {
    /// What makes `changed` of `config`, which differ only at these paths. `None` if it cannot be done in this way.
    pub(crate) fn new(
        of: ConfigType,
        paths: impl Iterator<Item = Vec<String>>,
        config: &dyn AnyConfig,
        changed: &dyn AnyConfig,
    ) -> Option<Self> {
        let parts = paths.map(|path| {
            let bytes = bytes_at(changed, &path)?;
            Some(Part { path, bytes })
        });
        let splice = Self {
            of,
            parts: parts.collect::<Option<_>>()?,
        };
        let spliced = splice.apply(config, &mut Vec::new())?;
        let mut walker = Walker::new();
        let mut digest = |config: &dyn AnyConfig| config.digest(&Schema::Plain, &mut walker);
        let is_same = digest(&*spliced)? == digest(changed)?;
        is_same.then_some(splice)
    }

    /// The config with the new values. `None` if it cannot be done in this way.
    pub(crate) fn apply(
        &self,
        config: &dyn AnyConfig,
        buffer: &mut Vec<u8>,
    ) -> Option<BoxedConfig> {
        buffer.clear();
        let met = Cell::new(0);
        let mut out = postcard::Serializer {
            output: Buffer(std::mem::take(buffer)),
        };
        let wanted: Vec<Wanted<'_>> = self
            .parts
            .iter()
            .map(|part| Wanted {
                path: &part.path,
                then: Then::Put(&part.bytes),
            })
            .collect();
        let written = config.write(Writer {
            out: &mut out,
            wanted: &wanted,
            met: &met,
        });
        *buffer = out.output.0;
        written.ok()?;
        if met.get() != self.parts.len() {
            return None;
        }
        catch(AssertUnwindSafe(|| self.of.read_whole(buffer))).ok()?
    }
}

/// The bytes of the one value at a path.
fn bytes_at(config: &dyn AnyConfig, path: &[String]) -> Option<Vec<u8>> {
    let span = Cell::new(None);
    let met = Cell::new(0);
    let mut out = postcard::Serializer {
        output: Buffer(Vec::new()),
    };
    let wanted = [Wanted {
        path,
        then: Then::Find(&span),
    }];
    let written = config.write(Writer {
        out: &mut out,
        wanted: &wanted,
        met: &met,
    });
    written.ok()?;
    let (start, end) = span.get()?;
    Some(out.output.0.get(start..end)?.to_vec())
}

/// Bytes that can be looked at while they are written.
struct Buffer(Vec<u8>);

impl Flavor for Buffer {
    type Output = Vec<u8>;

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.0.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

/// A place further inside.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    path: &'a [String],
    then: Then<'a>,
}

#[derive(Clone, Copy)]
enum Then<'a> {
    Put(&'a [u8]),
    Find(&'a Cell<Option<(usize, usize)>>),
}

/// Writes what postcard writes, except at the places that are wanted. A struct that leaves a field out is refused, since nobody
/// could tell from the bytes.
pub(crate) struct Writer<'a> {
    out: &'a mut postcard::Serializer<Buffer>,
    wanted: &'a [Wanted<'a>],
    /// How many places were found.
    met: &'a Cell<usize>,
}

pub(crate) type Written = postcard::Result<()>;

impl Writer<'_> {
    /// The same at a place where nothing is wanted.
    fn elsewhere(self) -> Self {
        Self {
            wanted: &[],
            ..self
        }
    }

    fn inside<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        value.serialize(Writer {
            out: self.out,
            wanted: &[],
            met: self.met,
        })
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Written {
        let mut further = Vec::new();
        let mut last = None;
        for wanted in self.wanted {
            match wanted.path.split_first() {
                Some((step, [])) if step == name => {
                    self.met.set(self.met.get() + 1);
                    last = Some(wanted.then);
                }
                Some((step, path)) if step == name => further.push(Wanted { path, ..*wanted }),
                _ => {}
            }
        }
        match last {
            Some(Then::Put(bytes)) => self.out.output.try_extend(bytes),
            Some(Then::Find(span)) => {
                let start = self.out.output.0.len();
                self.inside(value)?;
                span.set(Some((start, self.out.output.0.len())));
                Ok(())
            }
            None => value.serialize(Writer {
                out: self.out,
                wanted: &further,
                met: self.met,
            }),
        }
    }
}

macro_rules! scalars {
    ($($method:ident($type:ty),)*) => {$(
        fn $method(self, value: $type) -> Written {
            self.out.$method(value)
        }
    )*};
}

impl ser::Serializer for Writer<'_> {
    type Ok = ();
    type Error = postcard::Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    for_scalars!(scalars);
    scalars! {
        serialize_bytes(&[u8]),
        serialize_unit_struct(&'static str),
    }

    fn serialize_none(self) -> Written {
        self.out.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(mut self, value: &T) -> Written {
        self.out.output.try_push(1)?;
        self.inside(value)
    }

    fn serialize_unit(self) -> Written {
        self.out.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Written {
        self.out.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        self.out.serialize_unit_variant(name, index, variant)?;
        self.inside(value)
    }

    fn serialize_seq(self, length: Option<usize>) -> postcard::Result<Self> {
        self.out.serialize_seq(length)?;
        Ok(self.elsewhere())
    }

    fn serialize_tuple(self, _: usize) -> postcard::Result<Self> {
        Ok(self.elsewhere())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> postcard::Result<Self> {
        Ok(self.elsewhere())
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> postcard::Result<Self> {
        self.out.serialize_unit_variant(name, index, variant)?;
        Ok(self.elsewhere())
    }

    fn serialize_map(self, length: Option<usize>) -> postcard::Result<Self> {
        self.out.serialize_map(length)?;
        Ok(self.elsewhere())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> postcard::Result<Self> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> postcard::Result<Self> {
        self.out.serialize_unit_variant(name, index, variant)?;
        Ok(self.elsewhere())
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

macro_rules! items {
    ($($trait:ident $method:ident,)*) => {$(
        impl ser::$trait for Writer<'_> {
            type Ok = ();
            type Error = postcard::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
                self.inside(value)
            }

            fn end(self) -> Written {
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

impl ser::SerializeMap for Writer<'_> {
    type Ok = ();
    type Error = postcard::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        self.inside(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        self.inside(value)
    }

    fn end(self) -> Written {
        Ok(())
    }
}

macro_rules! fields {
    ($($trait:ident,)*) => {$(
        impl ser::$trait for Writer<'_> {
            type Ok = ();
            type Error = postcard::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Written {
                self.field(name, value)
            }

            fn skip_field(&mut self, _: &'static str) -> Written {
                Err(postcard::Error::WontImplement)
            }

            fn end(self) -> Written {
                Ok(())
            }
        }
    )*};
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}
