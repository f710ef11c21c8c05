//! [`Row`]: what a filter may look at.

use std::{borrow::Cow, time::Duration};

#[cfg(test)]
use serde::Serialize;

use crate::canonical::Value;
#[cfg(test)]
use crate::canonical::{Leaf, leaf_at};

/// One run, as far as it is known. What the filter does not need may be left out.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) config: &'a dyn Leaves,
    pub(crate) output: Option<&'a dyn Leaves>,
    /// The state in one word.
    pub(crate) state: &'a str,
    pub(crate) duration: Option<Duration>,
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    /// Whether its result is from another build of the program.
    pub(crate) build_is_other: Option<bool>,
}

/// Something with values at paths.
pub(crate) trait Leaves {
    fn leaf(&self, path: &str) -> Option<Cow<'_, Value>>;
}

#[cfg(test)]
/// A value of a known type: only the leaf that is asked for is made.
pub(crate) struct Typed<'a, T>(pub(crate) &'a T);

#[cfg(test)]
impl<T: Serialize> Leaves for Typed<'_, T> {
    fn leaf(&self, path: &str) -> Option<Cow<'_, Value>> {
        leaf_at(self.0, path).map(Cow::Owned)
    }
}

/// Leaves that were listed before, by serde's names: what the fast path must agree with.
#[cfg(test)]
pub(crate) struct Listed<'a>(pub(crate) &'a [Leaf]);

#[cfg(test)]
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
