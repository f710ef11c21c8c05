//! [`Section`]: the columns for the leaves of many values.

use std::{collections::HashMap, mem};

use crate::value::{Kind, Leaf, Mark, Value, path};

/// The columns of the configs, or of the outputs, in the order of their declaration.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) columns: Vec<Column>,
    /// The places of the columns.
    places: HashMap<String, usize>,
    /// The place of the column behind each: inserting into a list of 100,000 columns would move all that follow.
    behind: Vec<usize>,
    first: Option<usize>,
    rows: usize,
}

#[derive(Debug)]
pub(super) struct Column {
    /// The names that lead to the leaf.
    pub(super) path: String,
    pub(super) heading: String,
    pub(super) first: Value,
    /// Whether all rows have it.
    pub(super) is_in_all: bool,
    pub(super) differs: bool,
    /// Whether it names the variant of an enum.
    is_variant: bool,
    pub(super) part: Grouping,
    rows: usize,
}

/// The part of a column in telling groups of replicates apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grouping {
    /// The runs of a group have the same value.
    Group,
    /// The runs of a group are there to differ here.
    Replicate,
    /// The runs of a group may differ here, as it does not count.
    Skipped,
}

/// No column comes behind this one.
const END: usize = usize::MAX;

impl Section {
    /// Returns the columns for the leaves of some values.
    pub(super) fn of(rows: impl Iterator<Item = Vec<Leaf>>) -> Self {
        let mut section = Self::default();
        for leaves in rows {
            section.add(leaves);
        }
        section.put_in_order();
        section
    }

    fn add(&mut self, leaves: Vec<Leaf>) {
        self.rows += 1;
        let mut last = None;
        for leaf in leaves {
            let next = last.map_or(self.first.unwrap_or(END), |last: usize| self.behind[last]);
            let is_next = self
                .columns
                .get(next)
                .is_some_and(|column| column.path == leaf.path);
            let known = if is_next {
                Some(next)
            } else {
                self.places.get(&leaf.path).copied()
            };
            let place = known.unwrap_or_else(|| self.insert(last, next, &leaf));
            self.columns[place].see(&leaf);
            last = Some(place);
        }
    }

    fn insert(&mut self, last: Option<usize>, next: usize, leaf: &Leaf) -> usize {
        let place = self.columns.len();
        self.columns.push(Column::new(leaf));
        self.behind.push(next);
        self.places.insert(leaf.path.clone(), place);
        match last {
            Some(last) => self.behind[last] = place,
            None => self.first = Some(place),
        }
        place
    }

    fn put_in_order(&mut self) {
        let mut columns: Vec<Option<Column>> =
            mem::take(&mut self.columns).into_iter().map(Some).collect();
        let mut next = self.first.unwrap_or(END);
        while let Some(column) = columns.get_mut(next).and_then(Option::take) {
            next = self.behind[next];
            self.columns.push(column);
        }
        self.find_places();
        for column in &mut self.columns {
            column.is_in_all = column.rows == self.rows;
        }
    }

    fn find_places(&mut self) {
        let columns = self.columns.iter().enumerate();
        self.places = columns
            .map(|(place, column)| (column.path.clone(), place))
            .collect();
    }

    /// Keeps the columns for which `is_kept` is true.
    pub(super) fn retain(&mut self, is_kept: impl Fn(&Column) -> bool) {
        self.columns.retain(is_kept);
        self.find_places();
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    /// Returns the values of one row in all columns.
    pub(super) fn values(&self, leaves: Vec<Leaf>) -> Vec<Option<Value>> {
        let mut values: Vec<Option<Value>> = self.columns.iter().map(|_| None).collect();
        let mut expected = 0;
        for leaf in leaves {
            let is_next = self
                .columns
                .get(expected)
                .is_some_and(|column| column.path == leaf.path);
            let known = if is_next {
                Some(expected)
            } else {
                self.places.get(&leaf.path).copied()
            };
            if let Some(place) = known {
                values[place] = Some(leaf.value);
                expected = place + 1;
            }
        }
        values
    }

    /// Returns the columns by cell: an enum whose variant differs is one, with the fields of its variants.
    pub(super) fn cells(&self, is_root_enum: bool) -> Vec<FieldCell> {
        let mut cells: Vec<FieldCell> = Vec::new();
        let mut outer: Option<(usize, &str)> = None;
        for (place, column) in self.columns.iter().enumerate() {
            if let Some((cell, path)) = outer
                && path::is_below(&column.path, path)
                && column.part == Grouping::Group
            {
                cells[cell].parts.push(place);
                continue;
            }
            if column.is_variant && column.differs {
                let is_root = is_root_enum && column.path == path::KIND;
                outer = Some((cells.len(), if is_root { "" } else { &column.path }));
            }
            cells.push(FieldCell {
                place,
                parts: Vec::new(),
            });
        }
        for cell in &mut cells {
            // If the cell is cut, what all have is lost first.
            cell.parts.sort_by_key(|part| !self.columns[*part].differs);
        }
        cells
    }
}

/// The columns whose values are in one cell.
#[derive(Debug)]
pub(super) struct FieldCell {
    pub(super) place: usize,
    /// The places of the fields, if the column names the variant of an enum.
    pub(super) parts: Vec<usize>,
}

impl Column {
    fn new(leaf: &Leaf) -> Self {
        Self {
            path: leaf.path.clone(),
            heading: String::new(),
            first: leaf.value.clone(),
            is_in_all: false,
            differs: false,
            is_variant: false,
            part: Grouping::Group,
            rows: 0,
        }
    }

    fn see(&mut self, leaf: &Leaf) {
        self.rows += 1;
        self.differs = self.differs || !self.first.is_same(&leaf.value);
        self.is_variant = self.is_variant || leaf.kind == Kind::Variant;
        match leaf.mark {
            Mark::Keyed | Mark::Omitted | Mark::Claimed => {}
            Mark::Replicate => self.part = Grouping::Replicate,
            Mark::Skipped => self.part = Grouping::Skipped,
        }
    }

    /// Whether rows can be told apart by it.
    pub(super) fn is_constant(&self) -> bool {
        !self.differs && self.is_in_all
    }
}
