//! serde's attributes: those that change the names and the presence of fields, and those that are refused.
//!
//! Unknown and malformed attributes are left to serde, which reports them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Ident, LitStr, Meta, Path};

use crate::{
    attr::Place,
    case::Case,
    errors::Errors,
    item::{Item, Value},
};

#[derive(Default)]
pub(crate) struct TypeSerde {
    pub(crate) rename_all: Option<Case>,
    pub(crate) rename_all_fields: Option<Case>,
}

#[derive(Default)]
pub(crate) struct VariantSerde {
    pub(crate) rename: Option<String>,
    pub(crate) rename_all: Option<Case>,
}

#[derive(Default)]
pub(crate) struct FieldSerde {
    pub(crate) rename: Option<String>,
    pub(crate) skip: Option<Ident>,
    pub(crate) serialize_with: Option<With>,
}

impl FieldSerde {
    /// Returns the function that writes the field in place of its `Serialize`.
    pub(crate) fn function(&self) -> Option<&TokenStream> {
        self.serialize_with.as_ref()?.function.as_ref()
    }
}

/// The attribute `with` or `serialize_with`.
pub(crate) struct With {
    /// The path of the function; `None` if it is malformed, which serde reports.
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
            "add `deserialize_with`, or use `with` for both: `serialize_with` alone cannot be read back",
        ),
        (None, Some(reads)) => errors.report(
            reads,
            "add `serialize_with`, or use `with` for both: `deserialize_with` alone does not match the stored form",
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

/// Attributes of serde whose output could not be read back, or would differ from the fields.
struct Refused {
    names: &'static [&'static str],
    place: Place,
    remedy: &'static str,
    reason: &'static str,
}

const HIDES: &str =
    "hides fields from their rules; a type that does not derive `Config` may have it";

const REFUSED: &[Refused] = &[
    Refused {
        names: &["tag", "content", "untagged"],
        place: Place::Type,
        remedy: "remove it, the command line and the reports show the variant's name without it",
        reason: HIDES,
    },
    Refused {
        names: &["from", "try_from", "into", "remote"],
        place: Place::Type,
        remedy: "derive `Config` on the other type, and convert it in `run`",
        reason: "stores another type than the one whose fields form the key",
    },
    Refused {
        names: &["transparent"],
        place: Place::Type,
        remedy: "remove it, or use the field's type in place of this one",
        reason: "hides the field's name from the key, the command line and the reports",
    },
    Refused {
        names: &["untagged"],
        place: Place::Variant,
        remedy: "remove it, the command line and the reports show the variant's name without it",
        reason: HIDES,
    },
    Refused {
        names: &["other"],
        place: Place::Variant,
        remedy: "remove it",
        reason: "would read a variant that no longer exists as another one",
    },
    Refused {
        names: &["skip", "skip_serializing", "skip_deserializing"],
        place: Place::Variant,
        remedy: "remove the variant or the attribute",
        reason: "on a variant shifts the numbers by which the store knows the others",
    },
    Refused {
        names: &["with", "serialize_with", "deserialize_with"],
        place: Place::Variant,
        remedy: "write it on the variant's fields",
        reason: "on a variant hides its fields from the key",
    },
    Refused {
        names: &["flatten"],
        place: Place::Field,
        remedy: "remove it, nested fields are written `outer.inner` on the command line and in reports",
        reason: HIDES,
    },
    Refused {
        names: &["skip_serializing", "skip_deserializing"],
        place: Place::Field,
        remedy: "use `#[serde(skip)]` together with `#[config(skip)]`",
        reason: "would read back another value than was written",
    },
    Refused {
        names: &["skip_serializing_if"],
        place: Place::Field,
        remedy: "use `#[config(added = EXPR)]` to leave the field out of the key while it equals EXPR",
        reason: "does not say which value the field has that is left out",
    },
];

/// Returns the items of all `#[serde(…)]` attributes, and reports those that are refused.
fn items(attrs: &[Attribute], place: Place, errors: &mut Errors) -> Vec<Item> {
    let mut items = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
        let Meta::List(list) = &attr.meta else {
            continue;
        };
        for item in Item::list(list.tokens.clone()).unwrap_or_default() {
            let name = &item.name;
            let refused = REFUSED.iter().find(|refused| {
                refused.place == place && refused.names.iter().any(|refused| name == refused)
            });
            match refused {
                Some(Refused { remedy, reason, .. }) => {
                    errors.report(name, format!("{remedy}: serde's `{name}` {reason}"));
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

/// Returns the name in `rename = "name"`, or in `rename(serialize = "name", deserialize = "name")`. Reports two names.
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
                    "write `#[serde({name} = \"{only}\")]`: a config has one name for writing and reading"
                ),
            );
        }
        written
    } else {
        item.string().as_ref().map(LitStr::value)
    }
}
