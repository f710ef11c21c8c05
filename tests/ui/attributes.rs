//! Unknown, duplicate, misplaced and malformed attributes.

use runner::Config;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(skip)]
#[config(crat = runner)]
#[config(crate = "runner", crate)]
struct OnType {
    #[config(skp)]
    nearly: u8,
    #[config(colour = "red")]
    unknown: u8,
    #[config(rename = "other")]
    renamed: u8,
    #[config(skip, skip)]
    twice: u8,
    #[config(key = "a")]
    #[config(key = "b")]
    apart: u8,
    #[config(crate = runner)]
    misplaced: u8,
}

#[derive(Clone, Serialize, Deserialize, Config)]
enum OnVariant {
    #[config(key = "Old")]
    Renamed,
    #[config(skip)]
    Skipped { size: u8 },
    #[config(nothing)]
    Unknown,
    #[config(rename = "Other")]
    Called,
    #[config(crate = runner)]
    Crate(#[config(nme)] String),
}

#[derive(Clone, Serialize, Deserialize, Config)]
struct Malformed {
    #[config]
    bare: u8,
    #[config()]
    empty: u8,
    #[config = "skip"]
    assigned: u8,
    #[config(added)]
    no_value: u8,
    #[config(added = )]
    empty_value: u8,
    #[config(added(3))]
    list: u8,
    #[config(key = 3)]
    number: u8,
    #[config(key = "")]
    empty_key: u8,
    #[config(skip = true)]
    flag: u8,
    #[config(skip name)]
    no_comma: u8,
    #[config("skip")]
    string: u8,
}

fn main() {}
