//! Whether the engine slows down or fills memory as runs go by: trivial runs in this process, two at a time.
//!
//! `cargo bench --bench endurance` prints the time of a run in each fifth of them, beside creating the same files by
//! hand, since directories become slower as they grow; and the peak memory with few and with many runs.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, ensure};
use runner::{Config, Context, Experiment, Runner};
use serde::{Deserialize, Serialize};

/// The environment variable that makes this program a contestant: its number of runs and its directory.
const WORKER: &str = "RUNNER_BENCH_WORKER";
const DIRECTORY: &str = "RUNNER_BENCH_DIRECTORY";
const RUNS: usize = 100_000;
const RUNS_FEW: usize = 20_000;
const PARTS: usize = 5;

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Trivial {
    index: u64,
}

struct Clock;

impl Experiment for Clock {
    type Config = Trivial;
    /// Start of the run, in nanoseconds since 1970.
    type Output = u64;

    fn run(_: &Trivial, _: &Context) -> anyhow::Result<u64> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        Ok(now.as_nanos().try_into()?)
    }
}

fn main() -> ExitCode {
    if let Ok(runs) = std::env::var(WORKER) {
        return work(runs.parse().unwrap_or_default());
    }
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does the runs and prints the times of the parts and the peak memory in kB.
fn work(runs: u64) -> ExitCode {
    Runner::<Clock>::new()
        .configs((0..runs).map(|index| Trivial { index }))
        .report(|runs| {
            let mut times: Vec<u64> = runs.outputs().copied().collect();
            times.sort_unstable();
            for part in times.chunks(times.len() / PARTS) {
                print!(" {:.1}", micros_a_step(part));
            }
            println!();
            let status = fs::read_to_string("/proc/self/status")?;
            let peak = status
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
            println!("{}", peak.context("no VmHWM in /proc/self/status")?.trim());
            Ok(())
        })
        .output_dir(std::env::var_os(DIRECTORY).unwrap_or_default())
        .durable(false)
        .args(["--jobs", "2", "--quiet"])
        .main()
}

fn compare() -> anyhow::Result<()> {
    let root = std::env::temp_dir().join(format!("runner-endurance-{}", std::process::id()));
    fs::create_dir_all(&root)?;
    let few = run(RUNS_FEW, &root.join("few"))?;
    let many = run(RUNS, &root.join("many"))?;
    println!(
        "{RUNS} trivial runs, -j 2, microseconds a run in each fifth:{}",
        many.parts
    );
    println!(
        "the same files by hand, one at a time:{}",
        by_hand(&root.join("by-hand"))?
    );
    println!(
        "peak memory: {} kB with {RUNS_FEW} runs, {} kB with {RUNS}: {} bytes for each further run with its config and output",
        few.peak_kb,
        many.peak_kb,
        (many.peak_kb.saturating_sub(few.peak_kb)) * 1024 / (RUNS - RUNS_FEW) as u64
    );
    fs::remove_dir_all(&root).context("cannot remove the benchmark's results")
}

struct Measured {
    parts: String,
    peak_kb: u64,
}

fn run(runs: usize, directory: &Path) -> anyhow::Result<Measured> {
    let output = Command::new(std::env::current_exe()?)
        .env(WORKER, runs.to_string())
        .env(DIRECTORY, directory)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(
        output.status.success(),
        "{runs} runs ended with {}",
        output.status
    );
    let text = String::from_utf8(output.stdout)?;
    let (parts, peak) = text
        .trim_end()
        .split_once('\n')
        .context("no peak memory was printed")?;
    Ok(Measured {
        parts: parts.to_owned(),
        peak_kb: peak.parse()?,
    })
}

/// Makes a directory with two files for each run.
fn by_hand(directory: &Path) -> anyhow::Result<String> {
    fs::create_dir_all(directory)?;
    let start = Instant::now();
    let mut times = Vec::with_capacity(RUNS);
    for index in 0..RUNS {
        let run: PathBuf = directory.join(format!("clock-{index:016x}"));
        fs::create_dir(&run)?;
        fs::write(run.join("result.partial"), [7; 300])?;
        fs::rename(run.join("result.partial"), run.join("result.postcard"))?;
        fs::write(run.join("run.json"), [b' '; 400])?;
        times.push(u64::try_from(start.elapsed().as_nanos())?);
    }
    let mut text = String::new();
    for part in times.chunks(times.len() / PARTS) {
        write!(text, " {:.1}", micros_a_step(part))?;
    }
    Ok(text)
}

#[expect(clippy::cast_precision_loss, reason = "a part takes seconds, not days")]
fn micros_a_step(times: &[u64]) -> f64 {
    let span = times[times.len() - 1] - times[0];
    span as f64 / 1e3 / times.len() as f64
}
