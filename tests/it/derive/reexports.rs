//! `runner` under another name.

/// A crate that hands `runner` on.
mod framework {
    pub(super) mod hidden {
        pub(in super::super) use runner::*;
    }
}
use super::*;

#[derive(Clone, Debug, Serialize, Deserialize, framework::hidden::Config)]
#[config(crate = self::framework::hidden)]
struct Train {
    epochs: u32,
}

#[test]
fn are_named_by_crate() {
    assert_eq!(names::<Train>(), ["epochs"]);
}
