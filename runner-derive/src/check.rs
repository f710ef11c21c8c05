//! What the attributes and types of a config must not say.

use std::collections::HashMap;

use quote::ToTokens;
use syn::{Generics, Ident, Member, Type};

use crate::{
    ast::{Body, Field, Input},
    attr::FieldAttrs,
    errors::Errors,
    removed::Removed,
    ty,
};

/// Reports every mistake that is not one of a single attribute.
pub(crate) fn check(input: &Input, errors: &mut Errors) {
    for lifetime in input.generics.lifetimes() {
        errors.report(
            lifetime,
            "a config owns its values: remove the lifetime, and write `String` or `Vec` for what it borrows",
        );
    }
    match &input.body {
        Body::Struct(fields) => {
            check_removed(fields, &input.removed, errors);
            check_fields(fields, &input.generics, errors);
        }
        Body::Enum(variants) => {
            for removed in &input.removed {
                errors.report(
                    &removed.name,
                    "an enum's fields are those of its variants: write `removed` above the variant that had it",
                );
            }
            let mut names = HashMap::new();
            for variant in variants {
                if let Some(other) = names.insert(&variant.name, &variant.ident) {
                    errors.report(
                        &variant.ident,
                        format!(
                            "variant `{other}` is called `{}` too: give one of them another `#[serde(rename = \"…\")]`",
                            variant.name
                        ),
                    );
                }
                check_removed(&variant.fields, &variant.removed, errors);
                check_fields(&variant.fields, &input.generics, errors);
            }
        }
    }
}

fn check_fields(fields: &[Field], generics: &Generics, errors: &mut Errors) {
    for field in fields {
        check_conflicts(&field.attrs, errors);
        // The function is called by an item of its own, which cannot name the parameters of the type.
        let added = field.attrs.added.as_ref().map(|(added, _)| added);
        let skip = field.attrs.skip.as_ref();
        let evaluated = added.or(skip.filter(|_| field.attrs.was.is_some()));
        if let Some(evaluated) = evaluated
            && field.serde.serialize_with.is_some()
            && ty::mentions_parameter(&field.ty, generics)
        {
            errors.report(
                evaluated,
                format!(
                    "`{evaluated}` conflicts with serde's `with` where the field's type has a type parameter: \
                     remove one of them"
                ),
            );
        }
        check_skip(field, errors);
        let written_by_function = field.serde.serialize_with.is_some();
        let counts = field.attrs.skip.is_none() || field.attrs.was.is_some();
        check_type(
            &field.ty,
            counts && !written_by_function,
            field.serde.skip.is_none() && !written_by_function,
            errors,
        );
    }
    check_order(fields, errors);
    check_names(fields, errors);
    let mut naming = fields.iter().filter_map(|field| field.attrs.name.as_ref());
    naming.next();
    for name in naming {
        errors.report(
            name,
            "another field names the run already: remove `name` from one of them",
        );
    }
}

/// The fields of a tuple variant are known by their numbers, which one that came later must not shift.
fn check_order(fields: &[Field], errors: &mut Errors) {
    for (index, field) in fields.iter().enumerate() {
        let (Some((added, _)), Member::Unnamed(_)) = (&field.attrs.added, &field.member) else {
            continue;
        };
        let is_shifted = |field: &Field| field.attrs.added.is_none() && field.attrs.key.is_none();
        if fields[index + 1..].iter().any(is_shifted) {
            errors.report(
                added,
                "the values behind it have other numbers than before: move it to the end, give each of them its old number \
                 with `#[config(key = \"…\")]`, or give the variant's fields names",
            );
        }
    }
}

/// Fields that are no more must not be there.
fn check_removed(fields: &[Field], removed: &[Removed], errors: &mut Errors) {
    let counts = |field: &&Field| field.attrs.skip.is_none() || field.attrs.was.is_some();
    for (index, removed_field) in removed.iter().enumerate() {
        let Removed { name, ty, .. } = removed_field;
        let key = name.value();
        check_type(ty, true, false, errors);
        if key.is_empty() {
            errors.report(
                name,
                "the name must not be empty: write the field's old name",
            );
        }
        if removed[..index]
            .iter()
            .any(|other| other.name.value() == key)
        {
            errors.report(name, format!("`{key}` is removed twice"));
        }
        if fields
            .iter()
            .any(|field| matches!(field.member, Member::Unnamed(_)))
        {
            errors.report(
                name,
                "the fields of this variant have numbers, not names: give them names, and write \
                 `#[config(added = EXPR)]` or another variant for what changes",
            );
            continue;
        }
        if let Some(field) = fields
            .iter()
            .filter(counts)
            .find(|field| field.key() == key)
        {
            errors.report(
                name,
                format!(
                    "field `{}` has the key `{key}` too: give it another `#[config(key = \"…\")]`, so that its \
                     values are not taken for those of the removed field",
                    field.member.to_token_stream(),
                ),
            );
        }
    }
}

fn check_conflicts(attrs: &FieldAttrs, errors: &mut Errors) {
    let skip = attrs.skip.as_ref();
    let added = attrs.added.as_ref().map(|(name, _)| name);
    let key = attrs.key.as_ref().map(|(name, _)| name);
    let replicate = attrs.replicate.as_ref();
    let conflicts: [(Option<&Ident>, Option<&Ident>, &str); 3] = [
        (
            skip,
            added,
            "a skipped field is never in the key, so it needs no `added`",
        ),
        (
            skip.filter(|_| attrs.was.is_none()),
            key,
            "a skipped field is never in the key, so it needs no `key`",
        ),
        (
            skip,
            replicate,
            "replicates of one key would be one run: remove `skip`",
        ),
    ];
    for (one, other, why) in conflicts {
        if let (Some(one), Some(other)) = (one, other) {
            errors.report(other, format!("`{one}` conflicts with `{other}`: {why}"));
        }
    }
    if let Some((_, key)) = &attrs.key
        && key.value().is_empty()
    {
        errors.report(key, "the key must not be empty: write the field's old name");
    }
}

fn check_skip(field: &Field, errors: &mut Errors) {
    let Some(skip) = &field.serde.skip else {
        return;
    };
    if field.attrs.skip.is_none() {
        errors.report(
            skip,
            "serde's `skip` leaves the field out of all that is stored: write `#[config(skip)]` if it cannot change \
             the result, and keep serde's only if the field's `Default` will do for it",
        );
    } else if field.attrs.was.is_some() {
        errors.report(
            skip,
            "serde's `skip` leaves the field out of the key's walk too: write `#[config(skip)]` on the field, and \
             `#[config(removed(\"name\": Type, was = EXPR))]` above it",
        );
    } else if matches!(field.member, Member::Unnamed(_)) {
        errors.report(
            skip,
            "serde's `skip` would renumber the fields after it: give the variant's fields names",
        );
    }
}

/// Types that cannot be stored, or whose order changes from one process to the next.
fn check_type(ty: &Type, in_key: bool, stored: bool, errors: &mut Errors) {
    ty::walk(ty, &mut |ty| match ty {
        Type::Reference(reference) => {
            let owned = match &*reference.elem {
                Type::Slice(slice) => {
                    format!("Vec<{}>", crate::print::print(slice.elem.to_token_stream()))
                }
                elem => match crate::print::print(elem.to_token_stream()).as_str() {
                    "str" => "String".to_owned(),
                    elem => elem.to_owned(),
                },
            };
            errors.report(
                reference,
                format!("a config owns its values: write `{owned}`"),
            );
        }
        Type::Path(path) => {
            let segments = ty::segments(path);
            let last = segments.last().map_or("", String::as_str);
            if in_key && last.ends_with("HashSet") {
                errors.report(
                    &path.path,
                    format!(
                        "a `{last}` has no stable order, so its key would change from run to run: write `BTreeSet`"
                    ),
                );
            }
            let dynamic = match segments.as_slice() {
                [.., parent, last] => {
                    parent == "serde_json"
                        || (last == "Value" && PARSERS.contains(&parent.as_str()))
                }
                _ => false,
            };
            if stored && dynamic {
                errors.report(
                    &path.path,
                    format!(
                        "a `{}` cannot be read back from the store, which writes no types: \
                         write a struct or an enum, or keep its text in a `String`",
                        segments.join("::")
                    ),
                );
            }
        }
        _ => {}
    });
}

/// Crates whose `Value` can only be read from a format that tells the types.
const PARSERS: [&str; 7] = [
    "toml",
    "serde_yaml",
    "serde_yml",
    "serde_norway",
    "ciborium",
    "rmpv",
    "serde_value",
];

fn check_names(fields: &[Field], errors: &mut Errors) {
    let mut names: HashMap<&str, &Field> = HashMap::new();
    let mut keys: HashMap<String, &Field> = HashMap::new();
    for field in fields {
        if let Some(other) = names.insert(&field.name, field) {
            errors.report(
                &field.member,
                format!(
                    "field `{}` is called `{}` too: give one of them another `#[serde(rename = \"…\")]`",
                    other.member.to_token_stream(),
                    field.name
                ),
            );
            continue;
        }
        if field.attrs.skip.is_some() && field.attrs.was.is_none() {
            continue;
        }
        if let Some(earlier) = keys.insert(field.key(), field) {
            // The field that gave its key by hand is the one to change.
            let (at, other) = match (&field.attrs.key, &earlier.attrs.key) {
                (Some((_, key)), _) => (key.to_token_stream(), earlier),
                (None, Some((_, key))) => (key.to_token_stream(), field),
                (None, None) => (field.member.to_token_stream(), earlier),
            };
            errors.report(
                at,
                format!(
                    "field `{}` has the key `{}` too: give one of them another `#[config(key = \"…\")]`",
                    other.member.to_token_stream(),
                    field.key()
                ),
            );
        }
    }
}
