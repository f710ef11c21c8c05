//! [`leaves`]: every scalar inside a value, in the order of its declaration, with the path that leads to it.

use serde::ser::Serialize;

use super::{
    digest::Digest,
    kind::Kind,
    leaf::{Leaf, Mark, Value},
    leaves_cursor::Cursor,
    scalar::NotScalar,
    schema::{FieldSchema, Schema},
    walk::Walker,
};

/// Which names of renamed fields lead to a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// Those of the key, which survive a rename.
    Key,
    /// Those of serde, which people write.
    Serde,
}

/// The scalars inside an output that are in no list or tuple: a loss curve costs next to nothing.
pub(crate) fn scalars<T: Serialize + ?Sized>(value: &T) -> Vec<Leaf> {
    collect(value, &Schema::Plain, Names::Serde, Lists::Skip)
}

/// The first scalars inside `value` in declaration order, for their paths and kinds alone:
/// the digests of long lists mean nothing.
pub(crate) fn first_leaves<T: Serialize + ?Sized>(value: &T, count: usize) -> Vec<Leaf> {
    collect(value, &Schema::Plain, Names::Serde, Lists::Sketch(count))
}

/// The scalars inside `value`. What cannot be serialised has no leaves; the walk over the key reports it.
pub(crate) fn leaves<T: Serialize + ?Sized>(value: &T, schema: &Schema, names: Names) -> Vec<Leaf> {
    collect(value, schema, names, Lists::Keep)
}

fn collect<T: Serialize + ?Sized>(
    value: &T,
    schema: &Schema,
    names: Names,
    lists: Lists,
) -> Vec<Leaf> {
    let mut collector = Collector {
        path: String::with_capacity(64),
        leaves: Vec::with_capacity(8),
        names,
        lists,
        walker: Walker::new(),
        omitted_at: 0,
    };
    let cursor = Cursor {
        collector: &mut collector,
        schema,
        mark: Mark::Keyed,
    };
    // Only a value's own `Serialize` can fail here, and what it wrote before is still true.
    let _ = value.serialize(cursor);
    collector.leaves
}

pub(crate) struct Collector {
    pub(crate) path: String,
    pub(crate) leaves: Vec<Leaf>,
    names: Names,
    pub(crate) lists: Lists,
    /// For the digests of what is not kept as it is.
    pub(crate) walker: Walker,
    /// Where the path of the innermost field that was left out ends.
    omitted_at: usize,
}

/// What becomes of lists and tuples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lists {
    Keep,
    Skip,
    /// Kept without their digests, and only until there are so many leaves.
    Sketch(usize),
}

impl Collector {
    pub(crate) fn push(&mut self, kind: Kind, value: Value, mark: Mark) {
        if self.has_enough() {
            return;
        }
        self.leaves.push(Leaf {
            path: self.path.clone(),
            kind,
            value,
            mark,
            omitted_at: if mark == Mark::Omitted {
                self.omitted_at
            } else {
                0
            },
        });
    }

    /// Extends the path by `name` while `inside` runs.
    pub(crate) fn within<R>(&mut self, name: &str, inside: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        let result = inside(self);
        self.path.truncate(length);
        result
    }

    pub(crate) fn field<T: Serialize + ?Sized>(
        &mut self,
        known: Option<&FieldSchema>,
        schema: &Schema,
        name: &str,
        mark: Mark,
        value: &T,
    ) -> Result<(), NotScalar> {
        let name = match known {
            Some(known) if self.names == Names::Key => known.field.rules.key,
            _ => name,
        };
        self.field_at(known, schema, name, mark, value)
    }

    /// As [`field`](Self::field), under exactly this name.
    pub(crate) fn field_at<T: Serialize + ?Sized>(
        &mut self,
        known: Option<&FieldSchema>,
        schema: &Schema,
        name: &str,
        mark: Mark,
        value: &T,
    ) -> Result<(), NotScalar> {
        let part = known.map_or(Part::Of(mark), |known| {
            if mark == Mark::Skipped || known.field.rules.skip {
                Part::Of(Mark::Skipped)
            } else {
                self.part(known, mark, |walker| walker.aside(value, &known.schema))
            }
        });
        if let Some(known) = known
            && known.was.is_some()
        {
            self.former(known, name, mark)?;
        }
        let schema = known.map_or(schema, |known| &known.schema);
        self.within_part(name, part, |cursor| {
            value.serialize(Cursor { schema, ..cursor })
        })
    }

    /// The leaves of the value that stands in the key for a field of the past, and one that says so. People see only what is
    /// there.
    pub(crate) fn former(
        &mut self,
        known: &FieldSchema,
        name: &str,
        mark: Mark,
    ) -> Result<(), NotScalar> {
        let (Names::Key, Some(was), Some(claimed)) = (self.names, &known.was, known.past()) else {
            return Ok(());
        };
        if mark == Mark::Skipped {
            return Ok(());
        }
        let part = self.part(known, mark, |walker| was.digest(walker, &known.schema));
        if matches!(part, Part::Of(_)) {
            self.within(name, |collector| {
                let claim = Value::Variant(claimed.name().to_owned());
                collector.push(Kind::Variant, claim, Mark::Claimed);
            });
        }
        self.within_part(name, part, |cursor| {
            was.leaves(Cursor {
                schema: &known.schema,
                ..cursor
            })
        })
    }

    /// Extends the path by the name of a field while `inside` runs.
    fn within_part<R>(
        &mut self,
        name: &str,
        part: Part,
        inside: impl FnOnce(Cursor<'_>) -> R,
    ) -> R {
        self.within(name, |collector| {
            let outer = collector.omitted_at;
            let mark = match part {
                Part::Of(mark) => mark,
                Part::Omitted => {
                    collector.omitted_at = collector.path.len();
                    Mark::Omitted
                }
            };
            let result = inside(Cursor {
                collector: &mut *collector,
                schema: &Schema::Plain,
                mark,
            });
            collector.omitted_at = outer;
            result
        })
    }

    /// Whether no further leaf is asked for.
    fn has_enough(&self) -> bool {
        matches!(self.lists, Lists::Sketch(count) if self.leaves.len() >= count)
    }

    /// Whether the items of a list make no leaves.
    pub(crate) fn skips_items(&self) -> bool {
        self.lists == Lists::Skip || self.has_enough()
    }

    /// Adds an item to the digest of the list that is being written.
    pub(crate) fn chain<T: Serialize + ?Sized>(&mut self, item: &T, schema: &Schema) {
        if self.lists == Lists::Keep {
            self.walker.chain(item, schema);
        }
    }

    /// What is skipped leaves out everything inside it; inside what is omitted, fields still follow their own rules, so
    /// that a field that is added there later can be told from a value that changed.
    fn part(
        &mut self,
        known: &FieldSchema,
        parent: Mark,
        digest: impl FnOnce(&mut Walker) -> Option<Digest>,
    ) -> Part {
        if let Some(added) = &known.added
            && let Some(digest) = digest(&mut self.walker)
            && added.digest.as_ref() == Ok(&digest)
        {
            Part::Omitted
        } else if parent == Mark::Omitted {
            Part::Of(parent)
        } else if known.field.rules.replicate {
            Part::Of(Mark::Replicate)
        } else {
            Part::Of(parent)
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{
        added::{Added, added},
        config::{Field, Members, Rules, Shape},
    };

    #[derive(serde::Serialize)]
    struct Outer {
        inner: Inner,
        threads: u32,
    }

    #[derive(serde::Serialize)]
    struct Inner {
        x: u32,
        y: u32,
        threads: u32,
    }

    const fn field(name: &'static str, added: Option<fn() -> Added>, shape: Shape) -> Field {
        Field {
            name,
            type_name: "",
            doc: "",
            rules: Rules {
                key: name,
                skip: matches!(name.as_bytes(), b"threads"),
                replicate: false,
                naming: false,
                added,
                shape,
            },
        }
    }

    const INNER: Shape = Shape::Config(|| Members {
        former: &[],
        fields: const {
            &[
                field("x", None, Shape::Plain),
                field("y", Some(|| added(&2_u32, Shape::Plain)), Shape::Plain),
                field("threads", None, Shape::Plain),
            ]
        },
        variants: &[],
    });

    const OUTER: Shape = Shape::Config(|| Members {
        former: &[],
        fields: const {
            &[
                field("inner", Some(|| added(&inner(2, 1), INNER)), INNER),
                field("threads", None, Shape::Plain),
            ]
        },
        variants: &[],
    });

    const fn inner(y: u32, threads: u32) -> Inner {
        Inner { x: 1, y, threads }
    }

    /// Each path up to its mark, with `|` where the omitted field ends.
    fn check(inner: Inner, expected: &[&str]) {
        let outer = Outer { inner, threads: 1 };
        let leaves = leaves(&outer, &Schema::new(OUTER), Names::Key);
        let shown = leaves.iter().map(|leaf| {
            let (field, inside) = leaf.path.split_at(leaf.omitted_at);
            format!("{field}|{inside} {:?}", leaf.mark)
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn leaves_know_the_innermost_field_that_is_left_out() {
        check(
            inner(2, 9),
            &[
                "inner|.x Omitted",
                "inner.y| Omitted",
                "|inner.threads Skipped",
                "|threads Skipped",
            ],
        );
        check(
            inner(3, 1),
            &[
                "|inner.x Keyed",
                "|inner.y Keyed",
                "|inner.threads Skipped",
                "|threads Skipped",
            ],
        );
    }
}
