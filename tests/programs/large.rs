//! A run with an output of `LARGE_MB` megabytes. Its report is the peak of memory of this process, in megabytes.

use std::{fs, process::ExitCode};

use runner::{Config, Context, Experiment, Runs};
use serde::{Deserialize, Serialize};

struct Large;

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Size {
    megabytes: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct Weights {
    loss: f64,
    weights: Vec<f64>,
}

impl Experiment for Large {
    type Config = Size;
    type Output = Weights;

    fn configs() -> Vec<Size> {
        let megabytes = std::env::var("LARGE_MB").map_or(Ok(1), |text| text.parse());
        vec![Size {
            megabytes: megabytes.expect("LARGE_MB is a number"),
        }]
    }

    fn run(config: &Size, _: &Context) -> anyhow::Result<Weights> {
        let weights = vec![0.25; config.megabytes << 17];
        Ok(Weights { loss: 0.5, weights })
    }

    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        for run in runs {
            anyhow::ensure!(run.output.weights.len() == run.config.megabytes << 17);
        }
        println!("peak {}", peak_mb()?);
        Ok(())
    }
}

fn peak_mb() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|peak| peak.split_whitespace().next());
    Ok(kilobytes.map_or(Ok(0), str::parse::<u64>)? / 1024)
}

fn main() -> ExitCode {
    runner::main::<Large>()
}
