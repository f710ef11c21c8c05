//! The cost of changing, selecting and explaining a hundred thousand runs, as whole processes.
//!
//! `cargo bench --bench selecting` prints medians; `-- --runs 1000 --rounds 3` makes it quicker. The contestants take
//! turns within each round.

use std::{
    path::Path,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use runner::{Config, Context, Experiment, Runner};
use serde::{Deserialize, Serialize};

/// The environment variable that makes this program an experiment with that number of configs.
const WORKER: &str = "RUNNER_BENCH_CONFIGS";

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Setting {
    name: String,
    index: u64,
    learning_rate: f64,
    epochs: u32,
    momentum: f64,
    description: String,
    layers: Vec<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Metrics {
    accuracy: f64,
    loss: Vec<f64>,
}

struct Trivial;

impl Experiment for Trivial {
    type Config = Setting;
    type Output = Metrics;

    fn run(setting: &Setting, _: &Context) -> anyhow::Result<Metrics> {
        let base = setting.learning_rate;
        Ok(Metrics {
            accuracy: base,
            loss: (1..=24).map(|step| base / f64::from(step)).collect(),
        })
    }
}

fn settings(count: u64) -> Vec<Setting> {
    (0..count)
        .map(|index| Setting {
            name: "base".to_owned(),
            index,
            learning_rate: 0.1,
            epochs: 10,
            momentum: 0.9,
            description:
                "a config of about two hundred bytes in the compact binary form in which it is stored".to_owned(),
            layers: (100..140).collect(),
        })
        .collect()
}

/// The measurements: a name, the number of configs if not all, and the arguments.
const CASES: &[(&str, Option<u64>, &[&str])] = &[
    ("list", None, &["--list"]),
    ("list, --set", None, &["--list", "--set", "epochs=10"]),
    (
        "list, --where",
        None,
        &["--list", "--where", "learning_rate=0.05.."],
    ),
    (
        "list, --set and --where",
        None,
        &[
            "--list",
            "--set",
            "epochs=10",
            "--where",
            "learning_rate=0.05..",
        ],
    ),
    (
        "list, --where output",
        None,
        &["--list", "--where", "output.accuracy<0.5"],
    ),
    ("why, one config", Some(1), &["--why", "--set", "epochs=11"]),
    (
        "why, twenty configs",
        Some(20),
        &["--why", "--set", "epochs=11"],
    ),
    ("prune, one config", Some(1), &["--prune"]),
];

fn main() -> ExitCode {
    if let Some(count) = std::env::var(WORKER)
        .ok()
        .and_then(|count| count.parse().ok())
    {
        return Runner::<Trivial>::new()
            .configs(settings(count))
            .durable(false)
            .report(|_| Ok(()))
            .main();
    }
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> anyhow::Result<()> {
    let (mut runs, mut rounds) = (100_000, 5_u64);
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        let number = args
            .next()
            .with_context(|| format!("`{arg}` needs a number"))?
            .parse()?;
        match arg.as_str() {
            "--runs" => runs = number,
            "--rounds" => rounds = number,
            _ => anyhow::bail!("unknown flag `{arg}`; there are --runs and --rounds"),
        }
    }
    let root = std::env::temp_dir().join(format!("runner-bench-{}", std::process::id()));
    std::fs::create_dir_all(&root)?;
    time(&root, runs, &["--quiet"])?;
    let mut times = vec![Vec::new(); CASES.len()];
    for _ in 0..rounds {
        for ((_, configs, args), times) in CASES.iter().zip(&mut times) {
            times.push(time(&root, configs.unwrap_or(runs), args)?);
        }
    }
    println!("{runs} stored runs, medians of {rounds} rounds");
    let mut first = None;
    for ((name, configs, _), times) in CASES.iter().zip(&mut times) {
        times.sort_unstable();
        let median = times[times.len() / 2].as_secs_f64();
        let ratio = median / *first.get_or_insert(median);
        match configs {
            None => println!("{name:<26} {median:>8.3} s  {ratio:.2} times the first"),
            Some(_) => println!("{name:<26} {median:>8.3} s"),
        }
    }
    std::fs::remove_dir_all(&root).context("cannot remove the benchmark's results")
}

/// Measures the time of one whole process.
fn time(root: &Path, configs: u64, args: &[&str]) -> anyhow::Result<Duration> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(args)
        .env(WORKER, configs.to_string())
        .current_dir(root)
        .stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let time = start.elapsed();
    ensure!(status.success(), "{args:?} ended with {status}");
    Ok(time)
}
