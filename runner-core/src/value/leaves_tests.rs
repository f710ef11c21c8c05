//! The leaves of values, as exact tables.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::config::{Shape, Shaped};
use super::{
    leaves::{Mark, Names, leaves},
    schema::{Schema, added},
    testing::{Bytes, Entries, Unwritable, config, field, variant},
};

/// One line a leaf: path, kind, value, and the mark if there is one.
fn table<T: Serialize>(value: &T, schema: &Schema, names: Names) -> Vec<String> {
    leaves(value, schema, names)
        .iter()
        .map(|leaf| {
            let mark = match leaf.mark {
                Mark::Keyed => String::new(),
                mark => format!(" ({mark:?})"),
            };
            format!("{}: {} {}{mark}", leaf.path, leaf.kind.name(), leaf.value)
        })
        .collect()
}

#[track_caller]
fn check<T: Serialize>(value: &T, expected: &[&str]) {
    assert_eq!(table(value, &Schema::Plain, Names::Key), expected);
}

#[track_caller]
fn check_config<T: Serialize + Shaped>(value: &T, names: Names, expected: &[&str]) {
    assert_eq!(table(value, &Schema::new(T::SHAPE), names), expected);
}

#[derive(Clone, Serialize, Deserialize)]
enum Enum {
    Unit,
    Newtype(f32),
    Tuple(u8, bool),
    Mixed(u8, Point),
    Struct { x: i16, y: Option<Point> },
}

#[derive(Clone, Serialize, Deserialize)]
struct Point {
    x: f64,
    y: f64,
}

const POINT: Point = Point { x: 0.5, y: -1.0 };

#[test]
fn a_config_of_everything() {
    #[derive(Serialize)]
    struct Everything {
        nested: Point,
        some: Option<u64>,
        none: Option<u64>,
        some_point: Option<Point>,
        scalars: Vec<u32>,
        pair: (i8, &'static str),
        points: Vec<Point>,
        long: Vec<u8>,
        bytes: Bytes,
        unit: (),
        letter: char,
        flag: bool,
        big: u128,
    }
    check(
        &Everything {
            nested: POINT,
            some: Some(1),
            none: None,
            some_point: Some(POINT),
            scalars: vec![1, 2, 3],
            pair: (-1, "a, b"),
            points: vec![POINT, POINT],
            long: vec![0; 17],
            bytes: Bytes(b"\x01\xff"),
            unit: (),
            letter: 'ß',
            flag: true,
            big: u128::MAX,
        },
        &[
            "nested.x: f64 0.5",
            "nested.y: f64 -1",
            "some: u64 1",
            "none: none none",
            "some_point.x: f64 0.5",
            "some_point.y: f64 -1",
            "scalars: list [1, 2, 3]",
            "pair: list [-1, a, b]",
            "points.0.x: f64 0.5",
            "points.0.y: f64 -1",
            "points.1.x: f64 0.5",
            "points.1.y: f64 -1",
            "long: list [17 items]",
            "bytes: bytes 0x01ff",
            "unit: unit ()",
            "letter: char ß",
            "flag: bool true",
            "big: u128 340282366920938463463374607431768211455",
        ],
    );
}

#[test]
fn variants_have_a_leaf_of_their_own() {
    #[derive(Serialize)]
    struct Outer {
        e: Enum,
    }
    let outer = |e| Outer { e };
    check(&outer(Enum::Unit), &["e: variant Unit"]);
    check(
        &outer(Enum::Newtype(0.1)),
        &["e: variant Newtype", "e.Newtype: f32 0.1"],
    );
    check(
        &outer(Enum::Tuple(1, true)),
        &["e: variant Tuple", "e.Tuple: list [1, true]"],
    );
    check(
        &outer(Enum::Mixed(1, POINT)),
        &[
            "e: variant Mixed",
            "e.Mixed.0: u8 1",
            "e.Mixed.1.x: f64 0.5",
            "e.Mixed.1.y: f64 -1",
        ],
    );
    check(
        &outer(Enum::Struct { x: 1, y: None }),
        &[
            "e: variant Struct",
            "e.Struct.x: i16 1",
            "e.Struct.y: none none",
        ],
    );
}

#[test]
fn an_enum_at_the_root_is_called_kind() {
    check(&Enum::Unit, &["kind: variant Unit"]);
    check(
        &Enum::Newtype(0.1),
        &["kind: variant Newtype", "Newtype: f32 0.1"],
    );
    check(
        &Enum::Struct {
            x: 1,
            y: Some(POINT),
        },
        &[
            "kind: variant Struct",
            "Struct.x: i16 1",
            "Struct.y.x: f64 0.5",
            "Struct.y.y: f64 -1",
        ],
    );
}

#[test]
fn a_scalar_at_the_root_has_no_path() {
    check(&0.25, &[": f64 0.25"]);
    check(&Some("a"), &[": text a"]);
    check(&vec![1, 2], &[": list [1, 2]"]);
    check(&vec![POINT], &["0.x: f64 0.5", "0.y: f64 -1"]);
}

#[test]
fn empty_things() {
    #[derive(Serialize)]
    struct Empty {}
    #[derive(Serialize)]
    struct Outer {
        list: Vec<Point>,
        map: BTreeMap<u8, u8>,
        empty: Empty,
        array: [u8; 0],
        text: &'static str,
    }
    check(
        &Outer {
            list: vec![],
            map: BTreeMap::new(),
            empty: Empty {},
            array: [],
            text: "",
        },
        &["list: list []", "array: list []", "text: text "],
    );
    check(&Unwritable, &[]);
}

/// Entries were sorted by their whole paths, so `10` came before `9` and the fields of a value lost their order.
#[test]
fn map_entries_are_sorted_by_key_alone() {
    #[derive(Serialize)]
    struct Backwards {
        z: u8,
        a: u8,
    }
    check(
        &Entries(vec![(10_u32, ("ten", Some(POINT))), (9, ("nine", None))]),
        &[
            "9: list [nine, none]",
            "10.0: text ten",
            "10.1.x: f64 0.5",
            "10.1.y: f64 -1",
        ],
    );
    check(
        &Entries(vec![
            ("b", Backwards { z: 1, a: 2 }),
            ("a", Backwards { z: 3, a: 4 }),
        ]),
        &["a.z: u8 3", "a.a: u8 4", "b.z: u8 1", "b.a: u8 2"],
    );
}

/// All keys that are no scalars were called `(key)`, so a `HashMap` had its leaves in any order.
#[test]
fn map_keys_with_parts_are_told_apart() {
    check(
        &HashMap::from([((1, 2), 'b'), ((1, 1), 'a'), ((2, 0), 'c')]),
        &["[1, 1]: char a", "[1, 2]: char b", "[2, 0]: char c"],
    );
    let texts = [("a, b", "c"), ("a", "b, c")];
    let forwards = Entries(texts.map(|key| (key, key.0.len())).to_vec());
    let backwards = Entries(
        texts
            .map(|key| (key, key.0.len()))
            .into_iter()
            .rev()
            .collect(),
    );
    assert_eq!(
        leaves(&forwards, &Schema::Plain, Names::Key),
        leaves(&backwards, &Schema::Plain, Names::Key)
    );
}

/// The items of a long list after its first 16 vanished if one of them was no scalar.
#[test]
fn a_long_list_stays_a_list_whatever_follows() {
    let list = |last: Enum| {
        let mut list = vec![Enum::Unit; 19];
        list.push(last);
        list
    };
    check(&list(Enum::Newtype(0.5)), &[": list [20 items]"]);
    let leaf = |last| {
        leaves(&list(last), &Schema::Plain, Names::Key)
            .remove(0)
            .value
    };
    assert_eq!(leaf(Enum::Newtype(0.5)), leaf(Enum::Newtype(0.5)));
    assert_ne!(leaf(Enum::Newtype(0.5)), leaf(Enum::Newtype(0.25)));
    assert_ne!(leaf(Enum::Newtype(0.5)), leaf(Enum::Unit));
    assert_eq!(
        leaf(Enum::Newtype(f32::NAN)),
        leaf(Enum::Newtype(-f32::NAN))
    );

    let early = [Enum::Unit, Enum::Newtype(0.5), Enum::Unit];
    check(
        &early,
        &[
            "0: variant Unit",
            "1: variant Newtype",
            "1.Newtype: f32 0.5",
            "2: variant Unit",
        ],
    );
}

#[test]
fn a_long_list_is_known_by_every_item() {
    let leaf = |items: Vec<u64>| leaves(&items, &Schema::Plain, Names::Key).remove(0).value;
    let mut items: Vec<u64> = (0..40).collect();
    let before = leaf(items.clone());
    for index in 0..items.len() {
        items[index] += 100;
        assert_ne!(leaf(items.clone()), before);
        items[index] -= 100;
    }
    items.swap(3, 30);
    assert_ne!(leaf(items), before);
}

#[derive(Clone, Serialize, Deserialize)]
struct Optimizer {
    rate: f64,
    threads: u32,
}

config!(Optimizer, struct [field("rate").keyed_as("lr"), field("threads").skipped()]);

#[derive(Clone, Serialize, Deserialize)]
struct Train {
    optimizer: Optimizer,
    fallback: Optimizer,
    seed: u64,
    size: u32,
    log: Optimizer,
}

fn fallback() -> Optimizer {
    Optimizer {
        rate: 0.1,
        threads: 0,
    }
}

config!(Train, struct [
    field("optimizer").shaped(Optimizer::SHAPE),
    field("fallback")
        .shaped(Optimizer::SHAPE)
        .added(|| added(&fallback(), Optimizer::SHAPE)),
    field("seed").replicate(),
    field("size").keyed_as("n").added(|| added(&1_u32, Shape::Plain)),
    field("log").shaped(Optimizer::SHAPE).skipped(),
]);

const TRAIN: Train = Train {
    optimizer: Optimizer {
        rate: 0.1,
        threads: 1,
    },
    fallback: Optimizer {
        rate: 0.1,
        threads: 2,
    },
    seed: 7,
    size: 2,
    log: Optimizer {
        rate: 0.2,
        threads: 3,
    },
};

#[test]
fn marks_and_the_names_of_the_key() {
    check_config(
        &TRAIN,
        Names::Key,
        &[
            "optimizer.lr: f64 0.1",
            "optimizer.threads: u32 1 (Skipped)",
            "fallback.lr: f64 0.1 (Omitted)",
            "fallback.threads: u32 2 (Skipped)",
            "seed: u64 7 (Replicate)",
            "n: u32 2",
            "log.lr: f64 0.2 (Skipped)",
            "log.threads: u32 3 (Skipped)",
        ],
    );
}

#[test]
fn the_names_of_serde() {
    let train = Train {
        fallback: Optimizer {
            rate: 0.3,
            threads: 2,
        },
        size: 1,
        ..TRAIN
    };
    check_config(
        &vec![train],
        Names::Serde,
        &[
            "0.optimizer.rate: f64 0.1",
            "0.optimizer.threads: u32 1 (Skipped)",
            "0.fallback.rate: f64 0.3",
            "0.fallback.threads: u32 2 (Skipped)",
            "0.seed: u64 7 (Replicate)",
            "0.size: u32 1 (Omitted)",
            "0.log.rate: f64 0.2 (Skipped)",
            "0.log.threads: u32 3 (Skipped)",
        ],
    );
}

#[test]
fn marks_inside_variants() {
    #[derive(Clone, Serialize, Deserialize)]
    enum Kind {
        Newtype(u32),
        Tuple(u32, u32),
    }
    config!(Kind, enum [
        variant("Newtype", &[field("0").skipped()]),
        variant("Tuple", &[field("0"), field("1").added(|| added(&1_u32, Shape::Plain))]),
    ]);
    check_config(
        &Kind::Newtype(1),
        Names::Key,
        &["kind: variant Newtype", "Newtype: u32 1 (Skipped)"],
    );
    check_config(
        &Kind::Tuple(1, 1),
        Names::Key,
        &[
            "kind: variant Tuple",
            "Tuple.0: u32 1",
            "Tuple.1: u32 1 (Omitted)",
        ],
    );
}

/// `added = {"a": {"b.c": 1}}` was taken for `{"a.b": {"c": 1}}`.
#[test]
fn names_with_dots_are_not_taken_for_several() {
    let nested = |outer: &str, inner: &str| {
        BTreeMap::from([(outer.to_owned(), BTreeMap::from([(inner.to_owned(), 1)]))])
    };
    let paths = |outer, inner| {
        let leaves = leaves(&nested(outer, inner), &Schema::Plain, Names::Key);
        leaves.into_iter().map(|leaf| leaf.path).collect::<Vec<_>>()
    };
    assert_eq!(paths("a", "b.c"), ["a.\"b.c\""]);
    assert_eq!(paths("a.b", "c"), ["\"a.b\".c"]);
    assert_eq!(paths("\"a", "b\""), ["\"\\\"a\".b\""]);
    assert_eq!(paths("a", "b"), ["a.b"]);
}
