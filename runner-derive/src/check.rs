//! Checks across attributes and types, on the parsed model.

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

/// Reports every mistake that parsing a single attribute cannot see.
pub(crate) fn check(input: &Input, errors: &mut Errors) {
    for lifetime in input.generics.lifetimes() {
        errors.report(
            lifetime,
            "remove the lifetime, and write `String` or `Vec` in place of borrowed values: a config owns its values",
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
                    "write `removed` above the variant that had the field: an enum itself has no fields",
                );
            }
            let mut names = HashMap::new();
            for variant in variants {
                if let Some(other) = names.insert(&variant.name, &variant.ident) {
                    errors.report(
                        &variant.ident,
                        format!(
                            "give one of the variants another `#[serde(rename = \"…\")]`: `{other}` is called `{}` too",
                            variant.name
                        ),
                    );
                }
                for secret in variant
                    .fields
                    .iter()
                    .filter_map(|field| field.attrs.secret.as_ref())
                {
                    errors.report(
                        secret,
                        "move the field to a struct: only a struct's `secret` fields are kept out of files",
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
        // The generated code calls serde's `with` in an item of its own, which cannot name the type's parameters.
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
                    "remove `{evaluated}` or serde's `with`: they conflict where the field's type has a type parameter"
                ),
            );
        }
        check_skip(field, errors);
        let written_by_function = field.serde.serialize_with.is_some();
        let counts = field.attrs.skip.is_none() || field.attrs.was.is_some();
        check_type(&field.ty, counts && !written_by_function, errors);
    }
    check_order(fields, errors);
    check_names(fields, errors);
    let mut naming = fields.iter().filter_map(|field| field.attrs.name.as_ref());
    naming.next();
    for name in naming {
        errors.report(
            name,
            "remove `name` from all fields but one: only one field names the run",
        );
    }
}

/// A tuple variant's fields have numbers for keys, so an `added` field must not renumber older ones.
fn check_order(fields: &[Field], errors: &mut Errors) {
    for (index, field) in fields.iter().enumerate() {
        let (Some((added, _)), Member::Unnamed(_)) = (&field.attrs.added, &field.member) else {
            continue;
        };
        let is_shifted = |field: &Field| field.attrs.added.is_none() && field.attrs.key.is_none();
        if fields[index + 1..].iter().any(is_shifted) {
            errors.report(
                added,
                "move the field to the end, give each field behind it its old number with `#[config(key = \"…\")]`, \
                 or give the variant's fields names: an added field renumbers those behind it",
            );
        }
    }
}

fn check_removed(fields: &[Field], removed: &[Removed], errors: &mut Errors) {
    let counts = |field: &&Field| field.attrs.skip.is_none() || field.attrs.was.is_some();
    for (index, removed_field) in removed.iter().enumerate() {
        let Removed { name, ty, .. } = removed_field;
        let key = name.value();
        check_type(ty, true, errors);
        if key.is_empty() {
            errors.report(name, "write the field's old name: it must not be empty");
        }
        if removed[..index]
            .iter()
            .any(|other| other.name.value() == key)
        {
            errors.report(name, format!("write `removed` only once for `{key}`"));
        }
        if fields
            .iter()
            .any(|field| matches!(field.member, Member::Unnamed(_)))
        {
            errors.report(
                name,
                "give the variant's fields names, and use `#[config(added = EXPR)]` or another variant for the \
                 change: fields with numbers cannot be removed",
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
                    "give field `{}` another `#[config(key = \"…\")]`: its key is `{key}` too, so its values would \
                     be taken for those of the removed field",
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
    let conflicts: [(Option<&Ident>, Option<&Ident>, &str); 6] = [
        (
            attrs.secret.as_ref(),
            attrs.name.as_ref(),
            "remove `name`: a secret cannot name the run",
        ),
        (
            attrs.secret.as_ref().filter(|_| attrs.was.is_some()),
            skip,
            "remove `secret`: what counts in the key is no secret",
        ),
        (
            skip,
            added,
            "remove `added`: a skipped field is never in the key",
        ),
        (
            skip.filter(|_| attrs.was.is_none()),
            key,
            "remove `key`: a skipped field is never in the key",
        ),
        (
            skip.filter(|_| attrs.was.is_none()),
            attrs.ordered.as_ref(),
            "remove `ordered`: a skipped field is never in the key",
        ),
        (
            skip,
            replicate,
            "remove `skip`: all replicates would have one key, and so be one run",
        ),
    ];
    for (skip, other, message) in conflicts {
        if let (Some(_), Some(other)) = (skip, other) {
            errors.report(other, message);
        }
    }
    if let Some((_, key)) = &attrs.key
        && key.value().is_empty()
    {
        errors.report(key, "write the field's old name: the key must not be empty");
    }
}

fn check_skip(field: &Field, errors: &mut Errors) {
    let Some(skip) = &field.serde.skip else {
        return;
    };
    if field.attrs.skip.is_none() {
        errors.report(
            skip,
            "write `#[config(skip)]` if the field cannot change the result, and keep serde's `skip` only if the \
             field's `Default` may replace it: serde's `skip` leaves the field out of everything stored",
        );
    } else if field.attrs.was.is_some() {
        errors.report(
            skip,
            "write `#[config(skip)]` on the field, and `#[config(removed(\"name\": Type, was = EXPR))]` above the \
             type or variant: serde's `skip` leaves the field out of the key",
        );
    } else if matches!(field.member, Member::Unnamed(_)) {
        errors.report(
            skip,
            "give the variant's fields names: serde's `skip` would renumber the fields after this one",
        );
    }
}

/// Reports types that own no value or have no stable order.
fn check_type(ty: &Type, in_key: bool, errors: &mut Errors) {
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
                format!("write `{owned}`: a config owns its values"),
            );
        }
        Type::Path(path) => {
            let segments = ty::segments(path);
            let last = segments.last().map_or("", String::as_str);
            if in_key && last == "BinaryHeap" {
                errors.report(
                    &path.path,
                    "write a sorted `Vec`: a `BinaryHeap` is stored in one of several orders, so equal ones would have several keys",
                );
            }
            if in_key && last.ends_with("HashSet") {
                errors.report(
                    &path.path,
                    format!(
                        "write `BTreeSet`: a `{last}` has no stable order, so its key would change from run to run"
                    ),
                );
            }
        }
        _ => {}
    });
}

fn check_names(fields: &[Field], errors: &mut Errors) {
    let mut names: HashMap<&str, &Field> = HashMap::new();
    let mut keys: HashMap<String, &Field> = HashMap::new();
    for field in fields {
        if let Some(other) = names.insert(&field.name, field) {
            errors.report(
                &field.member,
                format!(
                    "give one of the fields another `#[serde(rename = \"…\")]`: `{}` is called `{}` too",
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
            // Of the two, the key written by hand is easier to change.
            let (at, other) = match (&field.attrs.key, &earlier.attrs.key) {
                (Some((_, key)), _) => (key.to_token_stream(), earlier),
                (None, Some((_, key))) => (key.to_token_stream(), field),
                (None, None) => (field.member.to_token_stream(), earlier),
            };
            errors.report(
                at,
                format!(
                    "give one of the fields another `#[config(key = \"…\")]`: `{}` has the key `{}` too",
                    other.member.to_token_stream(),
                    field.key()
                ),
            );
        }
    }
}
