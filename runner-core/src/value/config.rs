//! The [`Config`] trait: what the derive macro writes about a type, as data.

use std::fmt::Display;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    loss::Losses,
    schema::{Added, Was},
};

/// The input of one run: a struct with named fields or an enum, implemented by `#[derive(Config)]` only.
///
/// The derive writes out, as typed data, what other tools look up in a dictionary while the program runs: the
/// fields, their types and documentation, which of them are left out of the [key](super::key::Key) and why.
///
/// A type that is used *inside* a config needs `#[derive(Config)]` only if its own fields carry `#[config(…)]`
/// attributes; it then works wherever it sits (`Option`, `Vec`, `Box`, arrays, tuples, map values) with no annotation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a config",
    label = "this type needs `#[derive(Config)]`",
    note = "write `#[derive(Clone, serde::Serialize, serde::Deserialize, runner::Config)]` on `{Self}`"
)]
pub trait Config: Shaped + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The fields in the order of their declaration; empty for an enum.
    const FIELDS: &'static [Field];

    /// The variants in the order of their declaration; empty for a struct.
    const VARIANTS: &'static [Variant];

    /// The fields of the past that stay part of the key.
    #[doc(hidden)]
    const FORMER: &'static [Former] = &[];

    /// The value of the field that names the run, if there is one.
    #[doc(hidden)]
    fn run_name(&self) -> Option<String>;

    /// The names of the fields that are kept out of every file.
    #[doc(hidden)]
    const SECRETS: &'static [&'static str] = &[];

    /// The config with the default in the place of each secret.
    #[doc(hidden)]
    #[must_use]
    fn without_secrets(&self) -> Self {
        self.clone()
    }

    /// Notes the fields in which what came back from the stored form is not what was given.
    #[doc(hidden)]
    fn losses(&self, _stored: &Self, _losses: &mut Losses) {}
}

/// One field of a [`Config`], as its source declares it.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    #[doc(hidden)]
    pub name: &'static str,
    #[doc(hidden)]
    pub type_name: &'static str,
    #[doc(hidden)]
    pub doc: &'static str,
    #[doc(hidden)]
    pub rules: Rules,
}

impl Field {
    /// The name that serde, the command line and the reports use.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The type as written in the source, such as `f64` or `Option<u32>`.
    pub const fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// The doc comment, its lines joined by `\n`; empty if there is none.
    pub const fn doc(&self) -> &'static str {
        self.doc
    }

    /// Whether the field is `#[config(skip)]`: recorded, but its value is not part of the key.
    pub const fn is_skipped(&self) -> bool {
        self.rules.skip
    }

    /// Whether the field is `#[config(replicate)]`: reports aggregate over it.
    pub const fn is_replicate(&self) -> bool {
        self.rules.replicate
    }

    /// Whether the field names the run.
    pub const fn is_name(&self) -> bool {
        self.rules.naming
    }

    /// The name under which the field enters the key: the same as [`name`](Self::name) unless `#[config(key = "…")]` says otherwise.
    pub const fn key_name(&self) -> &'static str {
        self.rules.key
    }
}

/// One variant of an enum [`Config`].
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    #[doc(hidden)]
    pub name: &'static str,
    #[doc(hidden)]
    pub doc: &'static str,
    #[doc(hidden)]
    pub fields: &'static [Field],
}

impl Variant {
    /// The name that serde, the command line and the reports use.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The doc comment, its lines joined by `\n`; empty if there is none.
    pub const fn doc(&self) -> &'static str {
        self.doc
    }

    /// The fields; those of a tuple variant are named `0`, `1`, ….
    pub const fn fields(&self) -> &'static [Field] {
        self.fields
    }
}

impl Variant {
    /// The fields with the steps that lead to them behind the variant's name: the only value of a variant needs none.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (Option<&'static str>, &'static Field)> {
        let is_only = matches!(self.fields, [only] if only.name == "0");
        self.fields
            .iter()
            .map(move |field| ((!is_only).then_some(field.name), field))
    }
}

/// What the attributes of a field say; written by the derive.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an attribute that a field has or has not"
)]
pub struct Rules {
    /// The name in the key.
    pub key: &'static str,
    pub skip: bool,
    pub replicate: bool,
    pub naming: bool,
    /// Whether the order of maps in it is a part of the key.
    pub ordered: bool,
    /// The value that the field's absence meant.
    pub added: Option<fn() -> Added>,
    pub shape: Shape,
}

/// A field of the past, part of the key with one value for ever: one that was removed, or one that is skipped now.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Former {
    /// The variant that it belongs to; empty for a struct.
    pub variant: &'static str,
    /// The field as it was; `skip` in its rules tells one that is still there.
    pub field: Field,
    pub was: fn() -> Was,
}

/// Where configs sit inside the values of a type, as serde will present them.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// No config inside, or none that matters.
    Plain,
    /// A type with `#[derive(Config)]`.
    Config(fn() -> Members),
    /// An `Option`, a sequence, an array or a map: this is the shape of each item or map value.
    Through(&'static Shape),
    /// A tuple with the shapes of its items.
    Tuple(&'static [Shape]),
}

/// The members of a [`Shape::Config`].
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Members {
    pub fields: &'static [Field],
    pub variants: &'static [Variant],
    pub former: &'static [Former],
}

/// The members of a config type; a plain function, so that a recursive type has a finite [`Shape`].
#[doc(hidden)]
pub fn members<C: Config>() -> Members {
    Members {
        fields: C::FIELDS,
        variants: C::VARIANTS,
        former: C::FORMER,
    }
}

/// A type whose [`Shape`] is known: configs, the plain types of the standard library, and containers of both.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "it is not known whether `{Self}` holds a config",
    label = "neither a config nor a plain type of the standard library",
    note = "derive `Config` for `{Self}`, or write `#[config(plain)]` on the field that holds it to say that no `#[config(…)]` attribute inside it counts",
    note = "in a generic config, that is the field of the type parameter, as in `#[config(plain)] value: T`"
)]
pub trait Shaped {
    const SHAPE: Shape;
}

/// A type whose values hold a config, whether or not it is [`Shaped`]: the derive asks nothing of a config's type parameters
/// here, so that a generic config is recognised whatever its arguments are.
#[doc(hidden)]
pub trait HoldsConfig {}

/// Finds the shape of a concrete type that may or may not be [`Shaped`]: the inherent constant wins where it applies.
///
/// `<Probe<T>>::SHAPE` is `T::SHAPE` for a shaped `T` and [`Shape::Plain`] for any other, given
/// `use runner::__private::PlainShape` in scope. Type parameters must not be probed: for them the bound is not known.
#[doc(hidden)]
#[derive(Debug)]
pub struct Probe<T: ?Sized>(std::marker::PhantomData<T>);

impl<T: Shaped + ?Sized> Probe<T> {
    pub const SHAPE: Shape = T::SHAPE;
    pub const IS_SHAPED: bool = true;
}

impl<T: Config> Probe<T> {
    pub const SECRETS: &'static [&'static str] = T::SECRETS;
}

impl<T: HoldsConfig + ?Sized> Probe<T> {
    pub const HOLDS_CONFIG: bool = true;

    /// Refuses a config whose shape is not known, which [`PlainShape`] would take for plain. The bound is the method's, so
    /// that it does not keep this impl from being chosen.
    pub fn require_shape()
    where
        T: Shaped,
    {
    }
}

/// The fallback of [`Probe`].
#[doc(hidden)]
pub trait PlainShape {
    const SHAPE: Shape = Shape::Plain;
    const IS_SHAPED: bool = false;
    const HOLDS_CONFIG: bool = false;
    const SECRETS: &'static [&'static str] = &[];

    fn require_shape() {}
}

impl<T: ?Sized> PlainShape for Probe<T> {}

impl<T: ?Sized> Probe<T> {
    /// What a field of this type calls the run.
    pub fn run_name(value: &T) -> String
    where
        T: RunName,
    {
        value.run_name()
    }
}

/// A value that can name a run: whatever is `Display`, with an error that says so.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot name a run",
    label = "a field called `name` names the run",
    note = "implement `std::fmt::Display` for `{Self}`, or write `#[config(name)]` on the field that should name the run"
)]
pub trait RunName {
    fn run_name(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> RunName for T {
    fn run_name(&self) -> String {
        self.to_string()
    }
}

impl Shape {
    /// Whether a config sits anywhere inside.
    pub const fn holds_config(&self) -> bool {
        match self {
            Self::Plain => false,
            Self::Config(_) => true,
            Self::Through(inner) => inner.holds_config(),
            Self::Tuple(items) => {
                let mut index = 0;
                while index < items.len() {
                    if items[index].holds_config() {
                        return true;
                    }
                    index += 1;
                }
                false
            }
        }
    }
}
