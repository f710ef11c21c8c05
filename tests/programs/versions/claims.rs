//! One field through its life; what is claimed of it is told from outside.

use runner::Config;
use serde::{Deserialize, Serialize};

use crate::{Program, Text, number};

fn was() -> u32 {
    number("VERSIONS_WAS")
}

fn value() -> u32 {
    number("VERSIONS_VALUE")
}

macro_rules! program {
    ($name:ident, $config:expr, $text:expr) => {
        impl Program for $name {
            type Output = Text;

            fn configs() -> Vec<Self> {
                vec![$config]
            }

            fn computed_with(&self) -> String {
                let text: fn(&Self) -> String = $text;
                text(self)
            }
        }
    };
}

/// The field is not there, and nothing is said of it.
#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub(crate) struct Absent {
    rate: f64,
}

program!(Absent, Self { rate: 0.1 }, |_| "absent".to_owned());

/// A field like any other.
#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub(crate) struct Field {
    rate: f64,
    old: u32,
}

program!(
    Field,
    Self {
        rate: 0.1,
        old: value(),
    },
    |config| format!("field {}", config.old)
);

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub(crate) struct Added {
    rate: f64,
    #[config(added = was())]
    old: u32,
}

program!(
    Added,
    Self {
        rate: 0.1,
        old: value(),
    },
    |config| format!("added {}", config.old)
);

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[config(removed("old": u32, was = was()))]
pub(crate) struct Removed {
    rate: f64,
}

program!(Removed, Self { rate: 0.1 }, |_| "removed".to_owned());

/// Removed after it had been added with the value that is the variable's here.
#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[config(removed("old": u32, was = was(), added = value()))]
pub(crate) struct RemovedAdded {
    rate: f64,
}

program!(RemovedAdded, Self { rate: 0.1 }, |_| {
    "removed, added".to_owned()
});

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub(crate) struct Skipped {
    rate: f64,
    #[config(skip(was = was()))]
    old: u32,
}

program!(
    Skipped,
    Self {
        rate: 0.1,
        old: value(),
    },
    |config| format!("skipped {}", config.old)
);
