//! What makes two values the same, and what tells them apart.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde::{Serialize, ser::SerializeTuple};

use super::{
    testing::{Entries, Unwritable, digest},
    walk::Walker,
};

#[track_caller]
fn same<A: Serialize + ?Sized, B: Serialize + ?Sized>(a: &A, b: &B) {
    assert_eq!(digest(a), digest(b));
}

#[track_caller]
fn differ<A: Serialize + ?Sized, B: Serialize + ?Sized>(a: &A, b: &B) {
    assert_ne!(digest(a), digest(b));
}

#[track_caller]
fn fails<T: Serialize + ?Sized>(value: &T, message: &str) {
    assert_eq!(Walker::new().value(value), Err(message.to_owned()));
}

#[derive(Serialize)]
struct Rates {
    learning: f64,
    momentum: f64,
}

proptest! {
    #[test]
    fn the_order_and_the_type_name_of_fields_do_not_count(learning: f64, momentum: f64) {
        #[derive(Serialize)]
        struct Renamed {
            momentum: f64,
            learning: f64,
        }
        same(&Rates { learning, momentum }, &Renamed { momentum, learning });
    }

    #[test]
    fn the_same_number_in_another_field_counts(value: f64) {
        prop_assume!(value.to_bits() != 0);
        differ(&Rates { learning: value, momentum: 0.0 }, &Rates { learning: 0.0, momentum: value });
    }

    #[test]
    fn the_order_of_a_hash_map_does_not_count(map: HashMap<String, Vec<u8>>) {
        // A map of its own has another hasher, so another order.
        let again: HashMap<_, _> = map.iter().collect();
        let sorted: BTreeMap<_, _> = map.iter().collect();
        same(&map, &again);
        same(&map, &sorted);
    }

    #[test]
    fn where_one_text_ends_counts(a: String, b: String, c: char) {
        differ(&(format!("{a}{c}"), &b), &(&a, format!("{c}{b}")));
        differ(&[format!("{a}{c}"), b.clone()].as_slice(), &[a, format!("{c}{b}")].as_slice());
    }

    #[test]
    fn the_order_of_items_counts(items: Vec<u16>) {
        let reversed: Vec<_> = items.iter().rev().copied().collect();
        prop_assert_eq!(items == reversed, digest(&items) == digest(&reversed));
    }

    #[test]
    fn a_walker_keeps_nothing_of_earlier_values(first: Vec<Option<String>>, second: (u32, String)) {
        let mut walker = Walker::new();
        let before = walker.value(&second);
        let _ = walker.value(&first);
        let _ = walker.value(&(first, Unwritable));
        prop_assert_eq!(walker.value(&second), before);
    }
}

#[test]
fn long_values_are_walked_without_a_copy() {
    let mut walker = Walker::new();
    let numbers = vec![0.5_f64; 1 << 20];
    let texts = (vec!["x".repeat(3 << 20)], [numbers.clone(), numbers]);
    walker.value(&texts).expect("it can be written");
    assert!(walker.out.capacity() < 8 << 20, "{}", walker.out.capacity());
}

#[test]
fn types_count() {
    differ(&1_u32, &1_u64);
    differ(&1_u32, &1_i32);
    differ(&1_f32, &1_f64);
    differ(&'a', &"a");
    differ(&[1_u8].as_slice(), &[1_u8]);
    differ(&(), &None::<()>);
}

#[test]
fn an_option_counts() {
    differ(&Some(1), &1);
    differ(&Some(Some(1)), &Some(1));
    differ(&Some(None::<u32>), &None::<u32>);
}

#[test]
fn zeros_differ_and_nans_do_not() {
    differ(&0.0, &-0.0);
    same(&f64::NAN, &-f64::NAN);
    same(&f64::NAN, &f64::from_bits(0x7ff0_0000_dead_beef));
    differ(&f64::NAN, &f64::INFINITY);
}

#[test]
fn transparent_types_do_not_count() {
    #[derive(Serialize)]
    struct Meters(f64);
    same(&Meters(1.5), &1.5);
    same(&Box::new(1.5), &1.5);
    same(&vec![1, 2], &std::collections::VecDeque::from([1, 2]));
    same(&vec![1, 2], &std::collections::BTreeSet::from([1, 2]));
}

#[test]
fn a_map_is_no_struct() {
    #[derive(Serialize)]
    struct Struct {
        a: u32,
    }
    differ(&BTreeMap::from([("a", 1_u32)]), &Struct { a: 1 });
}

#[test]
fn a_variant_is_no_text_and_no_struct() {
    #[derive(Serialize)]
    enum Optimizer {
        Sgd,
        Adam { beta: f64 },
        Other(&'static str),
    }
    #[derive(Serialize)]
    struct Adam {
        beta: f64,
    }
    differ(&Optimizer::Sgd, &"Sgd");
    differ(&Optimizer::Sgd, &Optimizer::Other("Sgd"));
    differ(&Optimizer::Adam { beta: 0.9 }, &Adam { beta: 0.9 });
}

/// postcard stores the number of a variant and would decode these as one another.
#[test]
fn swapped_variants_differ_as_map_values() {
    #[derive(Serialize)]
    enum Before {
        A,
        B,
    }
    #[derive(Serialize)]
    enum After {
        B,
        A,
    }
    differ(
        &HashMap::from([("x", Before::A)]),
        &HashMap::from([("x", After::B)]),
    );
    same(
        &HashMap::from([("x", Before::B), ("y", Before::A)]),
        &HashMap::from([("y", After::A), ("x", After::B)]),
    );
}

#[test]
fn what_belongs_to_which_item_counts() {
    differ(&vec![vec![1], vec![2]], &vec![vec![1, 2], vec![]]);
    differ(&((1, 2), 3), &(1, (2, 3)));
    differ(
        &Entries(vec![("a", "b"), ("c", "d")]),
        &Entries(vec![("a", "d"), ("c", "b")]),
    );
}

#[test]
fn an_error_names_the_field() {
    #[derive(Serialize)]
    struct Outer<T> {
        fine: u32,
        a: T,
    }
    #[derive(Serialize)]
    struct Inner<T> {
        fine: u32,
        b: T,
    }
    #[derive(Serialize)]
    enum Enum<T> {
        Newtype(T),
        Tuple(u32, T),
        Struct { c: T },
    }
    let outer = |a| Outer { fine: 1, a };
    fails(&outer(Unwritable), "field `a`: it is broken");
    fails(
        &Outer {
            fine: 1,
            a: Inner {
                fine: 2,
                b: [Some(Ok(1)), None, Some(Err(Unwritable))],
            },
        },
        "field `a.b.2.Err`: it is broken",
    );
    let outer = |a| Outer { fine: 1, a };
    fails(
        &outer(Enum::Newtype(Unwritable)),
        "field `a.Newtype`: it is broken",
    );
    fails(
        &outer(Enum::Tuple(1, Unwritable)),
        "field `a.Tuple.1`: it is broken",
    );
    fails(
        &outer(Enum::Struct { c: Unwritable }),
        "field `a.Struct.c`: it is broken",
    );
    fails(
        &Outer {
            fine: 1,
            a: BTreeMap::from([("key", (1, Unwritable))]),
        },
        "field `a.key.1`: it is broken",
    );
    fails(
        &Outer {
            fine: 1,
            a: BTreeMap::from([(1, Some(Unwritable))]),
        },
        "field `a.(map entry)`: it is broken",
    );
    fails(&Unwritable, "it is broken");
}

/// The steps into an item used to stay until the next one, so that what failed between two items was blamed on the first.
#[test]
fn an_error_of_a_list_is_not_blamed_on_an_item() {
    struct Half;
    impl Serialize for Half {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut tuple = serializer.serialize_tuple(2)?;
            tuple.serialize_element(&1)?;
            Err(serde::ser::Error::custom("it is broken"))
        }
    }
    fails(
        &BTreeMap::from([("half", Some(Half))]),
        "field `half`: it is broken",
    );
}

/// The number of a tuple's items comes first and nothing ends them, so a wrong one made different values the same.
#[test]
fn a_tuple_of_another_length_than_promised_is_refused() {
    struct Liar(usize);
    impl Serialize for Liar {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut tuple = serializer.serialize_tuple(2)?;
            for _ in 0..self.0 {
                tuple.serialize_element(&1)?;
            }
            tuple.end()
        }
    }
    fails(&Liar(1), "its `Serialize` promised 2 items and wrote 1");
    fails(
        &(0, Liar(3)),
        "field `1`: its `Serialize` promised 2 items and wrote 3",
    );
    assert!(Walker::new().value(&Liar(2)).is_ok());
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_is_an_error() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};
    #[derive(Serialize)]
    struct Data<'a> {
        file: &'a Path,
    }
    fails(
        &Data {
            file: Path::new(OsStr::from_bytes(b"\xff")),
        },
        "field `file`: path contains invalid UTF-8 characters",
    );
}
