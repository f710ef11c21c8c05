//! [`Schema`]: a [`Shape`] with the values of its `added` and `was` attributes evaluated, each once.

use std::sync::OnceLock;

use serde::Serialize;

use super::{
    config::{Field, Former, Members, Shape},
    cursor::Cursor,
    forms::{Forms, Node},
    leaves::{Leaf, Names, leaves},
    path,
    scalar::Digest,
    scalar::Value,
    tree_error::TreeError,
    walk::{WalkError, Walker},
};

/// What a walk knows about the values that it meets.
#[derive(Debug)]
pub(crate) enum Schema {
    Plain,
    Config(ConfigSchema),
    Through(Box<Schema>),
    Tuple(Vec<Schema>),
}

/// A config type. Its members are looked up when a walk first meets it, since a recursive type has no finite tree.
#[derive(Debug)]
pub(crate) struct ConfigSchema {
    members: fn() -> Members,
    /// The fields of a struct under the name `""`, and those of each variant.
    evaluated: OnceLock<Vec<(&'static str, FieldSchemas)>>,
}

/// The fields of a struct or of a variant.
#[derive(Debug)]
pub(crate) struct FieldSchemas {
    pub(crate) present: Vec<FieldSchema>,
    pub(crate) removed: Vec<FieldSchema>,
}

#[derive(Debug)]
pub(crate) struct FieldSchema {
    pub(crate) field: &'static Field,
    pub(crate) added: Option<Added>,
    /// For a field of the past, the value that stands in the key.
    pub(crate) was: Option<Was>,
    pub(crate) schema: Schema,
}

/// What a field of the past claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Past {
    /// Without the field, the result is what it was with this value.
    Removed,
    /// Whatever the field's value, the result is what it is with this one.
    Skipped,
}

impl Past {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Skipped => "skip",
        }
    }
}

/// The fields where nothing is known.
pub(super) static UNKNOWN: FieldSchemas = FieldSchemas {
    present: Vec::new(),
    removed: Vec::new(),
};

impl Schema {
    pub(crate) fn new(shape: Shape) -> Self {
        match shape {
            Shape::Plain => Self::Plain,
            Shape::Config(members) => Self::Config(ConfigSchema {
                members,
                evaluated: OnceLock::new(),
            }),
            Shape::Through(inner) => Self::Through(Box::new(Self::new(*inner))),
            Shape::Tuple(items) => Self::Tuple(items.iter().map(|item| Self::new(*item)).collect()),
        }
    }

    /// Returns the schema of the item at `index` of a value of this schema.
    pub(crate) fn item(&self, index: usize) -> &Self {
        match self {
            Self::Through(inner) => inner,
            Self::Tuple(items) => items.get(index).unwrap_or(&Self::Plain),
            Self::Plain | Self::Config(_) => &Self::Plain,
        }
    }

    /// Returns the fields of a struct; none where nothing is known about them.
    pub(crate) fn fields(&self) -> &FieldSchemas {
        self.variant("")
    }

    /// Returns the fields of one variant of an enum; none where nothing is known about them.
    pub(crate) fn variant(&self, name: &str) -> &FieldSchemas {
        let Self::Config(config) = self else {
            return &UNKNOWN;
        };
        let mut all = config.evaluated().iter();
        all.find(|(variant, _)| *variant == name)
            .map_or(&UNKNOWN, |(_, fields)| fields)
    }

    /// Whether a value that looks like a scalar may once have had fields.
    pub(crate) fn has_removed(&self) -> bool {
        match self {
            Self::Plain | Self::Tuple(_) => false,
            Self::Through(inner) => inner.has_removed(),
            Self::Config(config) => {
                let mut all = config.evaluated().iter();
                all.any(|(_, fields)| !fields.removed.is_empty())
            }
        }
    }
}

impl ConfigSchema {
    fn evaluated(&self) -> &[(&'static str, FieldSchemas)] {
        self.evaluated.get_or_init(|| {
            let members = (self.members)();
            let variants = members.variants.iter();
            std::iter::once(("", members.fields))
                .chain(variants.map(|variant| (variant.name, variant.fields)))
                .map(|(name, fields)| (name, FieldSchemas::new(name, fields, members.former)))
                .collect()
        })
    }
}

impl FieldSchemas {
    fn new(variant: &str, fields: &'static [Field], former: &'static [Former]) -> Self {
        let (skipped, removed): (Vec<&Former>, Vec<_>) = former
            .iter()
            .filter(|former| former.variant == variant)
            .partition(|former| former.field.rules.skip);
        let present = fields.iter().map(|field| {
            let mut skipped = skipped.iter();
            let former = skipped.find(|former| former.field.name == field.name);
            FieldSchema::new(field, former.copied())
        });
        let removed = removed.into_iter();
        Self {
            present: present.collect(),
            removed: removed
                .map(|former| FieldSchema::new(&former.field, Some(former)))
                .collect(),
        }
    }
}

impl FieldSchema {
    fn new(field: &'static Field, former: Option<&Former>) -> Self {
        Self {
            field,
            added: field.rules.added.map(|added| added()),
            was: former.map(|former| (former.was)()),
            schema: Schema::new(field.rules.shape),
        }
    }

    /// Whether the field itself may be left out.
    pub(crate) fn has_rules(&self) -> bool {
        self.field.rules.skip || self.field.rules.replicate || self.added.is_some()
    }

    /// Returns what it claims, if it is a field of the past.
    pub(crate) fn past(&self) -> Option<Past> {
        let is_skipped = self.field.rules.skip;
        self.was.as_ref().map(|_| {
            if is_skipped {
                Past::Skipped
            } else {
                Past::Removed
            }
        })
    }
}

/// Finds the schema of the field called `name`, which is expected at `hint`, and moves the hint on.
pub(crate) fn find<'a>(
    fields: &'a [FieldSchema],
    hint: &mut usize,
    name: &str,
) -> Option<&'a FieldSchema> {
    let expected = fields.get(*hint).filter(|field| field.field.name == name);
    *hint += 1;
    expected.or_else(|| fields.iter().find(|field| field.field.name == name))
}

/// The evaluated value of `#[config(added = …)]`.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Added {
    pub(crate) digest: Result<Digest, String>,
    /// The value in postcard; none if it cannot be stored.
    pub(crate) bytes: Option<Vec<u8>>,
    /// The value as people read it.
    pub(crate) shown: String,
}

/// Evaluates an `added` value; called by generated code.
#[doc(hidden)]
pub fn added<T: Serialize + ?Sized>(value: &T, shape: Shape) -> Added {
    evaluated(value, shape, Walker::new())
}

/// Evaluates an `added` value of an `ordered` field; called by generated code.
#[doc(hidden)]
pub fn added_in_order<T: Serialize + ?Sized>(value: &T, shape: Shape) -> Added {
    let mut walker = Walker::new();
    walker.is_ordered = true;
    evaluated(value, shape, walker)
}

fn evaluated<T: Serialize + ?Sized>(value: &T, shape: Shape, mut walker: Walker) -> Added {
    let schema = Schema::new(shape);
    Added {
        digest: walker.config(value, &schema).map(|walked| walked.value),
        bytes: postcard::to_stdvec(value).ok(),
        shown: shown(&leaves(value, &schema, Names::Serde)),
    }
}

fn shown(leaves: &[Leaf]) -> String {
    let value = |leaf: &Leaf| match &leaf.value {
        Value::Text(text) => format!("{text:?}"),
        value => value.to_string(),
    };
    match leaves {
        [leaf] if leaf.path.is_empty() || leaf.path == path::KIND => value(leaf),
        leaves => {
            let parts = leaves
                .iter()
                .map(|leaf| format!("{}: {}", leaf.path, value(leaf)));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The evaluated `was` of `#[config(removed(…))]` and `#[config(skip(was = …))]`.
///
/// It is kept as a value and written wherever a walk meets its type, so that the key is made exactly as if the field were
/// still there: fields inside it may be omitted, for example.
#[doc(hidden)]
#[derive(Debug)]
pub struct Was(Result<Forms, TreeError>);

/// Evaluates a `was` value; called by generated code.
#[doc(hidden)]
pub fn was<T: Serialize>(value: T) -> Was {
    Was(Forms::new(&|writer| value.serialize(writer)))
}

impl Was {
    pub(super) fn walk(&self, cursor: Cursor<'_>) -> Result<(), WalkError> {
        match &self.0 {
            Ok(forms) => forms.node().compact.serialize(cursor),
            Err(error) => Err(WalkError(error.to_string())),
        }
    }

    pub(super) fn node(&self) -> Option<Node<'_>> {
        self.0.as_ref().ok().map(Forms::node)
    }
}
