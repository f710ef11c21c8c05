//! [`check_entries`]: whether a map has all entries that were written for it.

use super::{notation, place::is_key, tree::Tree, tree_error::TreeError};

/// Compares what was written with the value that was made of it. Of two entries with one key, as `1` and `01` are for a
/// map by numbers, a map keeps the last.
///
/// # Errors
///
/// If a map has fewer entries than were written; the error names the keys that are written in another way.
pub(crate) fn check_entries(written: &Tree, made: &Tree) -> Result<(), TreeError> {
    match (written, made) {
        (Tree::Text(text), _) if text.starts_with(['[', '{']) => {
            // What could not be read as a list or object is a text.
            notation::parse(text).map_or(Ok(()), |parsed| check_entries(&parsed, made))
        }
        (written, Tree::Some(made)) => check_entries(written.inner(), made.inner()),
        (Tree::Variant(_, _, written), Tree::Variant(_, _, made)) => check_entries(written, made),
        (Tree::Object(fields), Tree::Variant(name, _, made)) => {
            let content = fields.iter().find(|(field, _)| field == name);
            content.map_or(Ok(()), |(name, written)| {
                check_entries(written, made).map_err(|error| error.inside(name))
            })
        }
        (Tree::Struct(fields) | Tree::Object(fields), Tree::Struct(made)) => {
            fields.iter().try_for_each(|(name, written)| {
                let made = made.iter().find(|(other, _)| other == name);
                made.map_or(Ok(()), |(_, made)| {
                    check_entries(written, made).map_err(|error| error.inside(name))
                })
            })
        }
        (
            Tree::Seq(written) | Tree::Tuple(written) | Tree::List(written),
            Tree::Seq(made) | Tree::Tuple(made),
        ) if written.len() == made.len() => {
            let mut pairs = written.iter().zip(made).enumerate();
            pairs.try_for_each(|(index, (written, made))| {
                check_entries(written, made).map_err(|error| error.inside(index))
            })
        }
        (Tree::Object(fields), Tree::Map(entries)) => {
            let is_known = |name: &str| entries.iter().any(|(key, _)| is_key(key, name));
            if fields.len() > entries.len() {
                let others = fields.iter().map(|(name, _)| &**name);
                return Err(twice(others.filter(|name| !is_known(name))));
            }
            fields.iter().try_for_each(|(name, written)| {
                let made = entries.iter().find(|(key, _)| is_key(key, name));
                made.map_or(Ok(()), |(_, made)| {
                    check_entries(written, made).map_err(|error| error.inside(name))
                })
            })
        }
        (Tree::Map(written), Tree::Map(made)) if written.len() > made.len() => {
            let others = written.iter().filter_map(|(key, _)| match key {
                Tree::Word(name) => Some(name.as_str()),
                _ => None,
            });
            Err(twice(others))
        }
        _ => Ok(()),
    }
}

fn twice<'a>(others: impl Iterator<Item = &'a str>) -> TreeError {
    let others: Vec<String> = others.map(|name| format!("`{name}`")).collect();
    let others = others.join(", ");
    TreeError::of_name(format!(
        "write each key once: {others} is the same key as another"
    ))
}
