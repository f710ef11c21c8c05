//! [`probe`]: asks a type, without any value of it, what it takes at a path.
//!
//! The type's own `Deserialize` is driven along the path: it says which fields and variants it knows, and at the end which
//! kind of value it asks for. So plain types without `#[derive(Config)]` are known as well as configs.

use serde::de::{self, DeserializeOwned, DeserializeSeed, Visitor};

use super::scalar::{Kind, for_wholes};

use super::{
    tree::Tree,
    tree_de::{self, Reader},
    tree_error::TreeError,
    tree_error::no_such,
};

/// What a type takes at one place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) takes: Takes,
    /// Whether it may be `none` as well.
    pub(crate) is_optional: bool,
}

/// A kind of value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Takes {
    Scalar(Kind),
    /// One of these variants.
    Enum(&'static [&'static str]),
    Struct(&'static [&'static str]),
    List,
    Map,
    /// The type does not say.
    Any,
}

impl Takes {
    /// What to write, for people.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Scalar(Kind::Bool) => "`true` or `false`".to_owned(),
            Self::Scalar(Kind::Char) => "a character".to_owned(),
            Self::Scalar(Kind::Unit) => "`()`".to_owned(),
            Self::Scalar(kind) => kind.name().to_owned(),
            Self::Enum(variants) => format!("one of {}", variants.join(", ")),
            Self::Struct(fields) => format!("the fields {}", fields.join(", ")),
            Self::List => "a list".to_owned(),
            Self::Map => "an object".to_owned(),
            Self::Any => "a value".to_owned(),
        }
    }

    pub(crate) const fn is_number(&self) -> bool {
        matches!(self, Self::Scalar(kind) if kind.is_number())
    }
}

/// [`probe`] for some type.
pub(crate) type ProbeType = fn(&[&str]) -> Result<Place, TreeError>;

/// What a `T` takes at `path`.
///
/// # Errors
///
/// If there is no such place; the error says from where on, and what is there instead.
pub(crate) fn probe<T: DeserializeOwned>(path: &[&str]) -> Result<Place, TreeError> {
    let mut found = None;
    let mut is_optional = false;
    let prober = Prober {
        path,
        found: &mut found,
        is_optional: &mut is_optional,
        fields: None,
    };
    let outcome = T::deserialize(prober);
    match (found, outcome) {
        (Some(found), _) => found.map(|takes| Place { takes, is_optional }),
        // A type with checks of its own may refuse before it is asked for what it takes.
        (None, _) => Ok(Place {
            takes: Takes::Any,
            is_optional: false,
        }),
    }
}

type Found = Result<Takes, TreeError>;

/// A deserializer that has no value and ends every attempt with an error, once it has seen what is asked for.
struct Prober<'p> {
    path: &'p [&'p str],
    found: &'p mut Option<Found>,
    is_optional: &'p mut bool,
    /// The fields of the struct around this place.
    fields: Option<&'static [&'static str]>,
}

impl Prober<'_> {
    /// Ends here with `takes`, or with an error if the path goes on.
    fn end<R>(self, takes: Takes) -> Result<R, TreeError> {
        *self.found = Some(found(self.path, takes));
        Err(stop())
    }

    fn fail<R>(self, error: TreeError) -> Result<R, TreeError> {
        *self.found = Some(Err(error));
        Err(stop())
    }

    /// What is probed behind the first step of the path, as a part of a struct if its `fields` are known.
    fn next(&mut self, fields: Option<&'static [&'static str]>) -> Prober<'_> {
        Prober {
            path: self.path.get(1..).unwrap_or_default(),
            found: self.found,
            is_optional: self.is_optional,
            fields,
        }
    }

    /// Adds the first step of the path to the error that was found behind it.
    fn came_back(&mut self) {
        let step = self.path.first().copied().unwrap_or_default();
        if let Some(Err(error)) = self.found.take_if(|found| found.is_err()) {
            *self.found = Some(Err(match self.fields {
                Some(fields) if error.is_ignored() => TreeError::no_field(step, fields),
                _ => error.inside(step),
            }));
        }
    }
}

fn found(path: &[&str], takes: Takes) -> Found {
    match path.first() {
        Some(step) if takes != Takes::Any => Err(TreeError::of_name(format!(
            "it takes {} and has no field `{step}`",
            takes.describe()
        ))),
        _ => Ok(takes),
    }
}

/// The error that ends an attempt; what was found is kept elsewhere.
fn stop() -> TreeError {
    TreeError::new("the attempt ends here")
}

macro_rules! ends {
    ($($method:ident => $takes:expr,)*) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, TreeError> {
            self.end($takes)
        }
    )*};
}

macro_rules! wholes {
    ($($kind:ident $type:ident $serialize:ident $deserialize:ident $visit:ident,)*) => {
        ends! { $($deserialize => Takes::Scalar(Kind::$kind),)* }
    };
}

impl<'de> de::Deserializer<'de> for Prober<'_> {
    type Error = TreeError;

    for_wholes!(wholes);

    ends! {
        deserialize_any => Takes::Any,
        deserialize_bool => Takes::Scalar(Kind::Bool),
        deserialize_f32 => Takes::Scalar(Kind::F32),
        deserialize_f64 => Takes::Scalar(Kind::F64),
        deserialize_char => Takes::Scalar(Kind::Char),
        deserialize_str => Takes::Scalar(Kind::Text),
        deserialize_string => Takes::Scalar(Kind::Text),
        deserialize_identifier => Takes::Scalar(Kind::Text),
        deserialize_bytes => Takes::Scalar(Kind::Bytes),
        deserialize_byte_buf => Takes::Scalar(Kind::Bytes),
        deserialize_unit => Takes::Scalar(Kind::Unit),
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        *self.is_optional = self.path.is_empty();
        visitor.visit_some(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: V,
    ) -> Result<V::Value, TreeError> {
        self.end(Takes::Scalar(Kind::Unit))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.path.first() {
            None => self.end(Takes::List),
            Some(step) if step.parse::<usize>().is_err() => {
                let message = format!("its items are numbered: `{step}` is no number");
                self.fail(TreeError::new(message))
            }
            Some(_) => visitor.visit_seq(Inside::without_fields(self)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        match self.path.first().map(|step| step.parse::<usize>()) {
            Some(Ok(0)) if length > 0 => visitor.visit_seq(Inside::without_fields(self)),
            // The items before cannot be made up, so the type of a later one cannot be asked for.
            Some(Ok(index)) if index < length => {
                *self.found = Some(Ok(Takes::Any));
                Err(stop())
            }
            Some(_) => {
                let step = self.path[0];
                let message =
                    format!("its {length} items are numbered from 0: there is no `{step}`");
                self.fail(TreeError::new(message))
            }
            None => self.end(Takes::List),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        if self.path.is_empty() {
            self.end(Takes::Map)
        } else {
            visitor.visit_map(Inside::without_fields(self))
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        if self.path.is_empty() {
            return self.end(Takes::Struct(fields));
        }
        self.fields = Some(fields);
        visitor.visit_map(Inside(self))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        match self.path.first() {
            None => self.end(Takes::Enum(variants)),
            Some(step) if !variants.is_empty() && !variants.contains(step) => {
                self.fail(TreeError::of_name(no_such("variant", step, variants)))
            }
            Some(_) => visitor.visit_enum(Inside::without_fields(self)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, TreeError> {
        match self.fields {
            Some(_) => self.fail(TreeError::ignored()),
            None => self.end(Takes::Any),
        }
    }
}

/// Hands out the one item, entry, field or variant that the path names next.
struct Inside<'p>(Prober<'p>);

impl<'p> Inside<'p> {
    fn without_fields(mut prober: Prober<'p>) -> Self {
        prober.fields = None;
        Self(prober)
    }

    fn step(&self) -> &'p str {
        self.0.path.first().copied().unwrap_or_default()
    }

    fn value<'de, T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, TreeError> {
        let fields = self.0.fields;
        let value = seed.deserialize(self.0.next(fields));
        self.0.came_back();
        value
    }

    /// Probes the content of the variant through `ask`.
    fn content<R>(
        mut self,
        ask: impl FnOnce(Prober<'_>) -> Result<R, TreeError>,
    ) -> Result<R, TreeError> {
        let content = ask(self.0.next(None));
        self.0.came_back();
        content
    }
}

impl<'de> de::SeqAccess<'de> for Inside<'_> {
    type Error = TreeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, TreeError> {
        self.value(seed).map(Some)
    }
}

impl<'de> de::MapAccess<'de> for Inside<'_> {
    type Error = TreeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, TreeError> {
        let step = self.step();
        let key = if self.0.fields.is_some() {
            seed.deserialize(tree_de::name(step))
        } else {
            seed.deserialize(Reader::new(Tree::Word(step.to_owned())))
        };
        match key {
            Ok(key) => Ok(Some(key)),
            Err(error) => {
                *self.0.found = Some(Err(error));
                Err(stop())
            }
        }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, TreeError> {
        self.value(seed)
    }
}

impl<'de> de::EnumAccess<'de> for Inside<'_> {
    type Error = TreeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), TreeError> {
        let value = seed.deserialize(tree_de::name(self.step()))?;
        Ok((value, self))
    }
}

impl<'de> de::VariantAccess<'de> for Inside<'_> {
    type Error = TreeError;

    fn unit_variant(self) -> Result<(), TreeError> {
        self.content(|prober| prober.end(Takes::Scalar(Kind::Unit)))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, TreeError> {
        self.content(|prober| seed.deserialize(prober))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.content(|prober| de::Deserializer::deserialize_tuple(prober, length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.content(|prober| de::Deserializer::deserialize_struct(prober, "", fields, visitor))
    }
}
