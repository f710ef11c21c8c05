//! Where a path leads, in a type and in a [`Tree`].

use super::{
    any::AnyValue,
    ask::{Place, ProbeType, Takes},
    config::{Field, Shape},
    notation,
    path::KIND,
    tree::Tree,
    tree_error::TreeError,
    value_type::ConfigType,
};

/// What the type that `probe` asks takes at `path`, and the path without a last `kind` that only names an enum's variant.
///
/// # Errors
///
/// If there is no such place.
pub(crate) fn resolve(
    probe: ProbeType,
    mut path: Vec<String>,
) -> Result<(Vec<String>, Place), TreeError> {
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    match (probe(&steps), steps.split_last()) {
        (Ok(place), _) => Ok((path, place)),
        (Err(error), Some((&KIND, outside))) => match probe(outside) {
            Ok(place) if matches!(place.takes, Takes::Enum(_)) => {
                path.pop();
                Ok((path, place))
            }
            _ => Err(error),
        },
        (Err(error), _) => Err(error),
    }
}

/// Puts `value` at the place behind `path`. A variant that is named becomes the one in use, an option is filled.
///
/// # Errors
///
/// If a list has no such item.
pub(crate) fn put(node: &mut Tree, path: &[String], value: Tree) -> Result<(), TreeError> {
    let Some((step, rest)) = path.split_first() else {
        if !names_variant(node, &value) {
            *node = value;
        }
        return Ok(());
    };
    if let Tree::Text(text) = node
        && text.starts_with(['[', '{'])
        && let Ok(parsed) = notation::parse(text)
    {
        *node = parsed;
    }
    if let Tree::Some(inner) = node {
        return put(inner, path, value);
    }
    let placed = if let Some(inside) = child(node, step)? {
        put(inside, rest, value)
    } else {
        let mut inside = Tree::Unit;
        let placed = put(&mut inside, rest, value);
        *node = Tree::Object(vec![(step.clone().into(), inside)]);
        placed
    };
    placed.map_err(|error| error.inside(step))
}

/// Whether the value only names the variant that is in use already; its fields are kept then.
fn names_variant(node: &Tree, value: &Tree) -> bool {
    match (node, value) {
        (Tree::Some(inner), _) => names_variant(inner, value),
        (Tree::UnitVariant(name) | Tree::Variant(name, ..), Tree::Text(text)) => **text == **name,
        (Tree::Object(fields), Tree::Text(text)) => {
            matches!(fields.as_slice(), [(name, _)] if **text == **name)
        }
        _ => false,
    }
}

/// What is below `step`, made if need be; nothing if the node has no parts and must be replaced.
fn child<'a>(node: &'a mut Tree, step: &str) -> Result<Option<&'a mut Tree>, TreeError> {
    Ok(match node {
        Tree::Struct(fields) | Tree::Object(fields) => Some(entry(
            fields,
            |name| name == step,
            || step.to_owned().into(),
        )),
        Tree::Map(entries) => {
            let key = || Tree::Word(step.to_owned());
            Some(entry(entries, |key| is_key(key, step), key))
        }
        Tree::Seq(items) | Tree::Tuple(items) | Tree::List(items) => {
            let length = items.len();
            let item = step
                .parse()
                .ok()
                .and_then(|index: usize| items.get_mut(index));
            Some(item.ok_or_else(|| {
                TreeError::of_name(format!(
                    "the list has {length} items; give all of them as `[…]` to have more"
                ))
                .inside(step)
            })?)
        }
        Tree::Variant(name, _, content) if *name == step => Some(content),
        _ => None,
    })
}

fn entry<K>(
    entries: &mut Vec<(K, Tree)>,
    is_meant: impl Fn(&K) -> bool,
    key: impl FnOnce() -> K,
) -> &mut Tree {
    let index = entries
        .iter()
        .position(|(key, _)| is_meant(key))
        .unwrap_or_else(|| {
            entries.push((key(), Tree::Unit));
            entries.len() - 1
        });
    &mut entries[index].1
}

/// The path with every field called as serde writes it, where the type of `config` knows it by an alias as well.
pub(crate) fn without_aliases(
    of: ConfigType,
    config: &dyn AnyValue,
    mut path: Vec<String>,
) -> Vec<String> {
    for _ in 0..path.len() {
        let Ok(mut tree) = config.tree() else { break };
        if put(&mut tree, &path, Tree::Unit).is_err() {
            break;
        }
        // A struct that is given a field under both names says which one it is.
        let Err(error) = of.read(tree) else {
            break;
        };
        let outside = error.path();
        let (Some(name), Some(step)) = (error.duplicate(), path.get(outside.len())) else {
            break;
        };
        if step == name || !path.iter().zip(&outside).all(|(step, other)| step == other) {
            break;
        }
        let at = outside.len();
        name.clone_into(&mut path[at]);
    }
    path
}

pub(super) fn is_key(key: &Tree, step: &str) -> bool {
    match key {
        Tree::Str(name) | Tree::Word(name) | Tree::Quoted(name) => name == step,
        Tree::UnitVariant(name) | Tree::Variant(name, ..) => *name == step,
        Tree::Whole(_) | Tree::Char(_) | Tree::Bool(_) => key
            .scalar()
            .is_some_and(|(_, value)| value.to_string() == step),
        _ => false,
    }
}

/// The field that `path` leads to, if types that derive `Config` lead there.
pub(crate) fn field_at(shape: Shape, path: &[&str]) -> Option<&'static Field> {
    let (step, rest) = path.split_first()?;
    match shape {
        Shape::Plain => None,
        Shape::Config(members) => {
            let members = members();
            if let Some(field) = named(members.fields, step) {
                return within(field, rest);
            }
            let variant = members
                .variants
                .iter()
                .find(|variant| variant.name() == *step)?;
            variant.parts().find_map(|(step, field)| match step {
                None => within(field, rest),
                Some(step) => (*rest.first()? == step).then(|| within(field, &rest[1..]))?,
            })
        }
        // An `Option` adds no step to a path; a list or map does.
        Shape::Through(inner) => field_at(*inner, path).or_else(|| field_at(*inner, rest)),
        Shape::Tuple(items) => field_at(*items.get(step.parse::<usize>().ok()?)?, rest),
    }
}

fn named(fields: &'static [Field], name: &str) -> Option<&'static Field> {
    fields.iter().find(|field| field.name() == name)
}

fn within(field: &'static Field, rest: &[&str]) -> Option<&'static Field> {
    if rest.is_empty() {
        Some(field)
    } else {
        field_at(field.rules.shape, rest)
    }
}

/// The first line of a field's documentation in parentheses, after a space; empty without documentation.
pub(crate) fn remark(field: Option<&Field>) -> String {
    let line = field.map_or("", |field| field.doc().lines().next().unwrap_or_default());
    match line.trim().trim_end_matches('.') {
        "" => String::new(),
        line => format!(" ({line})"),
    }
}
