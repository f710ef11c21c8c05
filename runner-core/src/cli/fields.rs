//! The fields of a config as `--help` lists them.

use crate::config::{Field, Members, Shape, Variant};

/// How many configs deep the list goes; a recursive type would have no end.
const DEPTH_MAX: usize = 4;

/// One line of the list: what to write, and what it means.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) meaning: String,
}

/// Every field that can be reached from a config with these members, nested ones as `optimizer.momentum`.
pub(super) fn entries(members: Members) -> Vec<Entry> {
    let mut lister = Lister {
        entries: Vec::new(),
        types: Vec::new(),
    };
    lister.members("", members);
    lister.entries
}

struct Lister {
    entries: Vec<Entry>,
    /// The types on the way to the current field.
    types: Vec<&'static str>,
}

impl Lister {
    fn members(&mut self, path: &str, members: Members) {
        for field in members.fields {
            self.field(path, field, None);
        }
        if !members.variants.is_empty() {
            self.variants(path, members.variants);
        }
    }

    fn variants(&mut self, path: &str, variants: &'static [Variant]) {
        // An enum at the root has no name of its own.
        let path_or_kind = if path.is_empty() { "kind" } else { path };
        for variant in variants {
            self.entries.push(Entry {
                name: format!("{path_or_kind} = {}", variant.name),
                meaning: one_line(variant.doc),
            });
            for field in variant.fields {
                self.field(path, field, Some(variant));
            }
        }
    }

    fn field(&mut self, path: &str, field: &Field, variant: Option<&Variant>) {
        let path = if path.is_empty() {
            field.name.to_owned()
        } else {
            format!("{path}.{}", field.name)
        };
        self.entries.push(Entry {
            name: format!("{path}: {}", field.type_name),
            meaning: meaning(field, variant),
        });
        if self.types.len() < DEPTH_MAX && !self.types.contains(&field.type_name) {
            self.types.push(field.type_name);
            self.inside(&path, &field.rules.shape);
            self.types.pop();
        }
    }

    fn inside(&mut self, path: &str, shape: &Shape) {
        match shape {
            Shape::Plain => {}
            Shape::Config(members) => self.members(path, members()),
            // What an `Option` holds has its path; an item's number or a map's key is not known here.
            Shape::Through(inner) => self.inside(path, inner),
            Shape::Tuple(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.inside(&format!("{path}.{index}"), item);
                }
            }
        }
    }
}

fn meaning(field: &Field, variant: Option<&Variant>) -> String {
    let mut notes = Vec::new();
    if let Some(variant) = variant {
        notes.push(format!("of {}", variant.name));
    }
    if field.is_name() {
        notes.push("names the run".to_owned());
    }
    if field.is_replicate() {
        notes.push("replicate".to_owned());
    }
    if field.is_skipped() {
        notes.push("not in the key".to_owned());
    }
    if let Some(added) = field.rules.added {
        notes.push(format!("added later, was {}", added().shown));
    }
    if field.key_name() != field.name() {
        notes.push(format!("`{}` in the key", field.key_name()));
    }
    let doc = one_line(field.doc);
    match (doc.is_empty(), notes.is_empty()) {
        (_, true) => doc,
        (true, false) => format!("({})", notes.join(", ")),
        (false, false) => format!("{doc} ({})", notes.join(", ")),
    }
}

/// The first paragraph of a doc comment.
fn one_line(doc: &str) -> String {
    let paragraph: Vec<&str> = doc
        .lines()
        .map(str::trim)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty())
        .collect();
    paragraph.join(" ")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        canonical::{Added, added},
        config::Rules,
    };

    pub(in crate::cli) const PLAIN: Rules = Rules {
        key: "",
        skip: false,
        replicate: false,
        naming: false,
        added: None,
        shape: Shape::Plain,
    };

    pub(in crate::cli) const fn field(
        name: &'static str,
        type_name: &'static str,
        doc: &'static str,
        rules: Rules,
    ) -> Field {
        Field {
            name,
            type_name,
            doc,
            rules: Rules { key: name, ..rules },
        }
    }

    const fn through(shape: &'static Shape) -> Rules {
        Rules {
            shape: Shape::Through(shape),
            ..PLAIN
        }
    }

    fn no_weight() -> Added {
        added(&0_u32, Shape::Plain)
    }

    fn node() -> Members {
        const SHAPE: Shape = Shape::Config(node);
        Members {
            former: &[],
            fields: const {
                &[
                    field(
                        "weight",
                        "u32",
                        "",
                        Rules {
                            added: Some(no_weight),
                            ..PLAIN
                        },
                    ),
                    field("next", "Option<Box<Node>>", "The rest.", through(&SHAPE)),
                ]
            },
            variants: &[],
        }
    }

    fn optimizer() -> Members {
        Members {
            former: &[],
            fields: &[],
            variants: const {
                &[
                    Variant {
                        name: "sgd",
                        doc: "Plain descent.\n\nNot shown.",
                        fields: &[],
                    },
                    Variant {
                        name: "adam",
                        doc: "",
                        fields: &[field("beta", "f64", "Decay.", PLAIN)],
                    },
                ]
            },
        }
    }

    fn check(members: Members, expected: &[(&str, &str)]) {
        let entries = entries(members);
        let entries: Vec<(&str, &str)> = entries
            .iter()
            .map(|entry| (entry.name.as_str(), entry.meaning.as_str()))
            .collect();
        assert_eq!(entries, expected);
    }

    #[test]
    fn recursive_types_have_an_end() {
        check(
            node(),
            &[
                ("weight: u32", "(added later, was 0)"),
                ("next: Option<Box<Node>>", "The rest."),
                ("next.weight: u32", "(added later, was 0)"),
                ("next.next: Option<Box<Node>>", "The rest."),
            ],
        );
    }

    #[test]
    fn variants_are_values_with_fields() {
        check(
            optimizer(),
            &[
                ("kind = sgd", "Plain descent."),
                ("kind = adam", ""),
                ("beta: f64", "Decay. (of adam)"),
            ],
        );
        let nested = Members {
            former: &[],
            fields: const {
                &[field(
                    "pair",
                    "(u32, Optimizer)",
                    "",
                    Rules {
                        shape: Shape::Tuple(&[Shape::Plain, Shape::Config(optimizer)]),
                        skip: true,
                        replicate: true,
                        ..PLAIN
                    },
                )]
            },
            variants: &[],
        };
        check(
            nested,
            &[
                ("pair: (u32, Optimizer)", "(replicate, not in the key)"),
                ("pair.1 = sgd", "Plain descent."),
                ("pair.1 = adam", ""),
                ("pair.1.beta: f64", "Decay. (of adam)"),
            ],
        );
    }
}
