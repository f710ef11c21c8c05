//! [`leaf_at`]: the one leaf behind a path, without making the others.

use serde::ser::{self, Serialize};

use super::{
    for_scalars::for_scalars,
    leaf::Value,
    scalar::{NotScalar, Scalar},
};

/// The scalar, list of scalars or variant that [`leaves`](super::leaves::leaves()) has at `path`, by serde's names.
///
/// A list is whole however long it is, and its items are found by their number too. An enum at the root is at the empty
/// path.
pub(crate) fn leaf_at<T: Serialize + ?Sized>(value: &T, path: &str) -> Option<Value> {
    value.serialize(Seeker { path }).ok().flatten()
}

struct Seeker<'p> {
    path: &'p str,
}

/// The parts of a value, of which one at most is on the path.
struct Parts<'p> {
    /// Nothing if the whole is off the path.
    path: Option<&'p str>,
    found: Option<Value>,
    /// The items so far, where the whole list is sought.
    list: Option<Vec<Value>>,
    count: usize,
    key: String,
}

type Found = Result<Option<Value>, NotScalar>;

/// What is left of `path` behind `step`.
fn behind<'p>(path: &'p str, step: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(step)?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_prefix('.')
    }
}

impl<'p> Seeker<'p> {
    fn scalar<T: Serialize + ?Sized>(self, value: &T) -> Found {
        if !self.path.is_empty() {
            return Ok(None);
        }
        value.serialize(Scalar).map(|(_, value)| Some(value))
    }

    fn parts(self) -> Parts<'p> {
        Parts {
            path: Some(self.path),
            found: None,
            list: None,
            count: 0,
            key: String::new(),
        }
    }

    fn items(self) -> Parts<'p> {
        Parts {
            list: self.path.is_empty().then(Vec::new),
            ..self.parts()
        }
    }

    /// The parts of a variant; the variant itself if the path ends here.
    fn variant(self, name: &str) -> Parts<'p> {
        Parts {
            path: behind(self.path, name),
            found: self.name(name),
            ..self.parts()
        }
    }

    fn name(&self, variant: &str) -> Option<Value> {
        self.path
            .is_empty()
            .then(|| Value::Variant(variant.to_owned()))
    }
}

macro_rules! scalars {
    ($($method:ident($type:ty),)*) => {$(
        fn $method(self, value: $type) -> Found {
            self.scalar(&value)
        }
    )*};
}

impl<'p> ser::Serializer for Seeker<'p> {
    type Ok = Option<Value>;
    type Error = NotScalar;
    type SerializeSeq = Parts<'p>;
    type SerializeTuple = Parts<'p>;
    type SerializeTupleStruct = Parts<'p>;
    type SerializeTupleVariant = Parts<'p>;
    type SerializeMap = Parts<'p>;
    type SerializeStruct = Parts<'p>;
    type SerializeStructVariant = Parts<'p>;

    for_scalars!(scalars);

    fn serialize_bytes(self, value: &[u8]) -> Found {
        Ok(self.path.is_empty().then(|| Value::Bytes(value.to_vec())))
    }

    fn serialize_none(self) -> Found {
        Ok(self.path.is_empty().then_some(Value::None))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Found {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Found {
        Ok(self.path.is_empty().then_some(Value::Unit))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Found {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Found {
        Ok(self.name(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Found {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Found {
        match behind(self.path, variant) {
            Some(path) => value.serialize(Seeker { path }),
            None => Ok(self.name(variant)),
        }
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'p>, NotScalar> {
        Ok(self.items())
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'p>, NotScalar> {
        Ok(self.items())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'p>, NotScalar> {
        Ok(self.items())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'p>, NotScalar> {
        match behind(self.path, variant) {
            Some("") => Ok(Seeker { path: "" }.items()),
            _ => Ok(self.variant(variant)),
        }
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'p>, NotScalar> {
        Ok(self.parts())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'p>, NotScalar> {
        Ok(self.parts())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'p>, NotScalar> {
        Ok(self.variant(variant))
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}

impl Parts<'_> {
    fn part<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), NotScalar> {
        if self.found.is_none()
            && let Some(path) = self.path.and_then(|path| behind(path, name))
        {
            self.found = value.serialize(Seeker { path })?;
        }
        Ok(())
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotScalar> {
        if let Some(list) = &mut self.list {
            list.push(value.serialize(Scalar)?.1);
            return Ok(());
        }
        let index = self.count;
        self.count += 1;
        if self.path.is_some_and(|path| !path.is_empty()) {
            self.part(&index.to_string(), value)
        } else {
            Ok(())
        }
    }
}

macro_rules! items {
    ($($trait:ident $method:ident,)*) => {$(
        impl ser::$trait for Parts<'_> {
            type Ok = Option<Value>;
            type Error = NotScalar;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotScalar> {
                self.item(value)
            }

            fn end(self) -> Found {
                Ok(self.list.map(Value::List).or(self.found))
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

impl ser::SerializeMap for Parts<'_> {
    type Ok = Option<Value>;
    type Error = NotScalar;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotScalar> {
        self.key = key.serialize(Scalar)?.1.to_string();
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotScalar> {
        let key = std::mem::take(&mut self.key);
        self.part(&key, value)
    }

    fn end(self) -> Found {
        Ok(self.found)
    }
}

macro_rules! fields {
    ($($trait:ident,)*) => {$(
        impl ser::$trait for Parts<'_> {
            type Ok = Option<Value>;
            type Error = NotScalar;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), NotScalar> {
                self.part(name, value)
            }

            fn end(self) -> Found {
                Ok(self.found)
            }
        }
    )*};
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::{
        config::Shaped,
        leaves::{Names, leaves},
        sample_config::{Sample, samples},
        schema::Schema,
    };

    #[test]
    fn items_of_a_list_have_places_of_their_own() {
        let config = Sample::default();
        assert_eq!(leaf_at(&config, "dims.1"), Some(Value::Int(4)));
        assert_eq!(leaf_at(&config, "dims.2"), None);
        assert_eq!(leaf_at(&config, "layers"), None);
        assert_eq!(leaf_at(&config, "optimizer"), None);
    }

    proptest! {
        #[test]
        fn every_leaf_is_found_at_its_path(config in samples()) {
            for leaf in leaves(&config, &Schema::new(Sample::SHAPE), Names::Serde) {
                // Not by `==`, for which NaN is not NaN.
                let found = leaf_at(&config, &leaf.path).map(|value| format!("{value:?}"));
                prop_assert_eq!(found, Some(format!("{:?}", leaf.value)), "{}", leaf.path);
            }
        }
    }
}
