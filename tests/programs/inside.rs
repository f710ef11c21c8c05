//! Runs that ask for the results of other runs; `INSIDE` names the runs, separated by commas.

use std::{process::ExitCode, time::Duration};

use runner::{Config, Context, Experiment, Runner};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Ask {
    name: String,
}

fn asks(names: &str) -> Vec<Ask> {
    let names = names.split(',');
    names
        .map(|name| Ask {
            name: name.to_owned(),
        })
        .collect()
}

/// Runs of the same experiment that this one asks for; the result is the number of runs that were needed.
struct Inside;

impl Experiment for Inside {
    type Config = Ask;
    type Output = u32;

    fn name() -> &'static str {
        "inside"
    }

    fn configs() -> Vec<Ask> {
        asks(&std::env::var("INSIDE").unwrap_or_default())
    }

    fn run(config: &Ask, context: &Context) -> anyhow::Result<u32> {
        let out = context.out_dir().parent().unwrap_or(context.out_dir());
        let of = |names: &str, isolate| {
            let runner = Runner::<Self>::new().configs(asks(names));
            let runs = runner.output_dir(out).isolate(isolate).run()?;
            match runs.failed().first() {
                Some(failed) => anyhow::bail!("{} failed: {}", failed.label(), failed.error),
                None => Ok(runs.outputs().sum::<u32>() + 1),
            }
        };
        match config.name.as_str() {
            "chain" => of("link", false),
            "link" => of("end,other", false),
            "end" => Ok(1),
            "itself" => of("itself", false),
            "around" => of("about", false),
            "about" => of("around", false),
            "apart" => of("apart-too", true),
            "apart-too" => of("apart", false),
            "left" | "right" => {
                // Both have begun by now.
                std::thread::sleep(Duration::from_millis(300));
                of(
                    if config.name == "left" {
                        "right"
                    } else {
                        "left"
                    },
                    false,
                )
            }
            "absolute" => {
                std::env::set_current_dir("/")?;
                anyhow::ensure!(context.out_dir().is_absolute(), "it is relative");
                std::fs::write(context.out_dir().join("artifact"), "")?;
                Ok(0)
            }
            _ => {
                let runner = Runner::<Leaf>::new().configs(asks("a,b,c"));
                let runs = runner.output_dir(context.out_dir().join("leaves")).run()?;
                Ok(runs.outputs().sum())
            }
        }
    }
}

/// Another experiment, which measures time.
struct Leaf;

impl Experiment for Leaf {
    type Config = Ask;
    type Output = u32;
    const EXCLUSIVE: bool = true;

    fn run(config: &Ask, context: &Context) -> anyhow::Result<u32> {
        if config.name == "d" {
            return Ok(10);
        }
        let out = context.out_dir().parent().unwrap_or(context.out_dir());
        let deeper = Runner::<Self>::new().configs(asks("d")).output_dir(out);
        Ok(deeper.run()?.outputs().sum())
    }
}

fn main() -> ExitCode {
    Runner::<Inside>::new()
        .report(|runs| {
            for run in runs {
                println!("{} {}", run.label(), run.output);
            }
            for failed in runs.failed() {
                println!("{}: {}", failed.label(), failed.error);
            }
            Ok(())
        })
        .main()
}
