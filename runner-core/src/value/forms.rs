//! [`Forms`]: a value as people see it and as keys depend on it.

use super::{
    tree::Tree,
    tree_error::TreeError,
    tree_ser::{TreeWriter, Written},
    writing::{Lists, Writing},
};

/// A value in its two forms: people see one, and keys depend on the other.
#[derive(Clone, Debug)]
pub(crate) struct Forms {
    shown: Tree,
    /// Only where it is another one.
    compact: Option<Tree>,
}

impl Forms {
    /// # Errors
    ///
    /// If the value cannot be serialised.
    pub(crate) fn new(write: &dyn Fn(TreeWriter<'_>) -> Written) -> Result<Self, TreeError> {
        let writing = Writing::shown(Lists::Keep);
        let shown = write(writing.writer())?;
        let compact = if writing.was_asked() {
            Some(write(Writing::compact().writer())?)
        } else {
            None
        };
        Ok(Self { shown, compact })
    }

    /// A value of which only the form for people is known.
    pub(crate) const fn shown(shown: Tree) -> Self {
        Self {
            shown,
            compact: None,
        }
    }

    pub(super) fn node(&self) -> Node<'_> {
        Node {
            shown: &self.shown,
            compact: self.compact.as_ref().unwrap_or(&self.shown),
        }
    }
}

/// A part of a value in both of its forms.
#[derive(Clone, Copy)]
pub(super) struct Node<'t> {
    pub(super) shown: &'t Tree,
    pub(super) compact: &'t Tree,
}

impl<'t> Node<'t> {
    /// The part that `get` finds. Where the compact form has none, as its type takes another shape there, both are shown.
    fn part(self, get: impl Fn(&'t Tree) -> Option<&'t Tree>) -> Option<Self> {
        let shown = get(self.shown)?;
        let compact = get(self.compact).unwrap_or(shown);
        Some(Self { shown, compact })
    }

    pub(super) fn item(self, index: usize) -> Option<Self> {
        self.part(|tree| match tree {
            Tree::Seq(items) | Tree::Tuple(items) => items.get(index),
            Tree::Struct(fields) => fields.get(index).map(|(_, value)| value),
            Tree::Map(entries) => entries.get(index).map(|(_, value)| value),
            _ => None,
        })
    }

    pub(super) fn content(self) -> Option<Self> {
        self.part(|tree| match tree {
            Tree::Some(content) | Tree::Variant(_, _, content) => Some(content),
            _ => None,
        })
    }
}
