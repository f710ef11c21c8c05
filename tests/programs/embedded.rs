//! An experiment inside another program; `EMBEDDED` says how it is started.

use std::process::ExitCode;

use runner::{Config, Context, Experiment, Runner, Runs};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Setting {
    name: String,
    index: u32,
}

struct Squares;

impl Experiment for Squares {
    type Config = Setting;
    type Output = u32;

    fn run(config: &Setting, _: &Context) -> anyhow::Result<u32> {
        anyhow::ensure!(config.index != 2, "two is not welcome");
        Ok(config.index * config.index)
    }
}

fn configs() -> Vec<Setting> {
    let names = ["zero", "one", "two", "three"];
    let configs = names.into_iter().zip(0..);
    configs
        .map(|(name, index)| Setting {
            name: name.to_owned(),
            index,
        })
        .collect()
}

#[expect(clippy::unnecessary_wraps, reason = "reports may fail")]
fn report(runs: &Runs<Squares>) -> anyhow::Result<()> {
    for run in runs {
        println!("{} gives {}", run.label(), run.output);
    }
    for run in runs.failed() {
        println!("{} failed: {}", run.label(), run.error);
    }
    for run in runs.missing() {
        println!("{} is {}", run.label(), run.reason);
    }
    Ok(())
}

fn built() -> Runner<Squares> {
    Runner::new()
        .configs(configs())
        .report(report)
        .output_dir("built")
        .jobs(2)
}

fn main() -> ExitCode {
    match std::env::var("EMBEDDED").unwrap_or_default().as_str() {
        // A program of its own, which prints what it likes and nothing else.
        "run" => match built().run() {
            Ok(runs) => {
                println!("{} done, {} failed", runs.len(), runs.failed().len());
                ExitCode::SUCCESS
            }
            Err(error) => {
                println!("{error}");
                ExitCode::from(7)
            }
        },
        "main" => built().main(),
        "args" => built().args(["--report", "one"]).main(),
        "report-error" => built()
            .report(|_| Err(anyhow::anyhow!("no plotter").context("cannot plot")))
            .main(),
        other => panic!("EMBEDDED={other} is not known"),
    }
}
