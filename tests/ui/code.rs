//! Places where `code!()` cannot read the code around it.

use runner::{Code, Config, Context, Experiment};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Config)]
struct Nothing {
    value: u8,
}

macro_rules! experiment {
    ($name:ident) => {
        struct $name;

        impl Experiment for $name {
            type Config = Nothing;
            type Output = ();
            const CODE: Code = runner::code!();

            fn run(_: &Nothing, _: &Context) -> anyhow::Result<()> {
                Ok(())
            }
        }
    };
}

experiment!(Made);

const CODE: Code = runner::code!();

const WITH_ARGUMENT: Code = runner::code!(strict);

fn main() {}
