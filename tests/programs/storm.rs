//! An experiment with everything that a kill can hit, for tests that kill it at random: artifacts, checkpoints, runs that fail
//! at first.
//!
//! `STORM_CONFIGS` is the number of configs, `STORM_STEP_MS` how long each of the steps of a run takes. `STORM_LOG` is a file
//! beside the store to which every step is noted before it is done and every checkpoint after it is saved; a run whose index
//! is a multiple of five fails unless `STORM_LOG` tells that it has failed before.

use std::{
    fs, fs::OpenOptions, io::Write, process::ExitCode, str::FromStr, thread, time::Duration,
};

use anyhow::{Context as _, ensure};
use runner::{Config, Context, Experiment, Runs};
use serde::{Deserialize, Serialize};

const STEPS: u32 = 4;

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Cell {
    index: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Weather {
    step: u32,
    wind: u64,
    gusts: Vec<f64>,
}

struct Storm;

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn number<N: FromStr + Default>(name: &str) -> N {
    variable(name).parse().unwrap_or_default()
}

/// Appends a line to the log, in one write call.
fn note(line: &str) -> anyhow::Result<()> {
    let path = variable("STORM_LOG");
    let log = OpenOptions::new().append(true).create(true).open(path);
    let mut log = log.context("cannot open STORM_LOG")?;
    log.write_all(format!("{line}\n").as_bytes())?;
    Ok(())
}

/// Fails the first attempt of some runs.
fn stumble(index: u32) -> anyhow::Result<()> {
    let line = format!("failed {index}");
    if index.is_multiple_of(5) {
        let log = fs::read_to_string(variable("STORM_LOG"))?;
        if !log.lines().any(|known| known == line) {
            note(&line)?;
        }
        ensure!(log.lines().any(|known| known == line), "fails at first");
    }
    Ok(())
}

impl Experiment for Storm {
    type Config = Cell;
    type Output = Weather;

    fn name() -> &'static str {
        "storm"
    }

    fn configs() -> Vec<Cell> {
        let count = number("STORM_CONFIGS");
        (0..count).map(|index| Cell { index }).collect()
    }

    fn run(config: &Cell, context: &Context) -> anyhow::Result<Weather> {
        let index = config.index;
        let mut weather: Weather = context.restore()?.unwrap_or_default();
        ensure!(
            fs::read_dir(context.out_dir())?
                .flatten()
                .all(|entry| entry.file_name() == "run.log"),
            "the run's directory is not empty"
        );
        while weather.step < STEPS {
            let step = weather.step;
            note(&format!("step {index} {step}"))?;
            println!("step {step} of {index}");
            thread::sleep(Duration::from_millis(number("STORM_STEP_MS")));
            if step == 1 {
                stumble(index)?;
            }
            let wind = weather.wind.rotate_left(9) ^ context.seed();
            weather.wind = wind.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let high = u32::try_from(weather.wind >> 40)?;
            weather.gusts.push(1.0 / f64::from(high));
            weather.step += 1;
            context.checkpoint(&weather)?;
            note(&format!("saved {index} {step}"))?;
        }
        let artifact = format!("{index} {:?}\n", weather.gusts).repeat(40);
        fs::write(context.out_dir().join("gusts.txt"), artifact)?;
        Ok(weather)
    }

    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        for run in runs {
            println!("{} {:?}", run.config.index, run.output);
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    runner::main::<Storm>()
}
