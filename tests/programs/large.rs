//! `LARGE_CONFIGS` runs with outputs of `LARGE_MB` megabytes. The report is the peak of memory of this process, in megabytes.

use std::{fs, process::ExitCode};

use runner::{Config, Context, Experiment, Runs};
use serde::{Deserialize, Serialize};

struct Large;

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Size {
    megabytes: usize,
    index: usize,
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
        let number = |name| std::env::var(name).map_or(Ok(1), |text| text.parse());
        let megabytes: usize = number("LARGE_MB").expect("LARGE_MB is a number");
        let configs = number("LARGE_CONFIGS").expect("LARGE_CONFIGS is a number");
        let size = |index| Size { megabytes, index };
        (0..configs).map(size).collect()
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
