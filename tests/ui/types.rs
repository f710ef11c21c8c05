//! Types of fields that cannot be stored, or have no stable order.

use std::collections::HashSet;

use runner::Config;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Config)]
struct Unordered {
    set: HashSet<u8>,
    nested: Vec<Option<std::collections::hash_set::HashSet<String>>>,
    #[config(skip)]
    skipped: HashSet<u8>,
}

#[derive(Clone, Serialize, Deserialize, Config)]
enum Choice {
    Set(HashSet<u8>),
    Heap(std::collections::BinaryHeap<u8>),
}

#[derive(Clone, Serialize, Config)]
struct Borrowed<'a> {
    text: &'a str,
    slice: Option<&'a [f64]>,
    number: (&'a u8, u8),
}

#[derive(Clone, Serialize, Config)]
struct Static {
    text: &'static str,
}

fn main() {}
