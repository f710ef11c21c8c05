//! Values of fields of the past that are of another type.

use runner::Config;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(removed("old": u32, was = "one"))]
#[config(removed("added": u32, was = 1, added = 1.0))]
struct Values {
    #[config(skip(was = true))]
    threads: u32,
}

fn main() {}
