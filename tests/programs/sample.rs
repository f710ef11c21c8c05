//! An experiment whose runs do what the environment says, for tests that start whole programs.
//!
//! `SAMPLE_CONFIGS` is the number of configs, `SAMPLE_SLEEP_MS` how long a run takes, `SAMPLE_FAIL` and `SAMPLE_PANIC` list
//! the indexes that do so, `SAMPLE_LOG` is a file to which every run that is really done appends its index,
//! `SAMPLE_PANIC_IN` names `configs` or `report`, `SAMPLE_MEET` is a number of runs that wait for each other, and
//! `SAMPLE_FILLER` is how many bytes the artifact has more than it needs, `SAMPLE_OFFSET` is added to the output, `SAMPLE_EXPERIMENT`
//! may be `other`, an experiment of another name, `SAMPLE_PRINT_MB` is how much a run prints, `SAMPLE_GATE` is a file that every
//! run waits for,
//! and `SAMPLE_LEAVE` is how many seconds a process lives that every run leaves behind in a process group of its own.

#[path = "log.rs"]
mod log;

use std::{
    io::Write as _,
    os::unix::process::CommandExt as _,
    process::ExitCode,
    str::FromStr,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, bail};
use runner::{Config, Context, Experiment, Runs};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Setting {
    name: String,
    /// Which one this is.
    index: u32,
    rate: f64,
    #[config(skip)]
    verbose: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Metrics {
    square: u64,
    curve: Vec<f64>,
}

struct Sample;

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn number<N: FromStr + Default>(name: &str) -> N {
    variable(name).parse().unwrap_or_default()
}

/// Waits until the first `number` runs are there; the others pass.
fn meet(index: u32, number: u32) {
    static ARRIVED: Mutex<u32> = Mutex::new(0);
    static ARRIVAL: Condvar = Condvar::new();
    if index >= number {
        return;
    }
    let mut arrived = ARRIVED.lock().unwrap_or_else(PoisonError::into_inner);
    *arrived += 1;
    ARRIVAL.notify_all();
    while *arrived < number {
        arrived = ARRIVAL
            .wait(arrived)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

/// Waits until the file is there, if one is named.
fn pass_gate() {
    let gate = variable("SAMPLE_GATE");
    while !gate.is_empty() && !std::path::Path::new(&gate).exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Prints this number of megabytes and a last line.
fn print(megabytes: usize) -> std::io::Result<()> {
    if megabytes == 0 {
        return Ok(());
    }
    let megabyte = format!("{:0>99}\n", "line").repeat(10_000);
    let mut out = std::io::stdout().lock();
    for _ in 0..megabytes {
        out.write_all(megabyte.as_bytes())?;
    }
    writeln!(out, "the last of {megabytes} MB")
}

/// Starts a process that keeps the output streams open, and does not wait for it.
fn leave_behind() -> std::io::Result<()> {
    let seconds = variable("SAMPLE_LEAVE");
    if !seconds.is_empty() {
        let mut command = std::process::Command::new("sleep");
        command.arg(seconds).process_group(0).spawn()?;
    }
    Ok(())
}

fn is_listed(name: &str, index: u32) -> bool {
    variable(name)
        .split(',')
        .any(|item| item == index.to_string())
}

impl Experiment for Sample {
    type Config = Setting;
    type Output = Metrics;

    fn name() -> &'static str {
        if variable("SAMPLE_EXPERIMENT") == "other" {
            "other"
        } else {
            "sample"
        }
    }

    fn configs() -> Vec<Setting> {
        assert_ne!(
            variable("SAMPLE_PANIC_IN"),
            "configs",
            "told to panic in configs"
        );
        let count = variable("SAMPLE_CONFIGS").parse().unwrap_or(6);
        (0..count)
            .map(|index| Setting {
                name: if index % 2 == 0 { "even" } else { "odd" }.to_owned(),
                index,
                rate: 0.5,
                verbose: false,
            })
            .collect()
    }

    fn run(config: &Setting, context: &Context) -> anyhow::Result<Metrics> {
        log::note(config.index)?;
        std::thread::sleep(Duration::from_millis(number("SAMPLE_SLEEP_MS")));
        meet(config.index, number("SAMPLE_MEET"));
        pass_gate();
        if is_listed("SAMPLE_FAIL", config.index) {
            return Err(anyhow::anyhow!("the inner cause").context("told to fail"));
        }
        assert!(
            !is_listed("SAMPLE_PANIC", config.index),
            "told to panic in run {}",
            config.index
        );
        let leftovers = std::fs::read_dir(context.out_dir())?.count();
        if leftovers > 0 {
            bail!("the run's directory is not empty");
        }
        print(number("SAMPLE_PRINT_MB"))?;
        leave_behind()?;
        let mut artifact = config.index.to_string().into_bytes();
        artifact.resize(artifact.len() + number::<usize>("SAMPLE_FILLER"), b'.');
        std::fs::write(context.out_dir().join("artifact.txt"), artifact)
            .context("cannot write the artifact")?;
        Ok(Metrics {
            square: u64::from(config.index) * u64::from(config.index)
                + number::<u64>("SAMPLE_OFFSET"),
            curve: (0..20)
                .map(|step| config.rate / f64::from(step + 1))
                .collect(),
        })
    }

    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        assert_ne!(
            variable("SAMPLE_PANIC_IN"),
            "report",
            "told to panic in the report"
        );
        for run in runs {
            println!("{} {} {}", run.name(), run.config.index, run.output.square);
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    runner::main::<Sample>()
}
