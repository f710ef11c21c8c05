//! Places where `code!()` cannot read the code around it.

use runner::{Code, Context, Experiment};

macro_rules! experiment {
    ($name:ident) => {
        struct $name;

        impl Experiment for $name {
            type Config = ();
            type Output = ();
            const CODE: Code = runner::code!();

            fn run(_: &(), _: &Context) -> anyhow::Result<()> {
                Ok(())
            }
        }
    };
}

experiment!(Made);

const CODE: Code = runner::code!();

const WITH_ARGUMENT: Code = runner::code!(strict);

fn main() {}
