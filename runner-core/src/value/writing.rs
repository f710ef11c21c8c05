//! [`Writing`]: how a value is taken apart. [`Sketch`]: a value as numbers, which are compared in place of the value.

use std::cell::{Cell, Ref, RefCell};

use super::{
    scalar::{Digest, for_wholes},
    tree::Tree,
    tree_error::TreeError,
    tree_ser::{TreeWriter, Written},
};

/// How a value is taken apart, and what is learned meanwhile.
#[derive(Debug)]
pub(crate) struct Writing {
    pub(super) is_human_readable: bool,
    pub(super) lists: Lists,
    /// Whether any part of the value asked for its form; otherwise both forms are the same.
    pub(super) asked: Cell<bool>,
    /// The number of leaves so far, for [`Lists::Head`].
    leaves: Cell<usize>,
    /// What is made in place of a tree.
    pub(super) sketch: Option<RefCell<Sketch>>,
    /// Whether an error stands in the place of a part that cannot be written.
    is_lenient: bool,
}

/// The items of lists and tuples that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lists {
    Keep,
    /// Enough to know the paths and kinds of the first [`STORED_MAX`] leaves.
    Head,
    /// Those of short tuples.
    Skip,
}

/// The most leaves that are stored with an output.
pub(crate) const STORED_MAX: usize = 64;

/// The most items of a list that make one leaf item by item.
pub(crate) const LIST_ITEMS_MAX: usize = 16;

/// The most room that is made ahead for a length that a type only claims to have.
pub(super) const CAPACITY_MAX: usize = 4096;

impl Writing {
    pub(super) const fn new(is_human_readable: bool, lists: Lists) -> Self {
        Self {
            is_human_readable,
            lists,
            asked: Cell::new(false),
            leaves: Cell::new(0),
            sketch: None,
            is_lenient: false,
        }
    }

    /// The form of the store.
    pub(crate) const fn compact() -> Self {
        Self::new(false, Lists::Keep)
    }

    /// The form meant for people.
    pub(crate) const fn shown(lists: Lists) -> Self {
        Self::new(true, lists)
    }

    /// The form meant for people, of a value that may have parts that cannot be written.
    pub(crate) fn lenient() -> Self {
        Self {
            is_lenient: true,
            ..Self::shown(Lists::Keep)
        }
    }

    /// Passes on a part, or the error that stands in its place.
    pub(super) fn settle(&self, part: Written) -> Written {
        match part {
            Err(error) if self.is_lenient => Ok(Tree::Str(format!("({error})"))),
            part => part,
        }
    }

    /// The form meant for people, to [sketch](Self::sketched) values.
    pub(crate) fn sketch(lists: Lists, sketch: Sketch) -> Self {
        Self {
            sketch: Some(RefCell::new(sketch)),
            ..Self::new(true, lists)
        }
    }

    /// Sketches what `write` writes.
    ///
    /// # Errors
    ///
    /// If it cannot be serialised.
    pub(crate) fn sketched(
        &self,
        write: impl FnOnce(TreeWriter<'_>) -> Written,
    ) -> Result<Ref<'_, Sketch>, TreeError> {
        let Some(sketch) = &self.sketch else {
            return Err(TreeError::new("no sketch is made"));
        };
        sketch.borrow_mut().clear();
        write(self.writer())?;
        Ok(sketch.borrow())
    }

    /// Whether a sketch is made, to which `add` then adds.
    pub(super) fn add(&self, add: impl FnOnce(&mut Sketch)) -> bool {
        let Some(sketch) = &self.sketch else {
            return false;
        };
        add(&mut sketch.borrow_mut());
        true
    }

    /// Returns how much room is made ahead.
    pub(super) fn room(&self, length: usize) -> usize {
        let most = match self.lists {
            _ if self.sketch.is_some() => 0,
            Lists::Keep => CAPACITY_MAX,
            Lists::Head => LIST_ITEMS_MAX,
            Lists::Skip => 0,
        };
        length.min(most)
    }

    pub(crate) const fn writer(&self) -> TreeWriter<'_> {
        TreeWriter(self)
    }

    pub(crate) fn was_asked(&self) -> bool {
        self.asked.get()
    }

    pub(super) fn has_enough(&self) -> bool {
        self.lists == Lists::Head && self.leaves.get() >= STORED_MAX
    }

    /// Counts a value that is a leaf of its own, where leaves are counted.
    pub(super) fn count_leaf(&self, value: &Tree) {
        if self.lists == Lists::Head && value.is_scalar() {
            self.leaves.set(self.leaves.get() + 1);
        }
    }
}

/// A value as numbers: equal values have equal sketches, and different ones almost never.
///
/// It is made while the value is serialised: each part is added when it is complete, so that no tree is made.
#[derive(Debug, Default)]
pub(crate) struct Sketch {
    /// The variants, options, keys and lengths.
    pub(crate) structure: u64,
    pub(crate) scalars: Vec<u64>,
    is_structure: bool,
}

impl Sketch {
    /// A sketch without scalars.
    pub(crate) fn structure() -> Self {
        Self {
            is_structure: true,
            ..Self::default()
        }
    }

    pub(crate) fn clear(&mut self) {
        self.structure = 0;
        self.scalars.clear();
    }

    pub(super) fn scalar(&mut self, word: impl FnOnce() -> u64) {
        if !self.is_structure {
            self.scalars.push(word());
        }
    }

    pub(super) fn none(&mut self) {
        self.mix(1);
    }

    /// Adds an option whose content has been added.
    pub(super) fn some(&mut self) {
        self.mix(2);
    }

    pub(super) fn unit(&mut self) {
        self.mix(3);
    }

    /// Adds the key of an entry: which keys there are is a matter of structure.
    pub(super) fn key(&mut self, key: &Tree) {
        let start = self.scalars.len();
        let is_structure = std::mem::replace(&mut self.is_structure, false);
        self.parts(key);
        self.is_structure = is_structure;
        for place in start..self.scalars.len() {
            self.mix(self.scalars[place]);
        }
        self.scalars.truncate(start);
    }

    fn parts(&mut self, tree: &Tree) {
        match tree {
            Tree::Seq(items) | Tree::Tuple(items) => {
                for item in items {
                    self.parts(item);
                }
                self.count(items.len());
            }
            Tree::Map(entries) => {
                for (key, value) in entries {
                    self.key(key);
                    self.parts(value);
                }
                self.count(entries.len());
            }
            Tree::Struct(fields) => {
                for (name, value) in fields {
                    self.parts(value);
                    self.name(name);
                }
            }
            Tree::Some(inner) => {
                self.parts(inner);
                self.some();
            }
            Tree::Variant(name, _, content) => {
                self.parts(content);
                self.name(name);
            }
            Tree::UnitVariant(name) => self.name(name),
            Tree::None => self.none(),
            Tree::Unit | Tree::UnitStruct => self.unit(),
            Tree::Bool(value) => self.scalars.push(value.word()),
            Tree::Whole(whole) => self.scalars.push(whole.word()),
            Tree::F32(value) => self.scalars.push(value.word()),
            Tree::F64(value) => self.scalars.push(value.word()),
            Tree::Char(value) => self.scalars.push(value.word()),
            Tree::Str(text) => self.scalars.push(text.as_str().word()),
            Tree::Bytes(bytes) => self.scalars.push(bytes.as_slice().word()),
            // Typed, as nothing is that is serialised.
            _ => {}
        }
    }

    /// Adds the number of the items or entries that were added.
    pub(crate) fn count(&mut self, count: usize) {
        self.mix(count as u64);
    }

    /// Adds the name of a field or variant. A hand-written `Serialize` may leave fields out; a name's place in memory tells
    /// names apart.
    pub(crate) fn name(&mut self, name: &str) {
        self.mix(name.as_ptr().addr() as u64);
        self.mix(name.len() as u64);
    }

    fn mix(&mut self, part: u64) {
        // The multiplier of FNV-1a, on words: order matters, and nothing here is anybody's secret.
        self.structure = (self.structure.rotate_left(5) ^ part).wrapping_mul(0x0100_0000_01b3);
    }
}

/// A scalar as a word: the same for equal scalars of a type, and hardly ever for others.
pub(super) trait Scalar {
    fn word(self) -> u64;
}

macro_rules! scalars {
    ($($type:ty: $value:ident => $word:expr,)*) => {$(
        impl Scalar for $type {
            fn word(self) -> u64 {
                let $value = self;
                $word
            }
        }
    )*};
}

scalars! {
    bool: value => value.into(),
    char: value => value.into(),
    f32: value => value.to_bits().into(),
    f64: value => value.to_bits(),
    &str: value => Digest::of(value.as_bytes()).low(),
    &[u8]: value => Digest::of(value).low(),
}

macro_rules! wholes {
    ($($kind:ident $type:ident $serialize:ident $deserialize:ident $visit:ident,)*) => {
        scalars! {
            $($type: value => {
                let bytes = value.to_le_bytes();
                let (mut word, size) = ([0; 8], bytes.len());
                if size > word.len() {
                    return Digest::of(&bytes).low();
                }
                word[..size].copy_from_slice(&bytes);
                u64::from_le_bytes(word)
            },)*
        }
    };
}

for_wholes!(wholes);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;

    use super::{Lists, Sketch, Writing};
    use crate::value::{AnyValue, Tree, structures, witnesses};

    #[track_caller]
    fn expect<T: Serialize + Send + Sync + 'static>(
        values: &[T],
        found: Vec<&dyn AnyValue>,
        expected: &[usize],
    ) {
        let place = |witness: &dyn AnyValue| {
            values
                .iter()
                .position(|value| std::ptr::addr_eq(value, witness))
        };
        let found: Vec<_> = found.into_iter().map(place).collect();
        let expected: Vec<_> = expected.iter().copied().map(Some).collect();
        assert_eq!(found, expected);
    }

    #[track_caller]
    fn check<T: Serialize + Send + Sync + 'static>(values: &[T], expected: &[usize]) {
        let all: Vec<_> = values.iter().map(|value| value as &dyn AnyValue).collect();
        expect(values, witnesses(&all), expected);
    }

    #[test]
    fn the_first_difference_in_each_scalar_is_a_witness() {
        check(&[1, 1, 2, 3, 1], &[0, 2]);
        check(&[(1, 'a'), (2, 'a'), (3, 'a'), (1, 'b')], &[0, 1, 3]);
        check(&["x", "x"], &[0]);
    }

    #[test]
    fn the_first_of_each_structure_is_a_witness() {
        check(&[Some(1), None, Some(1), None], &[0, 1]);
        check(&[Ok(1), Err(1), Ok(2)], &[0, 1, 2]);
        check(&[vec![1], vec![], vec![1]], &[0, 1]);
        let maps = ["a", "b", "a"].map(|key| BTreeMap::from([(key, 1)]));
        check(&maps, &[0, 1]);
    }

    #[test]
    fn many_values_have_the_same_witnesses_as_one_after_another() {
        // More than one thread looks at alone.
        let mut values: Vec<(u32, Option<u32>, u32)> = vec![(1, Some(1), 1); 5000];
        check(&values, &[0]);
        values[1700].0 = 2;
        values[2600].2 = 2;
        values[4800].0 = 3;
        check(&values, &[0, 1700, 2600]);
        values[3900].1 = None;
        values[4900] = (7, None, 1);
        check(&values, &[0, 1700, 2600, 3900, 4900]);
        values.reverse();
        check(&values, &[0, 99, 199, 1099, 2399]);
    }

    #[test]
    fn a_sketch_leaves_nothing_to_drop() {
        // The room that was made for the entries of a map in a list was lost with each of them.
        let writing = Writing::sketch(Lists::Keep, Sketch::default());
        let written = BTreeMap::from([(1, 2)]).serialize(writing.writer());
        assert!(matches!(written, Ok(Tree::Map(entries)) if entries.capacity() == 0));
    }

    #[test]
    fn scalars_and_lists_are_no_structure() {
        let values = [
            (1, vec![1], Some(1)),
            (2, vec![2, 3], Some(2)),
            (3, vec![], None),
        ];
        let all: Vec<_> = values.iter().map(|value| value as &dyn AnyValue).collect();
        expect(&values, structures(&all), &[0, 2]);
    }
}
