//! What serde's attributes say, as far as it changes what is written, and which of them cannot be.
//!
//! Only the names and the presence of fields matter here. Attributes that are unknown or malformed are left to serde,
//! which reports them itself.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Ident, LitStr, Meta, Path};

use crate::{
    attr::Place,
    case::Case,
    errors::Errors,
    item::{Item, Value},
};

/// serde's attributes on a type.
#[derive(Default)]
pub(crate) struct TypeSerde {
    pub(crate) rename_all: Option<Case>,
    pub(crate) rename_all_fields: Option<Case>,
}

/// serde's attributes on a variant.
#[derive(Default)]
pub(crate) struct VariantSerde {
    pub(crate) rename: Option<String>,
    pub(crate) rename_all: Option<Case>,
}

/// serde's attributes on a field.
#[derive(Default)]
pub(crate) struct FieldSerde {
    pub(crate) rename: Option<String>,
    pub(crate) skip: Option<Ident>,
    pub(crate) serialize_with: Option<With>,
}

impl FieldSerde {
    /// The function that writes the field, if it is not the type's own.
    pub(crate) fn function(&self) -> Option<&TokenStream> {
        self.serialize_with.as_ref()?.function.as_ref()
    }
}

/// A function that writes a field in place of its `Serialize`.
pub(crate) struct With {
    /// The path of the function; `None` if what is written is no path, which serde reports.
    pub(crate) function: Option<TokenStream>,
}

pub(crate) fn of_type(attrs: &[Attribute], errors: &mut Errors) -> TypeSerde {
    let mut serde = TypeSerde::default();
    for item in items(attrs, Place::Type, errors) {
        match item.name.to_string().as_str() {
            "rename_all" => serde.rename_all = case(&item, errors),
            "rename_all_fields" => serde.rename_all_fields = case(&item, errors),
            _ => {}
        }
    }
    serde
}

pub(crate) fn of_variant(attrs: &[Attribute], errors: &mut Errors) -> VariantSerde {
    let mut serde = VariantSerde::default();
    for item in items(attrs, Place::Variant, errors) {
        match item.name.to_string().as_str() {
            "rename" => serde.rename = one_name(&item, errors),
            "rename_all" => serde.rename_all = case(&item, errors),
            _ => {}
        }
    }
    serde
}

pub(crate) fn of_field(attrs: &[Attribute], errors: &mut Errors) -> FieldSerde {
    let mut serde = FieldSerde::default();
    let mut writes = None;
    let mut reads = None;
    for item in items(attrs, Place::Field, errors) {
        match item.name.to_string().as_str() {
            "rename" => serde.rename = one_name(&item, errors),
            "skip" => serde.skip = Some(item.name),
            "with" => serde.serialize_with = Some(with(&item, |module| quote!(#module::serialize))),
            "serialize_with" => {
                serde.serialize_with = Some(with(&item, |function| quote!(#function)));
                writes = Some(item.name);
            }
            "deserialize_with" => reads = Some(item.name),
            _ => {}
        }
    }
    match (writes, reads) {
        (Some(writes), None) => errors.report(
            writes,
            "`serialize_with` alone cannot be read back: write `deserialize_with` too, or `with` for both",
        ),
        (None, Some(reads)) => errors.report(
            reads,
            "`deserialize_with` alone does not read what is written: write `serialize_with` too, or `with` for both",
        ),
        _ => {}
    }
    serde
}

fn with(item: &Item, function: impl Fn(Path) -> TokenStream) -> With {
    let path = item.string().and_then(|string| string.parse::<Path>().ok());
    With {
        function: path.map(function),
    }
}

/// An attribute of serde whose output could not be read back, or would not be what the fields say.
struct Refused {
    name: &'static str,
    place: Place,
    remedy: &'static str,
}

const fn refused(name: &'static str, place: Place, remedy: &'static str) -> Refused {
    Refused {
        name,
        place,
        remedy,
    }
}

const NOT_READ_BACK: &str = "does not survive the store's format, which holds no names: remove it, \
    the command line and the reports show the variant's name without it";
const HIDDEN_FIELDS: &str = "stores another type than the one whose fields form the key: \
    derive `Config` on that type, and convert it in `run`";
const HALF_SKIPPED: &str = "would read back something else than was written: use `#[serde(skip)]` \
    together with `#[config(skip)]`";
const VARIANT_SKIPPED: &str = "on a variant shifts the numbers by which the store knows the others: \
    remove the variant, or the attribute";
const VARIANT_WITH: &str =
    "on a variant hides its fields from the key: write it on the fields instead";

const REFUSED: &[Refused] = &[
    refused("tag", Place::Type, NOT_READ_BACK),
    refused("content", Place::Type, NOT_READ_BACK),
    refused("untagged", Place::Type, NOT_READ_BACK),
    refused("from", Place::Type, HIDDEN_FIELDS),
    refused("try_from", Place::Type, HIDDEN_FIELDS),
    refused("into", Place::Type, HIDDEN_FIELDS),
    refused("remote", Place::Type, HIDDEN_FIELDS),
    refused(
        "transparent",
        Place::Type,
        "hides the field's name from the key, the command line and the reports: remove it, \
         or use the field's type in place of this one",
    ),
    refused("untagged", Place::Variant, NOT_READ_BACK),
    refused(
        "other",
        Place::Variant,
        "would read a variant that no longer exists as another one: remove it",
    ),
    refused("skip", Place::Variant, VARIANT_SKIPPED),
    refused("skip_serializing", Place::Variant, VARIANT_SKIPPED),
    refused("skip_deserializing", Place::Variant, VARIANT_SKIPPED),
    refused("with", Place::Variant, VARIANT_WITH),
    refused("serialize_with", Place::Variant, VARIANT_WITH),
    refused("deserialize_with", Place::Variant, VARIANT_WITH),
    refused(
        "flatten",
        Place::Field,
        "does not survive the store's format, which holds no names: remove it, nested fields are \
         written `outer.inner` on the command line and in reports",
    ),
    refused("skip_serializing", Place::Field, HALF_SKIPPED),
    refused("skip_deserializing", Place::Field, HALF_SKIPPED),
    refused(
        "skip_serializing_if",
        Place::Field,
        "does not survive the store's format, which holds no names: use `#[config(added = EXPR)]` \
         to leave the field out of the key while it equals EXPR",
    ),
];

/// The items of all `#[serde(…)]` attributes that are not refused.
fn items(attrs: &[Attribute], place: Place, errors: &mut Errors) -> Vec<Item> {
    let mut items = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
        let Meta::List(list) = &attr.meta else {
            continue;
        };
        for item in Item::list(list.tokens.clone()).unwrap_or_default() {
            let refused = REFUSED
                .iter()
                .find(|refused| refused.place == place && item.name == refused.name);
            match refused {
                Some(Refused { name, remedy, .. }) => {
                    errors.report(&item.name, format!("serde's `{name}` {remedy}"));
                }
                None => items.push(item),
            }
        }
    }
    items
}

fn case(item: &Item, errors: &mut Errors) -> Option<Case> {
    Case::from_name(&one_name(item, errors)?)
}

/// The name in `rename = "name"`, or in `rename(serialize = "name", deserialize = "name")` if both are the same.
fn one_name(item: &Item, errors: &mut Errors) -> Option<String> {
    if let Value::List(tokens) = &item.value {
        let sides = Item::list(tokens.clone()).ok()?;
        let side = |name: &str| {
            let side = sides.iter().find(|side| side.name == name)?;
            side.string().as_ref().map(LitStr::value)
        };
        let written = side("serialize");
        if written.is_none() || written != side("deserialize") {
            let name = &item.name;
            let only = written.as_deref().unwrap_or("…");
            errors.report(
                name,
                format!(
                    "a config has one name for writing and reading: write `#[serde({name} = \"{only}\")]`"
                ),
            );
        }
        written
    } else {
        item.string().as_ref().map(LitStr::value)
    }
}
