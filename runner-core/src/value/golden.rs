//! Golden vectors: the tokens and the digest of every serde shape. Those of scalars are in `golden_scalars.rs`.
//!
//! Every result that anybody ever stored is found by these bytes, so no vector here may change, for ever. Together with
//! the grammar below they are enough to write the walk again, in any language:
//!
//! - A token is a tag (one byte, the numbers of [`Tag`](super::walk::Tag)) and what the tag calls for. All numbers are
//!   little-endian; *len* is a `u64`; a *text* is its len and its UTF-8.
//! - `false`, `true`, none, unit, unit struct: the tag alone. Integers, floats: their bytes; every NaN is the one with
//!   only the first bit of its mantissa set. Char: a `u32`. Str, bytes: len and bytes.
//! - Some: the tag, then the value. Newtype struct: its value, with no token of its own.
//! - Seq: the tag, the items, `SeqEnd`, len. Tuple, tuple struct, array: the tag, len, the items.
//! - Map, struct: the tag, len, and the 16-byte digests of the members, sorted as little-endian `u128`. A member is
//!   hashed from the tokens of an entry's key and value, or from a field's name, as text without a tag, and value.
//! - Variants: the tag and the variant's name as text; then nothing (unit), the value (newtype), len and the fields
//!   (tuple), a struct (struct). The number of fields chooses the tag: one without any is a unit variant and a tuple
//!   variant with one is a newtype variant.
//! - A field that a rule leaves out is no member of a struct; in a tuple variant it is the tag `Omitted` before a field
//!   that counts, and nothing after the last one that does.
//! - The digest is XXH3-128 of the tokens, with seed 0.

use std::{
    collections::BTreeMap,
    ops::{Bound, Range},
};

use serde::Serialize;

use super::{
    schema::Schema,
    testing::{Entries, UnknownLength},
    walk::Walker,
};

/// Checks the tokens (in hexadecimal digits; spaces are for the reader) and the digest of a value.
#[track_caller]
pub(crate) fn check<T: Serialize + ?Sized>(value: &T, tokens: &str, digest: &str) {
    let mut walker = Walker::new();
    let digests = walker
        .config(value, &Schema::Plain)
        .expect("the value can be written");
    let actual = hex(&walker.out);
    let expected = tokens.replace(' ', "");
    assert!(
        actual == expected && digests.value.to_string() == digest,
        "a golden vector must never change: every stored result would be lost\n\
         expected tokens {expected}\n  actual tokens {actual}\n\
         expected digest {digest}\n  actual digest {}\n\
         change the code back; if the meaning of keys has to change, that is a new key format with vectors of its own",
        digests.value
    );
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[derive(Serialize)]
struct UnitStruct;

#[derive(Serialize)]
struct Newtype(u32);

#[derive(Serialize)]
struct TupleStruct(u8, bool);

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct Point {
    x: f64,
    y: f64,
}

#[derive(Serialize)]
struct Nested {
    name: &'static str,
    at: Point,
    near: Vec<Point>,
}

#[derive(Serialize)]
enum Enum {
    Unit,
    Newtype(u32),
    Tuple(u8, bool),
    EmptyTuple(),
    Struct { x: f64 },
    EmptyStruct {},
}

#[test]
fn options() {
    check(&None::<u32>, "12", "e14d570823409bf332fab8142e1b3006");
    check(
        &Some(2_u32),
        "13 0a 02000000",
        "41999cd06029159fcbb155aa1b6da0c6",
    );
    check(
        &Some(None::<u32>),
        "13 12",
        "cc463df92df733fbf05d401a4009f007",
    );
    check(
        &Some(Some(2_u32)),
        "13 13 0a 02000000",
        "d825f73c1acf686ecafa8d92907fbcdc",
    );
}

#[test]
fn units_and_newtypes() {
    check(&(), "14", "f5950428e527e5ba324714f62fca15ce");
    check(&UnitStruct, "15", "10281f4388454959114dfbd77002e98b");
    check(
        &Newtype(2),
        "0a 02000000",
        "b3899bf1c663bef2f0eb0048f2128922",
    );
}

#[test]
fn variants() {
    check(
        &Enum::Unit,
        "16 0400000000000000 556e6974",
        "099fb1feb74bcaf8d43397539dfb24f2",
    );
    check(
        &Enum::Newtype(2),
        "17 0700000000000000 4e657774797065 0a 02000000",
        "7c271c3fbebb5776c1486cb3ff2e0485",
    );
    check(
        &Enum::Tuple(2, true),
        "18 0500000000000000 5475706c65 0200000000000000 08 02 02",
        "a47367082b2de2373e48504162803f8b",
    );
    check(
        &Enum::EmptyTuple(),
        "16 0a00000000000000 456d7074795475706c65",
        "1e7a4b47e6e274f25963d31c97fbee56",
    );
    check(
        &Enum::Struct { x: 0.1 },
        "19 0600000000000000 537472756374 1e 0100000000000000 4e57b9b0cff481346ac0b9f08e67d616",
        "81534d479daaeeef09af354ce19826a0",
    );
    check(
        &Enum::EmptyStruct {},
        "16 0b00000000000000 456d707479537472756374",
        "b1db3f9cbe91213ca2cec9ce5602ce88",
    );
    check(
        &Bound::Included(2_u32),
        "17 0800000000000000 496e636c75646564 0a 02000000",
        "56f6c994bcce3147d66f877fad49ccc2",
    );
}

#[test]
fn sequences() {
    check(
        &Vec::<u32>::new(),
        "1a 1b 0000000000000000",
        "12f85e22e2322ddb70134a3e94a0cbbb",
    );
    check(
        &vec![1_u8, 2],
        "1a 08 01 08 02 1b 0200000000000000",
        "ada540f9282b33d76a5730dc9806fee2",
    );
    check(
        &vec![vec![1_u8], vec![]],
        "1a 1a 08 01 1b 0100000000000000 1a 1b 0000000000000000 1b 0200000000000000",
        "c4bf74d3955aa4fb4f43d553ebf2a6dd",
    );
    check(
        &UnknownLength(vec![1, 2]),
        "1a 08 01 08 02 1b 0200000000000000",
        "ada540f9282b33d76a5730dc9806fee2",
    );
    check(
        [1_u8, 2].as_slice(),
        "1a 08 01 08 02 1b 0200000000000000",
        "ada540f9282b33d76a5730dc9806fee2",
    );
}

#[test]
fn tuples() {
    check(
        &(1_u8, true),
        "1c 0200000000000000 08 01 02",
        "649044a9dbab524d41cff81a4f58140c",
    );
    check(
        &TupleStruct(1, true),
        "1c 0200000000000000 08 01 02",
        "649044a9dbab524d41cff81a4f58140c",
    );
    check(
        &[1_u8, 2],
        "1c 0200000000000000 08 01 08 02",
        "7bd3265aa4ea263b990c610472434131",
    );
    check(
        &[0_u8; 0],
        "1c 0000000000000000",
        "9366239334dffb786e002d1a5ab40af5",
    );
    check(
        &((1_u8,), ((),)),
        "1c 0200000000000000 1c 0100000000000000 08 01 1c 0100000000000000 14",
        "b84832fa7abb82d02f23ce1c2407c4e3",
    );
}

#[test]
fn maps() {
    check(
        &BTreeMap::<String, u32>::new(),
        "1d 0000000000000000",
        "e0ba7920cf974305c2d571d695e8545d",
    );
    check(
        &BTreeMap::from([("a", 1_u8), ("b", 2)]),
        "1d 0200000000000000 9b27b0d0e67ef01fa24ec9133bbc17c6 c0074eab2a414069e57ea41290a9c3db",
        "86213baaf619dddcd135ac91a05df212",
    );
    check(
        &Entries(vec![("b", 2_u8), ("a", 1)]),
        "1d 0200000000000000 9b27b0d0e67ef01fa24ec9133bbc17c6 c0074eab2a414069e57ea41290a9c3db",
        "86213baaf619dddcd135ac91a05df212",
    );
    check(
        &BTreeMap::from([(10_u32, "ten"), (9, "nine")]),
        "1d 0200000000000000 85cb88adab4941a1fcb3b85d30e466cf 9a5a055200ac5d904ff2d89cd87585d1",
        "8ee90a9ebcc263da449f2e137d8681a7",
    );
    check(
        &BTreeMap::from([((1_u8, 2_u8), BTreeMap::from([('k', true)]))]),
        "1d 0100000000000000 f019521e9ebe63ee84c60b9b79195d55",
        "8cdd5f586687f00de310278f119986d1",
    );
    check(
        &Entries(vec![("a", 1_u8), ("a", 1)]),
        "1d 0200000000000000 c0074eab2a414069e57ea41290a9c3db c0074eab2a414069e57ea41290a9c3db",
        "a910b9ec157529b32a551ff63bf4673c",
    );
}

#[test]
fn structs() {
    check(
        &Empty {},
        "1e 0000000000000000",
        "909c68ae0609caf58bfeb4859f90968a",
    );
    check(
        &Point { x: 0.5, y: -1.0 },
        "1e 0200000000000000 3d60df7ee583b035255b41f447ceb47d 82d3641d41a06b38eaaf33b3ff0cf2a9",
        "c8427ce169f39146b1d63f667f03d838",
    );
    check(
        &Nested {
            name: "n",
            at: Point { x: 0.0, y: 0.0 },
            near: vec![Point { x: 1.0, y: 2.0 }],
        },
        "1e 0300000000000000 5e94d9b8dbbc903a8274f08726d3da03 f69de5ed4f8f85b6733e86325d077384 4508bd8c146d10aed8f02913ec15819c",
        "6872b15dcf29e27b4eb5c13e1da9967f",
    );
    check(
        &Range {
            start: 1_u32,
            end: 3,
        },
        "1e 0200000000000000 89cef8ec42f02e7088960bb1bd25811d 0f78340f8b136b34cbe6ee0df401d8e5",
        "46882444440803aefc891ab076cb040b",
    );
    check(
        &std::time::Duration::from_millis(1500),
        "1e 0200000000000000 d03f0a594e4dcf9249d43b93fa42fc4f 2be84ef13b83cf1437e981dc89218cfc",
        "9cc23241cc122ba2a7eabdf83c24d98b",
    );
    check(
        &std::net::Ipv4Addr::LOCALHOST,
        "1c 0400000000000000 08 7f 08 00 08 00 08 01",
        "34745aa516bb8cb99eed9e7ca3d67f97",
    );
    check(
        std::path::Path::new("a/b"),
        "10 0300000000000000 612f62",
        "c3dfd6e561157175ce8f7ab21a608e65",
    );
}
