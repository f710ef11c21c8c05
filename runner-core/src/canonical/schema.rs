//! [`Schema`]: a [`Shape`] with its `added` values evaluated, each once.

use std::sync::OnceLock;

use super::Added;
use crate::config::{Field, Members, Shape};

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
    variants: Vec<VariantSchema>,
}

#[derive(Debug)]
pub(crate) struct FieldSchema {
    pub(crate) field: &'static Field,
    pub(crate) added: Option<Added>,
    pub(crate) schema: Schema,
}

#[derive(Debug)]
struct VariantSchema {
    name: &'static str,
    fields: Vec<FieldSchema>,
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
    pub(super) fn item(&self, index: usize) -> &Self {
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

    /// The fields of one variant of an enum; empty where nothing is known about them.
    pub(super) fn variant(&self, name: &str) -> &[FieldSchema] {
        match self {
            Self::Config(config) => config
                .evaluated()
                .variants
                .iter()
                .find(|variant| variant.name == name)
                .map_or(&[], |variant| &variant.fields),
            Self::Plain | Self::Through(_) | Self::Tuple(_) => &[],
        }
    }
}

impl FieldSchema {
    /// Whether the field itself may be left out.
    pub(super) fn has_rules(&self) -> bool {
        self.field.rules.skip || self.field.rules.replicate || self.added.is_some()
    }
}

impl ConfigSchema {
    fn evaluated(&self) -> &MemberSchemas {
        self.evaluated.get_or_init(|| {
            let members = (self.members)();
            MemberSchemas {
                fields: evaluate(members.fields),
                variants: members
                    .variants
                    .iter()
                    .map(|variant| VariantSchema {
                        name: variant.name,
                        fields: evaluate(variant.fields),
                    })
                    .collect(),
            }
        })
    }
}

fn evaluate(fields: &'static [Field]) -> Vec<FieldSchema> {
    fields
        .iter()
        .map(|field| FieldSchema {
            field,
            added: field.rules.added.map(|added| added()),
            schema: Schema::new(field.rules.shape),
        })
        .collect()
}

/// Finds the schema of the field called `name`, which is expected at `hint`, and moves the hint on.
pub(super) fn find<'a>(
    fields: &'a [FieldSchema],
    hint: &mut usize,
    name: &str,
) -> Option<&'a FieldSchema> {
    let expected = fields.get(*hint).filter(|field| field.field.name == name);
    *hint += 1;
    expected.or_else(|| fields.iter().find(|field| field.field.name == name))
}
