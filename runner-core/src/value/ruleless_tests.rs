//! A type inside a config may gain `#[derive(Config)]` later: as long as none of its fields has a rule, nothing changes.

use std::collections::HashMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::config::Shaped;
use super::{
    leaves::{Names, leaves},
    scalar::Digest,
    schema::Schema,
    testing::{config, digest, field, variant, walk},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Kind {
    Unit,
    Newtype(f32),
    Tuple(u8, Option<String>),
    Struct { x: i64 },
}

config!(Kind, enum [
    variant("Unit", &[]),
    variant("Newtype", &[field("0")]),
    variant("Tuple", &[field("0"), field("1")]),
    variant("Struct", &[field("x")]),
]);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Inner {
    kinds: Vec<Kind>,
    map: HashMap<String, Kind>,
    pair: (Option<Kind>, u32),
}

config!(Inner, struct [
    field("kinds").shaped(<Vec<Kind>>::SHAPE),
    field("map").shaped(<HashMap<String, Kind>>::SHAPE),
    field("pair").shaped(<(Option<Kind>, u32)>::SHAPE),
]);

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Unit),
        any::<f32>().prop_map(Kind::Newtype),
        any::<(u8, Option<String>)>().prop_map(|(a, b)| Kind::Tuple(a, b)),
        any::<i64>().prop_map(|x| Kind::Struct { x }),
    ]
}

fn inners() -> impl Strategy<Value = Inner> {
    (
        proptest::collection::vec(kinds(), 0..20),
        proptest::collection::hash_map("[a-c]{0,2}", kinds(), 0..4),
        (proptest::option::of(kinds()), any::<u32>()),
    )
        .prop_map(|(kinds, map, pair)| Inner { kinds, map, pair })
}

proptest! {
    #[test]
    fn its_key_stays(inner in inners()) {
        prop_assert_eq!(walk(&inner), (digest(&inner), Digest::from_u128(0)));
    }

    /// An empty list had no leaf, and a list of unit variants or the fields of a variant had one each.
    #[test]
    fn its_leaves_stay(inner in inners()) {
        prop_assert_eq!(
            leaves(&inner, &Schema::new(Inner::SHAPE), Names::Key),
            leaves(&inner, &Schema::Plain, Names::Key)
        );
    }
}
