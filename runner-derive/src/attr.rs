//! What the `#[config(…)]` attributes say.

use proc_macro2::TokenStream;
use syn::{Attribute, Ident, LitStr, Meta, Path};

use crate::{
    errors::Errors,
    item::{Item, Value},
    removed::{self, Removed},
};

/// Where an attribute stands.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Type,
    Variant,
    Field,
}

/// The attributes of a type.
#[derive(Default)]
pub(crate) struct TypeAttrs {
    /// The path under which the type's crate knows `runner`.
    pub(crate) runner: Option<Path>,
    pub(crate) removed: Vec<Removed>,
}

/// The attributes of a field; each keeps its name's tokens for errors.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) skip: Option<Ident>,
    /// The value with which a skipped field stays part of the key.
    pub(crate) was: Option<TokenStream>,
    pub(crate) added: Option<(Ident, TokenStream)>,
    pub(crate) key: Option<(Ident, LitStr)>,
    pub(crate) name: Option<Ident>,
    pub(crate) replicate: Option<Ident>,
    pub(crate) plain: Option<Ident>,
}

/// The attributes of a type.
pub(crate) fn of_type(attrs: &[Attribute], errors: &mut Errors) -> TypeAttrs {
    let mut of_type = TypeAttrs::default();
    for entry in entries(attrs, Place::Type, errors) {
        match entry.argument {
            Argument::Path(path) => of_type.runner = Some(path),
            Argument::Removed(removed) => of_type.removed.push(*removed),
            _ => {}
        }
    }
    of_type
}

/// The fields that a variant has no more.
pub(crate) fn of_variant(attrs: &[Attribute], errors: &mut Errors) -> Vec<Removed> {
    let entries = entries(attrs, Place::Variant, errors).into_iter();
    entries
        .filter_map(|entry| match entry.argument {
            Argument::Removed(removed) => Some(*removed),
            _ => None,
        })
        .collect()
}

/// The attributes of a field.
pub(crate) fn of_field(attrs: &[Attribute], errors: &mut Errors) -> FieldAttrs {
    let mut of_field = FieldAttrs::default();
    for Entry { name, argument } in entries(attrs, Place::Field, errors) {
        match (name.to_string().as_str(), argument) {
            ("skip", argument) => {
                of_field.skip = Some(name);
                if let Argument::Expression(was) = argument {
                    of_field.was = Some(was);
                }
            }
            ("name", _) => of_field.name = Some(name),
            ("replicate", _) => of_field.replicate = Some(name),
            ("plain", _) => of_field.plain = Some(name),
            ("added", Argument::Expression(tokens)) => of_field.added = Some((name, tokens)),
            ("key", Argument::String(key)) => of_field.key = Some((name, key)),
            _ => {}
        }
    }
    of_field
}

/// An attribute that exists: where it may stand, and how it is written.
struct Known {
    name: &'static str,
    places: &'static [Place],
    form: Form,
    usage: &'static str,
}

#[derive(Clone, Copy)]
enum Form {
    Flag,
    Skip,
    Removed,
    Expression,
    String,
    Path,
}

const KNOWN: &[Known] = &[
    Known {
        name: "skip",
        places: &[Place::Field],
        form: Form::Skip,
        usage: "#[config(skip)]` or `#[config(skip(was = EXPR))]",
    },
    Known {
        name: "added",
        places: &[Place::Field],
        form: Form::Expression,
        usage: "#[config(added = EXPR)]",
    },
    Known {
        name: "key",
        places: &[Place::Field],
        form: Form::String,
        usage: "#[config(key = \"old_name\")]",
    },
    Known {
        name: "name",
        places: &[Place::Field],
        form: Form::Flag,
        usage: "#[config(name)]",
    },
    Known {
        name: "replicate",
        places: &[Place::Field],
        form: Form::Flag,
        usage: "#[config(replicate)]",
    },
    Known {
        name: "plain",
        places: &[Place::Field],
        form: Form::Flag,
        usage: "#[config(plain)]",
    },
    Known {
        name: "removed",
        places: &[Place::Type, Place::Variant],
        form: Form::Removed,
        usage: removed::USAGE,
    },
    Known {
        name: "crate",
        places: &[Place::Type],
        form: Form::Path,
        usage: "#[config(crate = path::to::runner)]",
    },
];

/// An attribute that was found to be known, in its place, well formed and the only one of its name.
struct Entry {
    name: Ident,
    argument: Argument,
}

enum Argument {
    None,
    Expression(TokenStream),
    String(LitStr),
    Path(Path),
    Removed(Box<Removed>),
}

fn entries(attrs: &[Attribute], place: Place, errors: &mut Errors) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("config")) {
        let list = match &attr.meta {
            Meta::List(list) if !list.tokens.is_empty() => list,
            meta => {
                errors.report(
                    meta,
                    "write what it should say in parentheses, such as `#[config(skip)]`",
                );
                continue;
            }
        };
        let items = Item::list(list.tokens.clone()).unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        });
        for item in items {
            let Some(entry) = entry(item, place, errors) else {
                continue;
            };
            let may_repeat = matches!(entry.argument, Argument::Removed(_));
            if !may_repeat && entries.iter().any(|earlier| earlier.name == entry.name) {
                errors.report(&entry.name, format!("`{}` is given twice", entry.name));
            } else {
                entries.push(entry);
            }
        }
    }
    entries
}

fn entry(item: Item, place: Place, errors: &mut Errors) -> Option<Entry> {
    let name = item.name;
    let Some(known) = KNOWN.iter().find(|known| name == known.name) else {
        errors.report(&name, unknown(&name.to_string(), place));
        return None;
    };
    if !known.places.contains(&place) {
        errors.report(&name, misplaced(known, place));
        return None;
    }
    let argument = match (known.form, item.value) {
        (Form::Removed, Value::List(tokens)) => {
            let removed = Removed::parse(&name, tokens, errors)?;
            Some(Argument::Removed(Box::new(removed)))
        }
        (Form::Skip, Value::List(tokens)) => {
            let was = removed::values(tokens, &["was"], errors)?.pop().flatten();
            was.map(Argument::Expression)
        }
        (Form::Flag | Form::Skip, Value::None) => Some(Argument::None),
        (Form::Expression, Value::Assigned(tokens)) => Some(Argument::Expression(tokens)),
        (Form::String, Value::Assigned(tokens)) => syn::parse2(tokens).ok().map(Argument::String),
        (Form::Path, Value::Assigned(tokens)) => syn::parse2(tokens).ok().map(Argument::Path),
        _ => None,
    };
    let Some(argument) = argument else {
        errors.report(
            &name,
            format!("malformed `{name}`: write `{}`", known.usage),
        );
        return None;
    };
    Some(Entry { name, argument })
}

fn unknown(name: &str, place: Place) -> String {
    // The nearest would be `name`, which is something else.
    if name == "rename" {
        let key = match place {
            Place::Field => {
                ", or `#[config(key = \"old_name\")]` for a renamed field that keeps its old name in the key"
            }
            Place::Type | Place::Variant => "",
        };
        return format!(
            "unknown attribute `rename`: names are serde's, so write `#[serde(rename = \"…\")]`{key}"
        );
    }
    let here: Vec<&str> = KNOWN
        .iter()
        .filter(|known| known.places.contains(&place))
        .map(|known| known.name)
        .collect();
    let nearest = here
        .iter()
        .map(|known| (distance(name, known), known))
        .min()
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3));
    match nearest {
        Some((_, nearest)) => format!("unknown attribute `{name}`: did you mean `{nearest}`?"),
        None => format!(
            "unknown attribute `{name}`: there is `{}`",
            here.join("`, `")
        ),
    }
}

fn misplaced(known: &Known, place: Place) -> String {
    let name = known.name;
    match (known.places[0], place) {
        (Place::Field, Place::Variant) if name == "key" => {
            "`key` belongs on a field: a renamed variant keeps its key with \
             `#[serde(rename = \"OldName\")]`"
                .to_owned()
        }
        (Place::Field, Place::Variant) => format!(
            "`{name}` belongs on a field: write `{}` on a field of the variant",
            known.usage
        ),
        (Place::Field, _) => format!("`{name}` belongs on a field: write `{}` there", known.usage),
        _ => format!(
            "`{name}` belongs on the type: write `{}` above it",
            known.usage
        ),
    }
}

/// The number of letters to insert, remove or replace to turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, right) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distance_counts_edits() {
        for (a, b, expected) in [
            ("", "", 0),
            ("skip", "skip", 0),
            ("skp", "skip", 1),
            ("skipp", "skip", 1),
            ("aded", "added", 1),
            ("kitten", "sitting", 3),
            ("", "key", 3),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
