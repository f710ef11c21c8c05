//! [`witnesses`]: the few among many values that show in which scalars all of them differ.
//!
//! Collecting the leaves of a value takes a microsecond, most of it for paths. A sketch takes a twentieth of that, so that a
//! hundred thousand runs are looked through before anybody notices.

use std::{collections::HashMap, fmt};

use serde::ser::{self, Serialize};

use super::any::AnyValue;
use super::digest::Digest;

/// What becomes of lists and tuples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lists {
    Keep,
    Skip,
}

/// The values that suffice to find every leaf, and every leaf in which two values differ: for each structure the first
/// value that has it, and the first that differs from that one in each scalar.
pub(crate) fn witnesses<'a>(
    values: impl Iterator<Item = &'a dyn AnyValue>,
    lists: Lists,
) -> Vec<&'a dyn AnyValue> {
    let mut known: HashMap<u64, (Vec<u64>, Vec<bool>)> = HashMap::new();
    let mut witnesses = Vec::new();
    let mut sketch = Sketch {
        structure: 0,
        scalars: Vec::new(),
        lists,
    };
    for value in values {
        sketch.structure = 0;
        sketch.scalars.clear();
        let is_whole = value.sketch(&mut sketch);
        let mut is_witness = !is_whole;
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
pub(crate) struct Sketch {
    /// Which variants, options, keys and lengths there are.
    structure: u64,
    pub(crate) scalars: Vec<u64>,
    lists: Lists,
}

impl Sketch {
    pub(crate) fn mix(&mut self, part: u64) {
        // The multiplier of FNV-1a, on words: order matters, and nothing here is anybody's secret.
        self.structure = (self.structure.rotate_left(5) ^ part).wrapping_mul(0x0100_0000_01b3);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.scalars.push(Digest::of(bytes).low());
    }

    pub(crate) fn variant(&mut self, index: u32) -> &mut Self {
        self.mix(u64::from(index) + 0x100);
        self
    }
}

/// Why a value has no sketch: its own `Serialize` failed.
#[derive(Debug)]
pub(crate) struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value cannot be serialised")
    }
}

impl std::error::Error for Failed {}

impl ser::Error for Failed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// A list, map or struct inside a sketch.
pub(crate) struct Inside<'a> {
    pub(crate) sketch: &'a mut Sketch,
    pub(crate) count: u64,
}

impl<'a> Inside<'a> {
    #[expect(clippy::unnecessary_wraps, reason = "serde asks for a result")]
    pub(crate) fn new(sketch: &'a mut Sketch) -> Result<Self, Failed> {
        Ok(Self { sketch, count: 0 })
    }

    pub(crate) fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        if self.sketch.lists == Lists::Skip {
            return Ok(());
        }
        self.count += 1;
        value.serialize(&mut *self.sketch)
    }

    pub(crate) fn close(self) {
        self.sketch.mix(self.count);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn check<T: Serialize>(values: &[T], lists: Lists, expected: &[usize]) {
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
