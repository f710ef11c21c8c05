//! [`witnesses`]: the few among many values that show in which scalars all of them differ.
//!
//! Collecting the leaves of a value takes a microsecond, most of it for paths. A sketch takes a fraction of that, so that a
//! hundred thousand runs are looked through before anybody notices.

use std::collections::HashMap;

use super::{any::AnyValue, key::Digest, tree::Tree, tree_ser::Lists};

/// The values that suffice to find every leaf, and every leaf in which two values differ: for each structure the first
/// value that has it, and the first that differs from that one in each scalar. A value that cannot be serialised is one.
pub(crate) fn witnesses<'a>(
    values: impl Iterator<Item = &'a dyn AnyValue>,
    lists: Lists,
) -> Vec<&'a dyn AnyValue> {
    let mut known: HashMap<u64, (Vec<u64>, Vec<bool>)> = HashMap::new();
    let mut witnesses = Vec::new();
    let mut sketch = Sketch::default();
    for value in values {
        sketch.structure = 0;
        sketch.scalars.clear();
        let Ok(tree) = value.shown(lists) else {
            witnesses.push(value);
            continue;
        };
        sketch.add(&tree);
        let mut is_witness = false;
        let (first, differs) = known.entry(sketch.structure).or_insert_with(|| {
            is_witness = true;
            (sketch.scalars.clone(), vec![false; sketch.scalars.len()])
        });
        for ((scalar, first), differs) in sketch.scalars.iter().zip(first).zip(differs) {
            if scalar != first && !*differs {
                *differs = true;
                is_witness = true;
            }
        }
        if is_witness {
            witnesses.push(value);
        }
    }
    witnesses
}

/// A value as numbers: equal values have equal sketches, and different ones almost never.
#[derive(Default)]
struct Sketch {
    /// Which variants, options, keys and lengths there are.
    structure: u64,
    scalars: Vec<u64>,
}

impl Sketch {
    fn add(&mut self, tree: &Tree) {
        match tree {
            Tree::None => self.mix(1),
            Tree::Some(inner) => {
                self.mix(2);
                self.add(inner);
            }
            Tree::Unit | Tree::UnitStruct => self.mix(3),
            Tree::Bool(value) => self.scalars.push((*value).into()),
            Tree::Whole(whole) => self.scalars.push(whole.word()),
            Tree::F32(value) => self.scalars.push(value.to_bits().into()),
            Tree::F64(value) => self.scalars.push(value.to_bits()),
            Tree::Char(value) => self.scalars.push((*value).into()),
            Tree::Str(text) => self.scalars.push(Digest::of(text.as_bytes()).low()),
            Tree::Bytes(bytes) => self.scalars.push(Digest::of(bytes).low()),
            Tree::UnitVariant(name) => self.name(name),
            Tree::Variant(name, _, content) => {
                self.name(name);
                self.add(content);
            }
            Tree::Seq(items) | Tree::Tuple(items) => {
                for item in items {
                    self.add(item);
                }
                self.mix(items.len() as u64);
            }
            Tree::Map(entries) => {
                for (key, value) in entries {
                    self.key(key);
                    self.add(value);
                }
                self.mix(entries.len() as u64);
            }
            Tree::Struct(fields) => {
                for (name, value) in fields {
                    self.name(name);
                    self.add(value);
                }
            }
            // No value is typed.
            Tree::Text(_) | Tree::Word(_) | Tree::Quoted(_) | Tree::List(_) | Tree::Object(_) => {}
        }
    }

    /// Which keys there are is a matter of structure.
    fn key(&mut self, key: &Tree) {
        let start = self.scalars.len();
        self.add(key);
        for place in start..self.scalars.len() {
            self.mix(self.scalars[place]);
        }
        self.scalars.truncate(start);
    }

    /// A hand-written `Serialize` may leave fields out; a name's place in memory tells names apart.
    fn name(&mut self, name: &str) {
        self.mix(name.as_ptr().addr() as u64);
        self.mix(name.len() as u64);
    }

    fn mix(&mut self, part: u64) {
        // The multiplier of FNV-1a, on words: order matters, and nothing here is anybody's secret.
        self.structure = (self.structure.rotate_left(5) ^ part).wrapping_mul(0x0100_0000_01b3);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use serde::Serialize;

    fn check<T: Serialize + Send + Sync + 'static>(values: &[T], lists: Lists, expected: &[usize]) {
        let all = values.iter().map(|value| value as &dyn AnyValue);
        let place = |witness: &&dyn AnyValue| {
            let is_it = |value: &T| std::ptr::addr_eq(value, *witness);
            values.iter().position(is_it)
        };
        let found: Vec<_> = witnesses(all, lists).iter().map(place).collect();
        let expected: Vec<_> = expected.iter().copied().map(Some).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_first_difference_in_each_scalar_is_a_witness() {
        check(&[1, 1, 2, 3, 1], Lists::Keep, &[0, 2]);
        check(
            &[(1, 'a'), (2, 'a'), (3, 'a'), (1, 'b')],
            Lists::Keep,
            &[0, 1, 3],
        );
        check(&["x", "x"], Lists::Keep, &[0]);
    }

    #[test]
    fn the_first_of_each_structure_is_a_witness() {
        check(&[Some(1), None, Some(1), None], Lists::Keep, &[0, 1]);
        check(&[Ok(1), Err(1), Ok(2)], Lists::Keep, &[0, 1, 2]);
        check(&[vec![1], vec![], vec![1]], Lists::Keep, &[0, 1]);
        let maps = ["a", "b", "a"].map(|key| BTreeMap::from([(key, 1)]));
        check(&maps, Lists::Keep, &[0, 1]);
    }

    #[test]
    fn lists_that_are_skipped_are_no_difference() {
        check(&[(1, vec![1]), (1, vec![2, 3])], Lists::Skip, &[0]);
    }
}
