//! Fields of the past, in every kind of type that can have one.

use serde::{Deserialize, Serialize};

use super::config::{Field, Former, Members, Shape, Variant};
use super::{
    leaves::{Names, leaves},
    scalar::Digest,
    schema::Schema,
    schema::added,
    schema::was,
    testing::{field, variant},
    walk::Walker,
};

const NOTHING: Digest = Digest::from_u128(0);

const fn removed(variant: &'static str, name: &'static str) -> Former {
    Former {
        variant,
        field: field(name),
        was: || was(7_u32),
    }
}

const fn skipped(variant: &'static str, name: &'static str) -> Former {
    Former {
        variant,
        field: field(name).skipped(),
        was: || was(7_u32),
    }
}

/// Without rules, the value before and, with its schema, the value after; both have one key, and another claim digest.
#[track_caller]
fn same<A: Serialize, B: Serialize>(before: &A, after: &B, members: fn() -> Members) {
    let walk = |schema: &Schema| Walker::new().config(after, schema);
    let walked = walk(&Schema::new(Shape::Config(members))).expect("it can be written");
    let before = Walker::new().value(before).expect("it can be written");
    assert_eq!(walked.value, before);
    assert_ne!(walked.omitted, NOTHING);
    assert_ne!(walk(&Schema::Plain).map(|walked| walked.value), Ok(before));
}

#[derive(Clone, Serialize, Deserialize)]
enum Before {
    Unit { old: u32 },
    Newtype(u32),
    Tuple(u8, u32),
    Struct { size: u8, old: u32 },
}

#[derive(Clone, Serialize, Deserialize)]
enum After {
    Unit,
    Newtype(u32),
    Tuple(u8, u32),
    Struct { size: u8 },
}

fn after() -> Members {
    const VARIANTS: &[Variant] = &[
        variant("Unit", &[]),
        variant("Newtype", &[field("0").skipped()]),
        variant("Tuple", &[field("0"), field("1").skipped()]),
        variant("Struct", &[field("size")]),
    ];
    const FORMER: &[Former] = &[
        removed("Unit", "old"),
        skipped("Newtype", "0"),
        skipped("Tuple", "1"),
        removed("Struct", "old"),
    ];
    Members {
        fields: &[],
        variants: VARIANTS,
        former: FORMER,
    }
}

#[test]
fn variants_of_every_kind_keep_their_keys() {
    same(&Before::Unit { old: 7 }, &After::Unit, after);
    same(&Before::Newtype(7), &After::Newtype(1), after);
    same(&Before::Tuple(1, 7), &After::Tuple(1, 2), after);
    same(
        &Before::Struct { size: 1, old: 7 },
        &After::Struct { size: 1 },
        after,
    );
}

#[test]
fn a_struct_without_fields_may_have_had_one() {
    #[derive(Serialize)]
    struct Before {
        old: u32,
    }
    #[derive(Serialize)]
    struct After;
    #[derive(Serialize)]
    struct Braces {}
    fn members() -> Members {
        Members {
            fields: &[],
            variants: &[],
            former: const { &[removed("", "old")] },
        }
    }
    same(&Before { old: 7 }, &After, members);
    same(&Before { old: 7 }, &Braces {}, members);
}

/// A list of what looks like scalars used to be one leaf, in which no claim could be told.
#[test]
fn leaves_tell_claims_from_facts() {
    const SHAPE: Shape = Shape::Through(&Shape::Config(after));
    let table = |names| {
        let list = vec![After::Unit, After::Tuple(1, 2)];
        leaves(&list, &Schema::new(SHAPE), names)
            .iter()
            .map(|leaf| format!("{} {} {:?}", leaf.path, leaf.value, leaf.mark))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        table(Names::Key),
        [
            "0 Unit Keyed",
            "0.Unit.old removed Claimed",
            "0.Unit.old 7 Keyed",
            "1 Tuple Keyed",
            "1.Tuple.0 1 Keyed",
            "1.Tuple.1 skip Claimed",
            "1.Tuple.1 7 Keyed",
            "1.Tuple.1 2 Skipped",
        ]
    );
    assert_eq!(
        table(Names::Serde),
        [
            "0 Unit Keyed",
            "1 Tuple Keyed",
            "1.Tuple.0 1 Keyed",
            "1.Tuple.1 2 Skipped",
        ]
    );
}

/// As a field that is there, one that is removed is left out while it equals what its absence meant.
#[test]
fn a_removed_field_that_was_added_is_omitted() {
    #[derive(Serialize)]
    struct Before {
        rate: f64,
        old: u32,
    }
    #[derive(Serialize)]
    struct After {
        rate: f64,
    }
    const ADDED: Field = field("old").added(|| added(&7_u32, Shape::Plain));
    fn before() -> Members {
        Members {
            fields: const { &[field("rate"), ADDED] },
            variants: &[],
            former: &[],
        }
    }
    fn after() -> Members {
        Members {
            fields: const { &[field("rate")] },
            variants: &[],
            former: const {
                &[Former {
                    field: ADDED,
                    ..removed("", "old")
                }]
            },
        }
    }
    let walk = |walked: Result<super::walk::Walked, String>| {
        walked.map(|walked| (walked.value, walked.omitted))
    };
    let (before, after) = (
        Schema::new(Shape::Config(before)),
        Schema::new(Shape::Config(after)),
    );
    let old = Before { rate: 0.1, old: 7 };
    let new = After { rate: 0.1 };
    assert_eq!(
        walk(Walker::new().config(&old, &before)),
        walk(Walker::new().config(&new, &after))
    );
    assert_eq!(
        leaves(&old, &before, Names::Key),
        leaves(&new, &after, Names::Key)
    );
}
