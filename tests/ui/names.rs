//! Two fields or variants that could not be told apart.

use runner::Config;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Config)]
#[serde(rename_all = "camelCase")]
struct Keys {
    learning_rate: f64,
    #[config(key = "learningRate")]
    step: f64,
    #[config(key = "size")]
    width: u8,
    size: u8,
    #[config(key = "gone")]
    one: u8,
    #[config(key = "gone")]
    other: u8,
}

#[derive(Clone, Serialize, Config)]
struct Names {
    #[serde(rename = "b")]
    a: u8,
    b: u8,
}

#[derive(Clone, Serialize, Config)]
enum Variants {
    A { one: u8, #[config(key = "one")] other: u8 },
    #[serde(rename = "A")]
    B,
}

fn main() {}
