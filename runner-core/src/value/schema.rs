//! [`Schema`]: a [`Shape`] with its `added` and `was` values evaluated, each once.

use std::sync::OnceLock;

use super::config::{Field, Former, Members, Shape};
use super::{added::Added, was::Was};

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
    evaluated: OnceLock<MemberSchemas>,
}

#[derive(Debug)]
struct MemberSchemas {
    fields: Vec<FieldSchema>,
    /// The fields that are no more.
    removed: Vec<FieldSchema>,
    variants: Vec<VariantSchema>,
}

#[derive(Debug)]
pub(crate) struct FieldSchema {
    pub(crate) field: &'static Field,
    pub(crate) added: Option<Added>,
    /// For a field of the past, what stands in the key in place of a value.
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

#[derive(Debug)]
struct VariantSchema {
    name: &'static str,
    fields: Vec<FieldSchema>,
    removed: Vec<FieldSchema>,
}

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

    /// The schema of the item at `index` of whatever this is the schema of.
    pub(crate) fn item(&self, index: usize) -> &Self {
        match self {
            Self::Through(inner) => inner,
            Self::Tuple(items) => items.get(index).unwrap_or(&Self::Plain),
            Self::Plain | Self::Config(_) => &Self::Plain,
        }
    }

    /// The fields of a struct; empty where nothing is known about them.
    pub(crate) fn fields(&self) -> &[FieldSchema] {
        match self {
            Self::Config(config) => &config.evaluated().fields,
            Self::Plain | Self::Through(_) | Self::Tuple(_) => &[],
        }
    }

    /// The fields that a struct has no more.
    pub(crate) fn removed(&self) -> &[FieldSchema] {
        match self {
            Self::Config(config) => &config.evaluated().removed,
            Self::Plain | Self::Through(_) | Self::Tuple(_) => &[],
        }
    }

    /// The fields of one variant of an enum; empty where nothing is known about them.
    pub(crate) fn variant(&self, name: &str) -> &[FieldSchema] {
        self.find_variant(name)
            .map_or(&[], |variant| &variant.fields)
    }

    /// The fields that one variant of an enum has no more.
    pub(crate) fn removed_from(&self, variant: &str) -> &[FieldSchema] {
        self.find_variant(variant)
            .map_or(&[], |variant| &variant.removed)
    }

    fn find_variant(&self, name: &str) -> Option<&VariantSchema> {
        match self {
            Self::Config(config) => {
                let mut variants = config.evaluated().variants.iter();
                variants.find(|variant| variant.name == name)
            }
            Self::Plain | Self::Through(_) | Self::Tuple(_) => None,
        }
    }

    /// Whether a value that looks like a scalar may once have had fields.
    pub(crate) fn has_removed(&self) -> bool {
        match self {
            Self::Plain | Self::Tuple(_) => false,
            Self::Through(inner) => inner.has_removed(),
            Self::Config(config) => {
                let members = config.evaluated();
                let mut variants = members.variants.iter();
                !members.removed.is_empty() || variants.any(|variant| !variant.removed.is_empty())
            }
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

    /// What it claims, if it is a field of the past.
    pub(crate) fn past(&self) -> Option<Past> {
        self.was.as_ref().map(|_| {
            if self.field.rules.skip {
                Past::Skipped
            } else {
                Past::Removed
            }
        })
    }
}

impl ConfigSchema {
    fn evaluated(&self) -> &MemberSchemas {
        self.evaluated.get_or_init(|| {
            let members = (self.members)();
            MemberSchemas {
                fields: evaluate(members.fields, "", members.former),
                removed: removed("", members.former),
                variants: members
                    .variants
                    .iter()
                    .map(|variant| VariantSchema {
                        name: variant.name,
                        fields: evaluate(variant.fields, variant.name, members.former),
                        removed: removed(variant.name, members.former),
                    })
                    .collect(),
            }
        })
    }
}

/// The schemas of the fields of a struct or of a variant.
fn evaluate(
    fields: &'static [Field],
    variant: &str,
    former: &'static [Former],
) -> Vec<FieldSchema> {
    let skipped = |field: &Field| {
        former.iter().find(|former| {
            former.field.rules.skip && former.variant == variant && former.field.name == field.name
        })
    };
    fields
        .iter()
        .map(|field| FieldSchema::new(field, skipped(field)))
        .collect()
}

/// The schemas of the fields that a struct or a variant has no more.
fn removed(variant: &str, former: &'static [Former]) -> Vec<FieldSchema> {
    former
        .iter()
        .filter(|former| !former.field.rules.skip && former.variant == variant)
        .map(|former| FieldSchema::new(&former.field, Some(former)))
        .collect()
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
