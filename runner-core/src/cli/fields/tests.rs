use std::{collections::BTreeMap, ops::Range};

use runner_derive::Config;
use serde::{Deserialize, Serialize};

use super::*;
use crate::value::{Config, Sample, Shaped, config, field, members, probe};

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

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(crate = crate)]
struct Node {
    #[config(added = 0_u32)]
    weight: u32,
    /// The rest.
    next: Option<Box<Node>>,
    #[serde(skip)]
    #[config(skip)]
    unwritten: u32,
}

#[test]
fn recursive_types_have_an_end() {
    check::<Node>(&[
        ("weight", ": u32", "(added later, was 0)"),
        ("next", ": Option<Box<Node>>", "The rest."),
        ("next.weight", ": u32", "(added later, was 0)"),
        ("next.next", ": Option<Box<Node>>", "The rest."),
    ]);
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Config)]
#[config(crate = crate)]
#[serde(rename_all = "lowercase")]
enum Optimizer {
    /// Plain descent.
    ///
    /// Not shown.
    Sgd,
    Adam {
        /// Decay.
        beta: u8,
    },
    Fixed(u8),
    Cycle(u8, u8),
}

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

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(crate = crate)]
struct Layer {
    units: u32,
}

type Many = Option<Vec<Option<Layer>>>;
type Pairs = Vec<(u8, Layer)>;
type Tree = BTreeMap<String, Layer>;
type Numbered = BTreeMap<u8, Vec<Layer>>;
type ByKind = BTreeMap<Optimizer, Layer>;

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(crate = crate)]
struct Inside {
    one: Option<Layer>,
    many: Many,
    pairs: Pairs,
    tree: Tree,
    numbered: Numbered,
    by_kind: ByKind,
    range: Range<u8>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Pair {
    pair: (Layer, u8),
}

// The derive refuses a field that is both.
config!(Pair, struct [Field {
    type_name: "(Layer, u8)",
    ..field("pair").shaped(<(Layer, u8)>::SHAPE).skipped().replicate()
}]);

#[test]
fn lists_and_maps_are_a_step_and_options_are_none() {
    check::<Pair>(&[
        ("pair", ": (Layer, u8)", "(replicate, not in the key)"),
        ("pair.0.units", ": u32", ""),
    ]);
    check::<Inside>(&[
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
