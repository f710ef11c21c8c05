//! An experiment whose code is told; the program around it has `scaled`, which differs from program to program.

use std::process::ExitCode;

use runner::{Code, Config, Context, Experiment, Runs};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Number {
    value: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Scaled {
    result: u32,
}

/// Without `CODE`, with it, and with it so that results of other code are stale.
const PLAIN: u8 = 0;
const TOLD: u8 = 1;
const STRICT: u8 = 2;

struct Coded<const WAY: u8>;

impl<const WAY: u8> Experiment for Coded<WAY> {
    type Config = Number;
    type Output = Scaled;
    const CODE: Code = match WAY {
        PLAIN => Code::UNKNOWN,
        STRICT => runner::code!().strict(),
        _ => runner::code!(),
    };

    fn name() -> &'static str {
        "coded"
    }

    fn configs() -> Vec<Number> {
        (1..4).map(|value| Number { value }).collect()
    }

    fn run(config: &Number, _: &Context) -> anyhow::Result<Scaled> {
        crate::log::note(config.value)?;
        Ok(Scaled {
            result: super::scaled(config.value),
        })
    }

    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        super::reported();
        for run in runs {
            println!("{} {}", run.config.value, run.output.result);
        }
        Ok(())
    }
}

pub(crate) fn main() -> ExitCode {
    match std::env::var("CODED_WAY").as_deref() {
        Ok("plain") => runner::main::<Coded<PLAIN>>(),
        Ok("strict") => runner::main::<Coded<STRICT>>(),
        _ => runner::main::<Coded<TOLD>>(),
    }
}
