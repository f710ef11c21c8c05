//! Rows for tests: by value, and by leaves that were listed.

use std::borrow::Cow;

use serde::Serialize;

use super::row::Leaves;
use crate::value::{Leaf, Value, leaf_at};

/// A value of a known type: only the leaf that is asked for is made.
pub(crate) struct Typed<'a, T>(pub(crate) &'a T);

impl<T: Serialize> Leaves for Typed<'_, T> {
    fn leaf(&self, path: &str) -> Option<Cow<'_, Value>> {
        leaf_at(self.0, path).map(Cow::Owned)
    }
}

/// Leaves that were listed before, by serde's names: what the fast path must agree with.
pub(crate) struct Listed<'a>(pub(crate) &'a [Leaf]);

impl Leaves for Listed<'_> {
    fn leaf(&self, path: &str) -> Option<Cow<'_, Value>> {
        let find = |path: &str| self.0.iter().find(|leaf| leaf.path == path);
        if let Some(leaf) = find(path) {
            return Some(Cow::Borrowed(&leaf.value));
        }
        if path.is_empty() {
            let root = find("kind").filter(|leaf| matches!(leaf.value, Value::Variant(_)));
            return root.map(|leaf| Cow::Borrowed(&leaf.value));
        }
        let (list, index) = path.rsplit_once('.')?;
        match &find(list)?.value {
            Value::List(items) => items.get(index.parse::<usize>().ok()?).map(Cow::Borrowed),
            _ => None,
        }
    }
}
