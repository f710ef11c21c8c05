//! Mistakes in what is said of fields of the past.

use runner::Config;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(removed)]
#[config(removed("no_type", was = 1))]
#[config(removed("no_was": u32))]
#[config(removed("twice": u32, was = 1, was = 2))]
#[config(removed("unknown": u32, was = 1, wos = 2))]
#[config(removed("": u32, was = 1))]
#[config(removed("same": u32, was = 1), removed("same": u32, was = 1))]
#[config(removed("here": u32, was = 1))]
#[config(removed("lr": f64, was = 0.1))]
#[config(removed("borrowed": &'static str, was = "a"))]
struct OnStruct {
    here: u32,
    #[config(key = "lr")]
    learning_rate: f64,
    #[config(removed("inside": u32, was = 1))]
    on_field: u32,
}

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(removed("on_enum": u32, was = 1))]
enum OnVariant {
    #[config(removed("0": u32, was = 1))]
    Tuple(u32),
    #[config(removed("size": u32, was = 1))]
    Named { size: u32 },
}

#[derive(Clone, Serialize, Deserialize, Config)]
struct Skipped {
    #[config(skip(wos = 1))]
    unknown: u32,
    #[config(skip())]
    empty: u32,
    #[config(skip(was = 1), added = 1)]
    added: u32,
    #[config(skip(was = 1), replicate)]
    replicate: u32,
    #[config(skip(was = 1))]
    #[serde(skip)]
    not_written: u32,
    #[config(skip(was = 1), key = "threads")]
    threads: u32,
    #[config(key = "threads")]
    other: u32,
}

#[derive(Clone, Serialize, Deserialize, Config)]
enum Tuple {
    Last(u32, #[config(added = 1)] u32),
    Kept(#[config(added = 1, key = "1")] u32, #[config(key = "0")] u32),
    Shifted(#[config(added = 1)] u32, u32),
}

fn main() {}
