//! [`Leaf`]: one scalar inside a value. [`leaves`]: every scalar inside a value, in the order of its declaration, with the path that leads to it.

use serde::Serialize;

use super::{
    forms::{Forms, Node},
    path,
    scalar::{Kind, Value},
    schema::{FieldSchema, FieldSchemas, Past, Schema, find},
    tree::{Form, Tree},
    walk::Walker,
    whole::whole,
    writing::LIST_ITEMS_MAX,
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

/// Which names of renamed fields lead to a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// Those of the key, which survive a rename.
    Key,
    /// Those of serde, which people write.
    Serde,
    /// Those of serde, and what is one thing for people is one leaf: a duration, a list of lists.
    Shown,
    /// As [`Names::Shown`], with lists in full.
    Full,
}

impl Names {
    /// Maximum number of items of a list that is kept.
    pub(super) const fn items_max(self) -> usize {
        match self {
            Self::Full => usize::MAX,
            Self::Key | Self::Serde | Self::Shown => LIST_ITEMS_MAX,
        }
    }
}

/// The scalars inside a value.
pub(crate) fn leaves_of(forms: &Forms, schema: &Schema, names: Names) -> Vec<Leaf> {
    let mut collector = Collector::new(names);
    collector.value(forms.node(), schema, Mark::Keyed);
    collector.leaves
}

/// The scalars inside a value of a known type. What cannot be serialised has none.
pub(crate) fn leaves<T: Serialize + ?Sized>(value: &T, schema: &Schema, names: Names) -> Vec<Leaf> {
    let forms = Forms::new(&|writer| value.serialize(writer));
    forms.map_or_else(|_| Vec::new(), |forms| leaves_of(&forms, schema, names))
}

struct Collector {
    path: String,
    leaves: Vec<Leaf>,
    names: Names,
    /// For the digests of what may be left out of a key, or is not kept as it is.
    walker: Walker,
    /// Where the path of the innermost field that was left out ends.
    omitted_at: usize,
}

impl Collector {
    fn new(names: Names) -> Self {
        Self {
            path: String::with_capacity(64),
            leaves: Vec::with_capacity(8),
            names,
            walker: Walker::new(),
            omitted_at: 0,
        }
    }

    fn value(&mut self, node: Node<'_>, schema: &Schema, mark: Mark) {
        if matches!(self.names, Names::Shown | Names::Full)
            && let Some(value) = whole(node, schema, self.names.items_max(), &mut self.walker)
        {
            return self.push(Kind::List, value, mark);
        }
        match node.shown {
            Tree::Some(_) => {
                if let Some(inner) = node.content() {
                    self.value(inner, schema.item(0), mark);
                }
            }
            Tree::UnitStruct if !schema.fields().removed.is_empty() => {
                self.removed(&schema.fields().removed, mark);
            }
            Tree::UnitVariant(name) => {
                self.variant(name, mark);
                self.within(name, |collector| {
                    collector.removed(&schema.variant(name).removed, mark);
                });
            }
            Tree::Variant(name, form, _) => {
                self.variant(name, mark);
                if let Some(content) = node.content() {
                    self.variant_content(name, *form, content, schema, mark);
                }
            }
            Tree::Seq(items) | Tree::Tuple(items) => self.items(node, items, &[], schema, mark),
            Tree::Map(entries) => self.entries(node, entries, schema, mark),
            Tree::Struct(_) => {
                self.fields(node, &schema.fields().present, schema, mark);
                self.removed(&schema.fields().removed, mark);
            }
            scalar => {
                if let Some((kind, value)) = scalar.scalar() {
                    self.push(kind, value, mark);
                }
            }
        }
    }

    /// Adds the leaf that names the variant.
    fn variant(&mut self, name: &str, mark: Mark) {
        let path = path::of_variant(&self.path).to_owned();
        self.push_at(path, Kind::Variant, Value::Variant(name.to_owned()), mark);
    }

    fn variant_content(
        &mut self,
        name: &'static str,
        form: Form,
        content: Node<'_>,
        schema: &Schema,
        mark: Mark,
    ) {
        let FieldSchemas { present, removed } = schema.variant(name);
        match (form, content.shown) {
            (Form::Tuple, Tree::Tuple(items)) => self.within(name, |collector| {
                collector.items(content, items, present, schema, mark);
            }),
            (Form::Struct, _) => self.within(name, |collector| {
                collector.fields(content, present, schema, mark);
                collector.removed(removed, mark);
            }),
            _ => self.field_at(present.first(), schema.item(0), name, mark, content),
        }
    }

    /// The items of a list: one leaf for all as long as they are scalars, leaves of their own otherwise. A long list is one
    /// if its first items are scalars, whatever follows.
    fn items(
        &mut self,
        node: Node<'_>,
        items: &[Tree],
        fields: &[FieldSchema],
        schema: &Schema,
        mark: Mark,
    ) {
        let schema_of = |index: usize| match fields.get(index) {
            Some(known) => &known.schema,
            None => schema.item(index),
        };
        // A scalar can have no rule inside, so only the rules of the fields themselves call for leaves of their own.
        let mut head = items.iter().take(LIST_ITEMS_MAX).enumerate();
        let is_list = !fields.iter().any(FieldSchema::has_rules)
            && head.all(|(index, item)| item.is_scalar() && !schema_of(index).has_removed());
        let nodes = (0..items.len()).filter_map(|index| Some((index, node.item(index)?)));
        if is_list || items.is_empty() {
            let value = if items.len() <= self.names.items_max() {
                let values = items.iter().filter_map(|item| Some(item.scalar()?.1));
                Value::List(values.collect())
            } else {
                self.walker.start_chain();
                for (index, item) in nodes {
                    self.walker.chain(item.compact, schema_of(index));
                }
                Value::Large(items.len() as u64, self.walker.end_chain())
            };
            self.push(Kind::List, value, mark);
        } else {
            for (index, item) in nodes {
                let known = fields.get(index);
                self.field_at(known, schema_of(index), &index.to_string(), mark, item);
            }
        }
    }

    fn fields(&mut self, node: Node<'_>, known: &[FieldSchema], schema: &Schema, mark: Mark) {
        let Tree::Struct(fields) = node.shown else {
            return;
        };
        let mut hint = 0;
        for (index, (name, _)) in fields.iter().enumerate() {
            let known = find(known, &mut hint, name);
            let shown = match known {
                Some(known) if self.names == Names::Key => known.field.rules.key,
                _ => name,
            };
            if let Some(value) = node.item(index) {
                self.field_at(known, schema.item(0), shown, mark, value);
            }
        }
    }

    /// The entries of a map, ordered as people expect: integers by value, everything else by its text. A map has no order
    /// of its own, and a `HashMap` has another one in every process.
    fn entries(&mut self, node: Node<'_>, entries: &[(Tree, Tree)], schema: &Schema, mark: Mark) {
        let compact_key = |index: usize| match node.compact {
            Tree::Map(entries) => entries.get(index).map(|(key, _)| key),
            _ => None,
        };
        let mut names: Vec<_> = entries
            .iter()
            .enumerate()
            .map(|(index, (key, _))| (key_name(key), index))
            .collect();
        names.sort_by(|(a, a_index), (b, b_index)| {
            a.cmp(b).then_with(|| {
                // Two keys may have one text.
                let mut digest = |index| {
                    let key = compact_key(index)?;
                    self.walker.aside(key, &Schema::Plain)
                };
                digest(*a_index).cmp(&digest(*b_index))
            })
        });
        for ((_, name), index) in names {
            if let Some(value) = node.item(index) {
                self.field_at(None, schema.item(0), &name, mark, value);
            }
        }
    }

    fn removed(&mut self, removed: &[FieldSchema], mark: Mark) {
        for known in removed {
            self.former(known, known.field.rules.key, mark);
        }
    }

    /// A field or item under exactly this name.
    fn field_at(
        &mut self,
        known: Option<&FieldSchema>,
        schema: &Schema,
        name: &str,
        mark: Mark,
        value: Node<'_>,
    ) {
        let Some(known) = known else {
            return self.within_part(name, Part::Of(mark), value, schema);
        };
        let part = if mark == Mark::Skipped || known.field.rules.skip {
            Part::Of(Mark::Skipped)
        } else {
            self.part(known, mark, value.compact)
        };
        if known.was.is_some() {
            self.former(known, name, mark);
        }
        self.within_part(name, part, value, &known.schema);
    }

    /// The leaves of the value that stands in the key for a field of the past, and one that says so. People see only what is
    /// really there.
    fn former(&mut self, known: &FieldSchema, name: &str, mark: Mark) {
        let (Names::Key, Some(was), Some(claimed)) = (self.names, &known.was, known.past()) else {
            return;
        };
        let (true, Some(node)) = (mark != Mark::Skipped, was.node()) else {
            return;
        };
        let part = self.part(known, mark, node.compact);
        if matches!(part, Part::Of(_)) {
            self.within(name, |collector| {
                let claim = Value::Variant(claimed.name().to_owned());
                collector.push(Kind::Variant, claim, Mark::Claimed);
            });
        }
        self.within_part(name, part, node, &known.schema);
    }

    /// What is skipped leaves out everything inside it; inside what is omitted, fields still follow their own rules, so
    /// that a field that is added there later can be told from a value that changed.
    fn part(&mut self, known: &FieldSchema, parent: Mark, value: &Tree) -> Part {
        if let Some(added) = &known.added
            && let Some(digest) = self.walker.aside(value, &known.schema)
            && added.digest.as_ref() == Ok(&digest)
        {
            Part::Omitted
        } else if parent != Mark::Omitted && known.field.rules.replicate {
            Part::Of(Mark::Replicate)
        } else {
            Part::Of(parent)
        }
    }

    fn within_part(&mut self, name: &str, part: Part, value: Node<'_>, schema: &Schema) {
        self.within(name, |collector| {
            let outer = collector.omitted_at;
            let mark = match part {
                Part::Of(mark) => mark,
                Part::Omitted => {
                    collector.omitted_at = collector.path.len();
                    Mark::Omitted
                }
            };
            collector.value(value, schema, mark);
            collector.omitted_at = outer;
        });
    }

    /// Extends the path by `name` while `inside` runs.
    fn within(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(&path::step(name));
        inside(self);
        self.path.truncate(length);
    }

    fn push(&mut self, kind: Kind, value: Value, mark: Mark) {
        self.push_at(self.path.clone(), kind, value, mark);
    }

    fn push_at(&mut self, path: String, kind: Kind, value: Value, mark: Mark) {
        let omitted_at = match mark {
            Mark::Omitted => self.omitted_at,
            _ => 0,
        };
        self.leaves.push(Leaf {
            path,
            kind,
            value,
            mark,
            omitted_at,
        });
    }
}

/// What a field is inside its parent.
#[derive(Clone, Copy)]
enum Part {
    /// A part of something with this mark, or a start of it.
    Of(Mark),
    /// A field that is left out on its own account, which may be inside another such field.
    Omitted,
}

/// What a map's entry is sorted by, and its name.
fn key_name(key: &Tree) -> (i128, String) {
    match key.scalar() {
        Some((_, Value::Int(number))) => (number, number.to_string()),
        Some((_, Value::Uint(number))) => (i128::MAX, number.to_string()),
        Some((_, value)) => (0, value.to_string()),
        None => (0, compound_name(key)),
    }
}

/// The scalars of a key that has parts.
fn compound_name(key: &Tree) -> String {
    let leaves = leaves_of(&Forms::shown(key.clone()), &Schema::Plain, Names::Serde);
    let values = leaves.iter().map(|leaf| leaf.value.to_string());
    values.collect::<Vec<_>>().join(", ")
}
