//! What is one thing for people although it has parts: a quantity in two fields, and a list of lists.

use super::{
    forms::Node,
    scalar::Value,
    schema::Schema,
    tree::{Named, Tree},
    walk::Walker,
};

/// Names of the whole seconds of a quantity.
const SECONDS: [&str; 4] = ["secs", "seconds", "sec", "tv_sec"];

/// The field of the whole seconds of a time.
const SINCE_EPOCH: &str = "secs_since_epoch";

/// Names of the rest of a second, and the nanoseconds of its unit.
const PARTS: [(&str, i128); 11] = [
    ("nanos", 1),
    ("nanos_since_epoch", 1),
    ("nanoseconds", 1),
    ("nsec", 1),
    ("tv_nsec", 1),
    ("micros", 1_000),
    ("microseconds", 1_000),
    ("usec", 1_000),
    ("tv_usec", 1_000),
    ("millis", 1_000_000),
    ("milliseconds", 1_000_000),
];

/// Returns a value with parts as one; `None` for scalars, flat lists, and all that people see in parts.
pub(super) fn whole(
    node: Node<'_>,
    schema: &Schema,
    items_max: usize,
    walker: &mut Walker,
) -> Option<Value> {
    match node.shown {
        Tree::Struct(fields) if schema.fields().present.is_empty() => quantity(fields),
        Tree::Seq(items) | Tree::Tuple(items) if !items.iter().all(Tree::is_scalar) => {
            list(node, items.len(), schema, items_max, walker)
        }
        _ => None,
    }
}

fn list(
    node: Node<'_>,
    length: usize,
    schema: &Schema,
    items_max: usize,
    walker: &mut Walker,
) -> Option<Value> {
    let items = (0..length).map(|index| {
        let (mut item, mut schema) = (node.item(index)?, schema.item(index));
        while matches!(item.shown, Tree::Some(_)) {
            (item, schema) = (item.content()?, schema.item(0));
        }
        match item.shown {
            Tree::Seq(items) | Tree::Tuple(items) => {
                list(item, items.len(), schema, items_max, walker)
            }
            scalar if scalar.is_scalar() => Some(scalar.scalar()?.1),
            _ => whole(item, schema, items_max, walker),
        }
    });
    let items = items.collect::<Option<Vec<Value>>>()?;
    if length <= items_max {
        return Some(Value::List(items));
    }
    let digest = walker.aside(node.compact, schema)?;
    Some(Value::Large(length as u64, digest))
}

/// Returns the time that a struct is in parts.
pub(super) fn quantity(fields: &[Named]) -> Option<Value> {
    let [(whole, Tree::Whole(seconds)), (part, Tree::Whole(parts))] = fields else {
        return None;
    };
    let (_, unit) = PARTS.iter().find(|(name, _)| *name == &**part)?;
    let seconds: i128 = seconds.get()?;
    let nanos = seconds
        .checked_mul(1_000_000_000)?
        .checked_add(parts.get::<i128>()?.checked_mul(*unit)?)?;
    if **whole == *SINCE_EPOCH {
        Some(Value::Time(nanos))
    } else {
        SECONDS
            .contains(&&**whole)
            .then_some(Value::Duration(nanos))
    }
}
