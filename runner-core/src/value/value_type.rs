//! [`ValueType`] and [`ConfigType`]: how values are read, without their type.

use serde::{Serialize, de::DeserializeOwned};

use super::{
    any::{AnyValue, BoxedConfig, Content},
    ask::{Place, ProbeType, ask},
    config::{Config, Shape, Shaped},
    leaves::Leaf,
    older::older,
    schema::Schema,
    self_describing::take_shown,
    tree::Tree,
    tree_de::read_tree,
    tree_error::TreeError,
    tree_offer::Reader,
};

/// A place for values that are read back, whatever their type.
pub(super) trait ReadBack {
    /// Takes a value in postcard off the front of the bytes. Returns the rest.
    ///
    /// # Errors
    ///
    /// If they do not begin with such a value.
    fn take_postcard<'a>(&mut self, bytes: &'a [u8]) -> postcard::Result<&'a [u8]>;

    /// Puts a value together.
    ///
    /// # Errors
    ///
    /// If the tree is of another type.
    fn read_tree(&mut self, reader: Reader) -> Result<(), TreeError>;

    /// The value that was read last.
    ///
    /// # Panics
    ///
    /// If none was.
    fn content(&self) -> &dyn Content;
}

/// A value of one type that is read back.
pub(super) struct ReadBackAs<T>(pub(super) Option<T>);

impl<T> ReadBackAs<T> {
    /// The value that was read last.
    ///
    /// # Panics
    ///
    /// If none was.
    pub(super) fn take(self) -> T {
        self.0.unwrap_or_else(|| unreachable!("a value was read"))
    }
}

impl<T: Serialize + DeserializeOwned> ReadBack for ReadBackAs<T> {
    fn take_postcard<'a>(&mut self, bytes: &'a [u8]) -> postcard::Result<&'a [u8]> {
        let (value, rest) = postcard::take_from_bytes(bytes)?;
        self.0 = Some(value);
        Ok(rest)
    }

    fn read_tree(&mut self, reader: Reader) -> Result<(), TreeError> {
        self.0 = Some(T::deserialize(reader)?);
        Ok(())
    }

    fn content(&self) -> &dyn Content {
        match &self.0 {
            Some(value) => value,
            None => unreachable!("a value was read"),
        }
    }
}

/// Takes a value in postcard off the front of the bytes.
type TakePostcard = for<'a> fn(&'a [u8]) -> postcard::Result<(Box<dyn AnyValue>, &'a [u8])>;

/// How values of a type are read.
#[derive(Clone, Copy)]
pub(crate) struct ValueType {
    take_postcard: TakePostcard,
    read_tree: fn(Reader) -> Result<Box<dyn AnyValue>, TreeError>,
}

impl ValueType {
    pub(crate) fn of<T: AnyValue + DeserializeOwned>() -> Self {
        Self {
            take_postcard: |bytes| {
                let (value, rest) = postcard::take_from_bytes::<T>(bytes)?;
                Ok((Box::new(value), rest))
            },
            read_tree: |reader| Ok(Box::new(T::deserialize(reader)?)),
        }
    }

    /// Puts a value together.
    ///
    /// # Errors
    ///
    /// If the tree is of another type, or its type panics; the error names the place.
    pub(crate) fn read(self, tree: Tree) -> Result<Box<dyn AnyValue>, TreeError> {
        read_tree(|| (self.read_tree)(Reader::new(tree)))
    }

    /// As [`probe`].
    ///
    /// # Errors
    ///
    /// The same.
    fn probe(self, path: &[&str]) -> Result<Place, TreeError> {
        ask(path, &|tree| {
            // It ends with an error once it has seen what is asked for.
            drop(read_tree(|| (self.read_tree)(Reader::part(tree, true))));
        })
    }

    /// Takes a value in either encoding off the front of the bytes.
    pub(crate) fn take(self, bytes: &[u8]) -> Option<(Box<dyn AnyValue>, &[u8])> {
        let mut slot = ReadBackAny::new(self);
        let rest = take(bytes, &mut slot).ok()?;
        Some((slot.take(), rest))
    }
}

/// What a `T` takes at `path`.
///
/// # Errors
///
/// If there is no such place; the error says from where on, and what is there instead.
pub(crate) fn probe<T: AnyValue + DeserializeOwned>(path: &[&str]) -> Result<Place, TreeError> {
    ValueType::of::<T>().probe(path)
}

/// A value of a type that is known elsewhere, which is read back.
pub(super) struct ReadBackAny {
    of: ValueType,
    value: Option<Box<dyn AnyValue>>,
}

impl ReadBackAny {
    pub(super) fn new(of: ValueType) -> Self {
        Self { of, value: None }
    }

    /// As [`ReadBackAs::take`].
    ///
    /// # Panics
    ///
    /// The same.
    pub(super) fn take(self) -> Box<dyn AnyValue> {
        ReadBackAs(self.value).take()
    }
}

impl ReadBack for ReadBackAny {
    fn take_postcard<'a>(&mut self, bytes: &'a [u8]) -> postcard::Result<&'a [u8]> {
        let (value, rest) = (self.of.take_postcard)(bytes)?;
        self.value = Some(value);
        Ok(rest)
    }

    fn read_tree(&mut self, reader: Reader) -> Result<(), TreeError> {
        self.value = Some((self.of.read_tree)(reader)?);
        Ok(())
    }

    fn content(&self) -> &dyn Content {
        match &self.value {
            Some(value) => &**value,
            None => unreachable!("a value was read"),
        }
    }
}

/// Takes a value in either encoding off the front of the bytes into `slot`. Returns the rest.
///
/// # Errors
///
/// If they do not begin with such a value; the text says why.
pub(super) fn take<'a>(bytes: &'a [u8], slot: &mut dyn ReadBack) -> Result<&'a [u8], String> {
    let Some((shown, rest)) = take_shown(bytes) else {
        return slot.take_postcard(bytes).map_err(|error| match error {
            postcard::Error::WontImplement => "it asks for a self-describing format".to_owned(),
            error => format!("it cannot be read back ({error})"),
        });
    };
    let read = read_tree(|| slot.read_tree(Reader::part(shown, true)));
    read.map(|()| rest).map_err(|error| error.to_string())
}

/// As [`older`].
type ReadOlder = fn(&[u8], &Schema, &[Leaf]) -> Option<BoxedConfig>;

/// What a type of configs does without a config.
#[derive(Clone, Copy)]
pub(crate) struct ConfigType {
    pub(crate) shape: Shape,
    pub(crate) value: ValueType,
    /// What it takes at a path.
    pub(crate) probe: ProbeType,
    pub(crate) older: ReadOlder,
}

impl ConfigType {
    pub(crate) fn of<C: Config>() -> Self {
        Self {
            shape: <C as Shaped>::SHAPE,
            value: ValueType::of::<C>(),
            probe: probe::<C>,
            older: |bytes, schema, leaves| {
                older::<C>(bytes, schema, leaves).map(|config| Box::new(config) as _)
            },
        }
    }

    /// As [`ValueType::read`].
    ///
    /// # Errors
    ///
    /// The same.
    pub(crate) fn read(self, tree: Tree) -> Result<BoxedConfig, TreeError> {
        self.value.read(tree)
    }

    /// Reads a config that is all of these bytes.
    pub(crate) fn read_whole(&self, bytes: &[u8]) -> Option<BoxedConfig> {
        let (config, rest) = self.value.take(bytes)?;
        rest.is_empty().then_some(config)
    }
}
