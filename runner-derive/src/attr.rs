//! The `#[config(…)]` attributes of types, variants and fields.

use proc_macro2::TokenStream;
use syn::{Attribute, Ident, LitStr, Meta, Path};

use crate::{
    errors::Errors,
    item::{Item, Value},
    removed::{self, Removed},
};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Type,
    Variant,
    Field,
}

#[derive(Default)]
pub(crate) struct TypeAttrs {
    /// The path of `runner` in the user's crate.
    pub(crate) runner: Option<Path>,
    pub(crate) removed: Vec<Removed>,
    /// The name of the method that starts a sweep.
    pub(crate) sweep: Option<Ident>,
}

/// The attributes of a field, each with its name's tokens for errors.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) skip: Option<Ident>,
    /// The value that stands for a skipped field in the key.
    pub(crate) was: Option<TokenStream>,
    pub(crate) added: Option<(Ident, TokenStream)>,
    pub(crate) key: Option<(Ident, LitStr)>,
    pub(crate) name: Option<Ident>,
    pub(crate) replicate: Option<Ident>,
    pub(crate) plain: Option<Ident>,
    pub(crate) ordered: Option<Ident>,
    pub(crate) secret: Option<Ident>,
}

pub(crate) fn of_type(attrs: &[Attribute], errors: &mut Errors) -> TypeAttrs {
    let mut of_type = TypeAttrs::default();
    for entry in entries(attrs, Place::Type, errors) {
        match entry.argument {
            Argument::Path(path) => of_type.runner = Some(path),
            Argument::String(name) => match name.parse() {
                Ok(name) => of_type.sweep = Some(name),
                Err(_) => errors.report(
                    &name,
                    "write the name of a method: `#[config(sweep = \"vary\")]`",
                ),
            },
            Argument::Removed(removed) => of_type.removed.push(*removed),
            _ => {}
        }
    }
    of_type
}

/// Returns the removed fields of a variant.
pub(crate) fn of_variant(attrs: &[Attribute], errors: &mut Errors) -> Vec<Removed> {
    let entries = entries(attrs, Place::Variant, errors).into_iter();
    entries
        .filter_map(|entry| match entry.argument {
            Argument::Removed(removed) => Some(*removed),
            _ => None,
        })
        .collect()
}

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
            ("secret", _) => {
                of_field.skip.get_or_insert_with(|| name.clone());
                of_field.secret = Some(name);
            }
            ("name", _) => of_field.name = Some(name),
            ("replicate", _) => of_field.replicate = Some(name),
            ("plain", _) => of_field.plain = Some(name),
            ("ordered", _) => of_field.ordered = Some(name),
            ("added", Argument::Expression(tokens)) => of_field.added = Some((name, tokens)),
            ("key", Argument::String(key)) => of_field.key = Some((name, key)),
            _ => {}
        }
    }
    of_field
}

/// A supported attribute.
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

const fn known(
    name: &'static str,
    places: &'static [Place],
    form: Form,
    usage: &'static str,
) -> Known {
    Known {
        name,
        places,
        form,
        usage,
    }
}

const KNOWN: &[Known] = &[
    known(
        "skip",
        &[Place::Field],
        Form::Skip,
        "#[config(skip)]` or `#[config(skip(was = EXPR))]",
    ),
    known(
        "added",
        &[Place::Field],
        Form::Expression,
        "#[config(added = EXPR)]",
    ),
    known(
        "key",
        &[Place::Field],
        Form::String,
        "#[config(key = \"old_name\")]",
    ),
    known("name", &[Place::Field], Form::Flag, "#[config(name)]"),
    known(
        "replicate",
        &[Place::Field],
        Form::Flag,
        "#[config(replicate)]",
    ),
    known("plain", &[Place::Field], Form::Flag, "#[config(plain)]"),
    known("ordered", &[Place::Field], Form::Flag, "#[config(ordered)]"),
    known("secret", &[Place::Field], Form::Flag, "#[config(secret)]"),
    known(
        "removed",
        &[Place::Type, Place::Variant],
        Form::Removed,
        removed::USAGE,
    ),
    known(
        "sweep",
        &[Place::Type],
        Form::String,
        "#[config(sweep = \"vary\")]",
    ),
    known(
        "crate",
        &[Place::Type],
        Form::Path,
        "#[config(crate = path::to::runner)]",
    ),
];

/// A supported attribute in the right place, well formed and not repeated.
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
                    "write the attributes in parentheses, such as `#[config(skip)]`",
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
                errors.report(&entry.name, format!("write `{}` only once", entry.name));
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
            format!("write `{}`: this `{name}` is malformed", known.usage),
        );
        return None;
    };
    Some(Entry { name, argument })
}

fn unknown(name: &str, place: Place) -> String {
    // `name` is the most similar attribute but means something else.
    if name == "rename" {
        let key = match place {
            Place::Field => {
                ", or `#[config(key = \"old_name\")]` to keep a renamed field's old name in the key"
            }
            Place::Type | Place::Variant => "",
        };
        return format!("write `#[serde(rename = \"…\")]`{key}: names are serde's");
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
            "unknown attribute `{name}`: expected `{}`",
            here.join("`, `")
        ),
    }
}

fn misplaced(known: &Known, place: Place) -> String {
    let name = known.name;
    match (known.places[0], place) {
        (Place::Field, Place::Variant) if name == "key" => {
            "write `#[serde(rename = \"OldName\")]` to keep a renamed variant's key: `key` belongs on a field"
                .to_owned()
        }
        (Place::Field, Place::Variant) => format!(
            "write `{}` on a field of the variant: `{name}` belongs on a field",
            known.usage
        ),
        (Place::Field, _) => format!("write `{}` on a field: `{name}` belongs there", known.usage),
        _ => format!(
            "write `{}` above the type: `{name}` belongs there",
            known.usage
        ),
    }
}

/// Returns the edit distance: the number of letters to insert, remove or replace to turn `a` into `b`.
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
