//! Types that cannot be configs.

use runner::Config;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Config)]
struct Tuple(u8, String);

#[derive(Clone, Copy, Config)]
union Either {
    a: u8,
    b: i8,
}

fn main() {
    let _ = Tuple(1, String::new()).sweep().build();
}
