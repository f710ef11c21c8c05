//! What the attributes of a config's fields do to its digest.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
};

use serde::{Deserialize, Serialize};

use super::config::{Config, Shape, Shaped};
use super::{
    scalar::Digest,
    schema::Schema,
    schema::added,
    testing::{Unwritable, config, digest, field, variant, walk},
    walk::{Scope, Walker},
};

const NOTHING: Digest = Digest::from_u128(0);

#[derive(Clone, Serialize, Deserialize)]
struct Before {
    rate: f64,
}

config!(Before, struct [field("rate")]);

#[derive(Clone, Serialize, Deserialize)]
struct After {
    rate: f64,
    decay: f32,
    threads: u32,
}

config!(After, struct [
    field("rate"),
    field("decay").added(|| added(&0.5_f32, Shape::Plain)),
    field("threads").skipped(),
]);

const BEFORE: Before = Before { rate: 0.1 };
const AFTER: After = After {
    rate: 0.1,
    decay: 0.5,
    threads: 1,
};

/// The digests of a value whose type is the type of a config's field.
fn inside<T: Shaped + Serialize>(value: &T) -> (Digest, Digest) {
    let walked = Walker::new()
        .config(value, &Schema::new(T::SHAPE))
        .expect("the value can be written");
    (walked.value, walked.omitted)
}

#[test]
fn a_skipped_field_does_not_count() {
    let other = After {
        threads: 8,
        ..AFTER
    };
    assert_eq!(walk(&other), walk(&AFTER));
}

#[test]
fn an_added_field_counts_only_where_it_differs() {
    let (value, omitted) = walk(&AFTER);
    assert_eq!(value, walk(&BEFORE).0);
    assert_ne!(omitted, NOTHING);
    assert_eq!(walk(&BEFORE).1, NOTHING);

    let (value, omitted) = walk(&After {
        decay: 0.25,
        ..AFTER
    });
    assert_ne!(value, walk(&BEFORE).0);
    assert_eq!(omitted, NOTHING);
}

/// That is how a result is known to be stale after the `added` value was changed.
#[test]
fn what_is_omitted_depends_on_the_value_and_the_field() {
    #[derive(Clone, Serialize, Deserialize)]
    struct Other {
        rate: f64,
        decay: f32,
    }
    config!(Other, struct [
        field("rate"),
        field("decay").added(|| added(&0.25_f32, Shape::Plain)),
    ]);
    #[derive(Clone, Serialize, Deserialize)]
    struct Elsewhere {
        rate: f64,
        growth: f32,
    }
    config!(Elsewhere, struct [
        field("rate"),
        field("growth").added(|| added(&0.5_f32, Shape::Plain)),
    ]);
    let other = walk(&Other {
        rate: 0.1,
        decay: 0.25,
    });
    let elsewhere = walk(&Elsewhere {
        rate: 0.1,
        growth: 0.5,
    });
    assert_eq!(other.0, walk(&AFTER).0);
    assert_eq!(elsewhere.0, walk(&AFTER).0);
    assert_ne!(other.1, walk(&AFTER).1);
    assert_ne!(elsewhere.1, walk(&AFTER).1);
}

#[test]
fn a_renamed_field_keeps_its_place_in_the_key() {
    #[derive(Clone, Serialize, Deserialize)]
    struct Renamed {
        learning_rate: f64,
    }
    config!(Renamed, struct [field("learning_rate").keyed_as("rate")]);
    assert_eq!(walk(&Renamed { learning_rate: 0.1 }), walk(&BEFORE));
}

/// The error named a renamed field by its name in the key, which the source no longer has.
#[test]
fn an_error_names_a_renamed_field_as_it_is_now() {
    #[derive(Clone, Serialize, Deserialize)]
    struct Renamed {
        new: Unwritable,
    }
    config!(Renamed, struct [field("new").keyed_as("old")]);
    let error = Walker::new().config(&Renamed { new: Unwritable }, &Schema::new(Renamed::SHAPE));
    assert_eq!(
        error.expect_err("it is broken"),
        "field `new`: it is broken"
    );
}

#[test]
fn an_added_value_that_cannot_be_written_is_an_error_of_its_field() {
    #[derive(Clone, Serialize, Deserialize)]
    struct Broken {
        new: u32,
    }
    config!(Broken, struct [field("new").added(|| added(&Unwritable, Shape::Plain))]);
    let error = Walker::new().config(&Broken { new: 1 }, &Schema::new(Broken::SHAPE));
    assert_eq!(
        error.expect_err("its value is broken"),
        "field `new`: its `added` value cannot be written: it is broken"
    );
}

#[test]
fn rules_hold_wherever_a_config_sits() {
    #[track_caller]
    fn check<A: Shaped + Serialize, B: Shaped + Serialize>(after: &A, before: &B) {
        let (value, omitted) = inside(after);
        assert_eq!(value, inside(before).0);
        assert_ne!(omitted, NOTHING);
    }
    check(&Some(AFTER), &Some(BEFORE));
    check(&Some(Some(AFTER)), &Some(Some(BEFORE)));
    check(&vec![AFTER, AFTER], &vec![BEFORE, BEFORE]);
    check(&vec![Some(AFTER), None], &vec![Some(BEFORE), None]);
    check(&Box::new(AFTER), &Box::new(BEFORE));
    check(&[AFTER, AFTER], &[BEFORE, BEFORE]);
    check(&(1, AFTER, AFTER), &(1, BEFORE, BEFORE));
    check(
        &HashMap::from([("a", vec![AFTER])]),
        &HashMap::from([("a", vec![BEFORE])]),
    );
    check(
        &BTreeMap::from([(1, AFTER)]),
        &BTreeMap::from([(1, BEFORE)]),
    );
    check(&(AFTER..AFTER), &(BEFORE..BEFORE));
}

/// `Bound` writes its item as a newtype variant, where the rules of the item used to be forgotten.
#[test]
fn rules_hold_in_a_bound() {
    let (value, omitted) = inside(&Bound::Included(AFTER));
    assert_eq!(value, inside(&Bound::Included(BEFORE)).0);
    assert_ne!(omitted, NOTHING);
}

/// A config around a value of any type.
#[derive(Clone, Serialize, Deserialize)]
struct With<T> {
    value: T,
}

config!(With<Vec<After>>, struct [field("value").shaped(<Vec<After>>::SHAPE)]);
config!(With<Vec<Before>>, struct [field("value").shaped(<Vec<Before>>::SHAPE)]);
config!(With<Option<After>>, struct [field("value").shaped(Shape::Plain)]);

#[test]
fn rules_hold_in_the_field_of_a_field() {
    let (value, omitted) = walk(&With { value: vec![AFTER] });
    assert_eq!(
        value,
        walk(&With {
            value: vec![BEFORE]
        })
        .0
    );
    assert_ne!(omitted, NOTHING);
}

#[test]
fn a_field_that_says_it_holds_no_config_is_taken_at_its_word() {
    let after = With { value: Some(AFTER) };
    assert_eq!(walk(&after), (digest(&after), NOTHING));
}

/// The digests of what was left out inside a value came in the order of its entries, which a `HashMap` changes.
#[test]
fn the_order_of_a_hash_map_does_not_change_what_is_omitted() {
    type Map = HashMap<u32, After>;
    #[derive(Clone, Serialize, Deserialize)]
    struct Outer {
        map: Map,
    }
    fn map() -> Map {
        (0..20).map(|key| (key, AFTER)).collect()
    }
    config!(Outer, struct [
        field("map")
            .shaped(Map::SHAPE)
            .added(|| added(&map(), Map::SHAPE)),
    ]);
    let expected = walk(&Outer { map: map() });
    assert_ne!(expected.1, NOTHING);
    for _ in 0..8 {
        assert_eq!(walk(&Outer { map: map() }), expected);
    }
}

#[derive(Clone, Serialize, Deserialize)]
enum Old {
    Adam,
    Sgd(f64),
    Step(f64, u32),
}

config!(Old, enum [
    variant("Adam", &[]),
    variant("Sgd", &[field("0")]),
    variant("Step", &[field("0"), field("1")]),
]);

mod grown {
    use super::*;

    /// As [`Old`], with a field added to each variant.
    #[derive(Clone, Serialize, Deserialize)]
    pub(crate) enum New {
        Adam { beta: f64, threads: u32 },
        Sgd(f64, u8),
        Step(f64, u32, u8, u8),
    }

    config!(New, enum [
        variant("Adam", &[
            field("beta").added(|| added(&0.9, Shape::Plain)),
            field("threads").skipped(),
        ]),
        variant("Sgd", &[field("0"), field("1").added(|| added(&7_u8, Shape::Plain))]),
        variant("Step", &[
            field("0"),
            field("1"),
            field("2").added(|| added(&7_u8, Shape::Plain)),
            field("3").added(|| added(&7_u8, Shape::Plain)),
        ]),
    ]);

    #[derive(Clone, Serialize, Deserialize)]
    pub(crate) enum Newtypes {
        Adam(u32),
        Sgd(f64),
    }

    config!(Newtypes, enum [
        variant("Adam", &[field("0").skipped()]),
        variant("Sgd", &[field("0").added(|| added(&0.5, Shape::Plain))]),
    ]);
}

/// A field left out of a variant used to leave a mark and the form of the variant behind, so every key changed with it.
#[test]
fn a_field_added_to_a_variant_counts_only_where_it_differs() {
    use grown::New;
    let old = |config| walk::<Old>(&config).0;
    let new = |config| walk::<New>(&config).0;
    let adam = |beta, threads| New::Adam { beta, threads };
    assert_eq!(new(adam(0.9, 4)), old(Old::Adam));
    assert_ne!(new(adam(0.8, 4)), old(Old::Adam));
    assert_eq!(new(New::Sgd(0.1, 7)), old(Old::Sgd(0.1)));
    assert_ne!(new(New::Sgd(0.1, 8)), old(Old::Sgd(0.1)));
    assert_eq!(new(New::Step(0.1, 3, 7, 7)), old(Old::Step(0.1, 3)));
    // Which of the two differs is not forgotten.
    assert_ne!(new(New::Step(0.1, 3, 8, 7)), new(New::Step(0.1, 3, 7, 8)));
    assert_ne!(new(New::Step(0.1, 3, 8, 7)), old(Old::Step(0.1, 3)));
    assert_ne!(walk(&adam(0.9, 4)).1, NOTHING);
    assert_ne!(walk(&New::Sgd(0.1, 7)).1, walk(&New::Step(0.1, 3, 7, 7)).1);
}

#[test]
fn the_only_field_of_a_variant_can_be_left_out() {
    use grown::Newtypes;
    assert_eq!(walk(&Newtypes::Adam(1)), walk(&Newtypes::Adam(2)));
    assert_eq!(walk(&Newtypes::Adam(1)).0, walk(&Old::Adam).0);
    assert_eq!(walk(&Newtypes::Sgd(0.1)).0, walk(&Old::Sgd(0.1)).0);
    assert_ne!(walk(&Newtypes::Sgd(0.5)).0, walk(&Old::Sgd(0.5)).0);
}

#[derive(Clone, Serialize, Deserialize)]
struct Repeated {
    rate: f64,
    seed: u64,
}

config!(Repeated, struct [field("rate"), field("seed").replicate()]);

#[test]
fn a_replicate_counts_in_the_key_and_not_in_the_group() {
    let group = |config: Repeated| {
        Walker::with_scope(Scope::Group)
            .config(&config, &Schema::new(Repeated::SHAPE))
            .map(|walked| walked.value)
    };
    let (a, b) = (
        Repeated { rate: 0.1, seed: 1 },
        Repeated { rate: 0.1, seed: 2 },
    );
    assert_ne!(walk(&a).0, walk(&b).0);
    assert_eq!(group(a), group(b.clone()));
    assert_ne!(group(b), group(Repeated { rate: 0.2, seed: 2 }));
}

#[derive(Clone, Serialize, Deserialize)]
enum Tree {
    Leaf { value: u32, label: String },
    Node(Box<Tree>, Box<Tree>),
}

config!(Tree, enum [
    variant("Leaf", &[field("value"), field("label").skipped()]),
    variant("Node", &[field("0").shaped(Shape::Config(super::config::members::<Tree>)),
                      field("1").shaped(Shape::Config(super::config::members::<Tree>))]),
]);

#[test]
fn rules_hold_at_every_depth_of_a_recursive_config() {
    fn tree(depth: u32, label: &str) -> Tree {
        if depth == 0 {
            return Tree::Leaf {
                value: 1,
                label: label.to_owned(),
            };
        }
        Tree::Node(
            Box::new(tree(depth - 1, label)),
            Box::new(tree(depth - 1, label)),
        )
    }
    assert_eq!(walk(&tree(5, "a")), walk(&tree(5, "b")));
    assert_ne!(walk(&tree(5, "a")), walk(&tree(4, "a")));
}

#[test]
fn fields_may_come_in_any_order() {
    #[derive(Clone, Serialize, Deserialize)]
    struct Reordered {
        threads: u32,
        decay: f32,
        rate: f64,
    }
    config!(Reordered, struct [
        field("threads").skipped(),
        field("decay").added(|| added(&0.5_f32, Shape::Plain)),
        field("rate"),
    ]);
    assert_eq!(
        walk(&Reordered {
            threads: 3,
            decay: 0.5,
            rate: 0.1
        }),
        walk(&AFTER)
    );
    assert_eq!(Reordered::FIELDS.len(), 3);
}

#[test]
fn a_value_may_be_added_at_the_end_of_a_tuple_variant() {
    #[derive(Clone, Serialize, Deserialize)]
    enum One {
        A(u32),
        B(u32, u32),
    }
    #[derive(Clone, Serialize, Deserialize)]
    enum More {
        A(u32, u32),
        B(u32, u32, u32),
    }
    config!(One, enum [
        variant("A", const { &[field("0")] }),
        variant("B", const { &[field("0"), field("1")] }),
    ]);
    config!(More, enum [
        variant("A", const { &[field("0"), field("1").added(|| added(&7_u32, Shape::Plain))] }),
        variant("B", const { &[field("0"), field("1"), field("2").added(|| added(&7_u32, Shape::Plain))] }),
    ]);
    assert_eq!(walk(&One::B(1, 2)).0, walk(&More::B(1, 2, 7)).0);
    // A variant with a single value, which serde writes in another way, is the same too.
    assert_eq!(walk(&One::A(1)).0, walk(&More::A(1, 7)).0);
}
