use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::*;
use crate::value::{Added, Config, Rules, Sample, Shaped, added, members, probe};

pub(in crate::cli) const PLAIN: Rules = Rules {
    key: "",
    skip: false,
    replicate: false,
    naming: false,
    ordered: false,
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

fn check<C: Config>(expected: &[(&str, &str, &str)]) {
    let entries = entries(members::<C>(), probe::<C>);
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| {
            let takes = match entry.takes {
                Says::Type(name) => format!(": {name}"),
                Says::Variant(name) => format!("= {name}"),
            };
            (entry.path.as_str(), takes, entry.meaning.as_str())
        })
        .collect();
    let entries: Vec<_> = entries
        .iter()
        .map(|(path, takes, meaning)| (*path, takes.as_str(), *meaning))
        .collect();
    assert_eq!(entries, expected);
}

macro_rules! config {
    ($type:ident, $fields:expr, $variants:expr) => {
        impl Shaped for $type {
            const SHAPE: Shape = Shape::Config(members::<Self>);
        }

        impl Config for $type {
            const FIELDS: &'static [Field] = $fields;
            const VARIANTS: &'static [Variant] = $variants;

            fn run_name(&self) -> Option<String> {
                None
            }
        }
    };
}

const fn shaped(name: &'static str, type_name: &'static str, shape: Shape) -> Field {
    field(name, type_name, "", Rules { shape, ..PLAIN })
}

#[derive(Clone, Serialize, Deserialize)]
struct Node {
    weight: u32,
    next: Option<Box<Self>>,
    #[serde(skip)]
    #[expect(dead_code, reason = "nobody writes it")]
    unwritten: u32,
}

fn no_weight() -> Added {
    added(&0_u32, Shape::Plain)
}

config!(
    Node,
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
        field(
            "next",
            "Option<Box<Node>>",
            "The rest.",
            Rules {
                shape: Option::<Box<Node>>::SHAPE,
                ..PLAIN
            },
        ),
        field("unwritten", "u32", "", PLAIN),
    ],
    &[]
);

#[test]
fn recursive_types_have_an_end() {
    check::<Node>(&[
        ("weight", ": u32", "(added later, was 0)"),
        ("next", ": Option<Box<Node>>", "The rest."),
        ("next.weight", ": u32", "(added later, was 0)"),
        ("next.next", ": Option<Box<Node>>", "The rest."),
    ]);
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Optimizer {
    Sgd,
    Adam { beta: u8 },
    Fixed(u8),
    Cycle(u8, u8),
}

config!(
    Optimizer,
    &[],
    &[
        Variant {
            name: "sgd",
            doc: "Plain descent.\n\nNot shown.",
            fields: &[],
        },
        Variant {
            name: "adam",
            doc: "",
            fields: &[field("beta", "u8", "Decay.", PLAIN)],
        },
        Variant {
            name: "fixed",
            doc: "",
            fields: &[field("0", "u8", "", PLAIN)],
        },
        Variant {
            name: "cycle",
            doc: "",
            fields: &[field("0", "u8", "", PLAIN), field("1", "u8", "", PLAIN)],
        },
    ]
);

/// The path of a variant's field goes through the variant's name, as `--set` wants it.
#[test]
fn variants_are_values_and_a_step_on_the_way_to_their_fields() {
    check::<Optimizer>(&[
        ("kind", "= sgd", "Plain descent."),
        ("kind", "= adam", ""),
        ("adam.beta", ": u8", "Decay."),
        ("kind", "= fixed", ""),
        ("fixed", ": u8", ""),
        ("kind", "= cycle", ""),
        ("cycle.0", ": u8", ""),
        ("cycle.1", ": u8", ""),
    ]);
}

#[derive(Clone, Serialize, Deserialize)]
struct Layer {
    units: u32,
}

config!(Layer, &[field("units", "u32", "", PLAIN)], &[]);

#[derive(Clone, Serialize, Deserialize)]
struct Inside {
    pair: (Layer, u8),
    one: Option<Layer>,
    many: Option<Vec<Option<Layer>>>,
    pairs: Vec<(u8, Layer)>,
    tree: BTreeMap<String, Layer>,
    numbered: BTreeMap<u8, Vec<Layer>>,
    by_kind: BTreeMap<Optimizer, Layer>,
    range: std::ops::Range<u8>,
}

config!(
    Inside,
    &[
        field(
            "pair",
            "(Layer, u8)",
            "",
            Rules {
                shape: <(Layer, u8)>::SHAPE,
                skip: true,
                replicate: true,
                ..PLAIN
            }
        ),
        shaped("one", "Option<Layer>", Option::<Layer>::SHAPE),
        shaped("many", "Many", Option::<Vec<Option<Layer>>>::SHAPE),
        shaped("pairs", "Pairs", Vec::<(u8, Layer)>::SHAPE),
        shaped("tree", "Tree", BTreeMap::<String, Layer>::SHAPE),
        shaped("numbered", "Numbered", BTreeMap::<u8, Vec<Layer>>::SHAPE),
        shaped("by_kind", "ByKind", BTreeMap::<Optimizer, Layer>::SHAPE),
        shaped("range", "Range<u8>", std::ops::Range::<u8>::SHAPE),
    ],
    &[]
);

#[test]
fn lists_and_maps_are_a_step_and_options_are_none() {
    check::<Inside>(&[
        ("pair", ": (Layer, u8)", "(replicate, not in the key)"),
        ("pair.0.units", ": u32", ""),
        ("one", ": Option<Layer>", ""),
        ("one.units", ": u32", ""),
        ("many", ": Many", ""),
        ("many.N.units", ": u32", ""),
        ("pairs", ": Pairs", ""),
        ("pairs.N.1.units", ": u32", ""),
        ("tree", ": Tree", ""),
        ("tree.KEY.units", ": u32", ""),
        ("numbered", ": Numbered", ""),
        ("numbered.KEY.N.units", ": u32", ""),
        ("by_kind", ": ByKind", ""),
        ("by_kind.KEY.units", ": u32", ""),
        ("range", ": Range<u8>", ""),
    ]);
}

#[test]
fn every_path_without_a_placeholder_is_one_that_the_type_takes() {
    let listed = entries(members::<Sample>(), probe::<Sample>);
    assert!(listed.iter().any(|entry| !entry.is_exact()));
    for entry in listed.iter().filter(|entry| entry.is_exact()) {
        let place = resolve(probe::<Sample>, steps(&entry.path));
        assert!(place.is_ok(), "{}: {place:?}", entry.path);
    }
}
