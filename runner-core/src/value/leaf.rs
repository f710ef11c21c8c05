//! [`Leaf`]: one scalar inside a value, with the path that leads to it.

use super::{
    scalar::{Kind, Value},
    schema::Past,
};

/// One scalar inside a config or an output: what a table has a column for and a comparison names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Leaf {
    /// The names from the root, joined by dots; empty for a value that is a scalar itself.
    pub(crate) path: String,
    pub(crate) kind: Kind,
    pub(crate) value: Value,
    pub(crate) mark: Mark,
    /// For [`Mark::Omitted`], how many bytes of the path name the field that was left out; the rest leads on inside it.
    pub(crate) omitted_at: usize,
}

impl Leaf {
    /// What a leaf with [`Mark::Claimed`] says of the field at its path. The field's other leaves are those of the claimed
    /// value; if it is there, the leaves of its own value are marked [`Mark::Skipped`].
    pub(crate) fn claim(&self) -> Option<Past> {
        match &self.value {
            Value::Variant(name) if self.mark == Mark::Claimed => [Past::Removed, Past::Skipped]
                .into_iter()
                .find(|past| past.name() == name),
            _ => None,
        }
    }
}

impl Past {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Skipped => "skip",
        }
    }
}

/// What part a leaf plays in the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mark {
    #[default]
    Keyed,
    /// Keyed, and the run is a replicate of those that differ only here.
    Replicate,
    /// Left out because it equals its `added` value.
    Omitted,
    /// Left out because of `#[config(skip)]`.
    Skipped,
    /// Says that what the key has of the field at this path is a claim; see [`Leaf::claim`].
    Claimed,
}
