//! The contestants, each a process of its own: this library, a hand-written loop, and the bare system calls.

use std::{
    fmt, fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use runner::Runner;
use twox_hash::XxHash3_128;

use crate::sample::{
    Metrics, Setting, Small, Trivial, settings, small_settings, work as sample_work,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contestant {
    Runner,
    /// The library without a report of the program's own.
    DefaultTable,
    /// The library with small outputs; prints its peak memory.
    Small,
    Handwritten,
    SystemCalls,
    /// A `main` that does nothing.
    Empty,
}

impl Contestant {
    /// The contestants in the table.
    pub(crate) const ALL: [Self; 3] = [Self::Runner, Self::Handwritten, Self::SystemCalls];
}

impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Runner => "runner",
            Self::DefaultTable => "default-table",
            Self::Small => "small",
            Self::Handwritten => "hand-written",
            Self::SystemCalls => "system-calls",
            Self::Empty => "empty",
        })
    }
}

/// Runs the contestant that `worker` names: `contestant:runs:sync`.
pub(crate) fn work(worker: &str) -> ExitCode {
    let mut parts = worker.split(':');
    let contestant = parts.next().unwrap_or_default();
    let runs = parts
        .next()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or_default();
    let is_synced = parts.next() == Some("synced");
    let directory = PathBuf::from(std::env::var_os("RUNNER_BENCH_DIRECTORY").unwrap_or_default());
    let result = match contestant {
        "runner" => return summing(runner(runs, &directory, is_synced)),
        "default-table" => return runner(runs, &directory, is_synced).main(),
        "small" => return small(runs, &directory),
        "hand-written" => handwritten(runs, &directory, is_synced),
        "system-calls" => system_calls(runs, &directory, is_synced),
        _ => Ok(()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn runner(runs: usize, directory: &Path, is_synced: bool) -> Runner<Trivial> {
    Runner::new()
        .configs(settings(runs))
        .output_dir(directory)
        .durable(is_synced)
        .args(["--quiet"])
}

fn summing(runner: Runner<Trivial>) -> ExitCode {
    let runner = runner.report(|runs| {
        let sum: f64 = runs.outputs().map(|output| output.accuracy).sum();
        println!("{sum}");
        Ok(())
    });
    runner.main()
}

fn small(runs: usize, directory: &Path) -> ExitCode {
    Runner::<Small>::new()
        .configs(small_settings(runs))
        .report(|runs| {
            println!("{} runs", runs.len());
            print_peak_memory()
        })
        .output_dir(directory)
        .durable(false)
        .args(["--quiet"])
        .main()
}

fn print_peak_memory() -> anyhow::Result<()> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = line.context("no VmHWM in /proc/self/status")?;
    println!("VmHWM kB: {}", peak.trim().trim_end_matches("kB").trim());
    Ok(())
}

/// A hand-written loop: no locks, no checksums, no manifests.
fn handwritten(runs: usize, directory: &Path, is_synced: bool) -> anyhow::Result<()> {
    fs::create_dir_all(directory)?;
    let mut batch = Batch::new(directory, is_synced)?;
    let mut sum = 0.0;
    for setting in settings(runs) {
        sum += cached(&setting, directory)?.accuracy;
        batch.tick()?;
    }
    batch.sync()?;
    println!("{sum}");
    Ok(())
}

fn cached(setting: &Setting, directory: &Path) -> anyhow::Result<Metrics> {
    let hash = XxHash3_128::oneshot(&postcard::to_stdvec(setting)?);
    let directory = directory.join(format!("{}-{hash:032x}", setting.name));
    let file = directory.join("result.postcard");
    if let Ok(bytes) = fs::read(&file) {
        return Ok(postcard::from_bytes(&bytes)?);
    }
    let metrics = sample_work(setting);
    fs::create_dir_all(&directory)?;
    let temporary = directory.join("result.tmp");
    fs::write(&temporary, postcard::to_stdvec(&metrics)?)?;
    fs::rename(temporary, file)?;
    Ok(metrics)
}

/// The system calls alone, on paths made beforehand.
fn system_calls(runs: usize, directory: &Path, is_synced: bool) -> anyhow::Result<()> {
    fs::create_dir_all(directory)?;
    let mut batch = Batch::new(directory, is_synced)?;
    let mut buffer = vec![0; 4096];
    let content = [7; 210];
    for index in 0..runs {
        let run = directory.join(format!("base-{index:032x}"));
        let file = run.join("result.postcard");
        if let Ok(mut file) = fs::File::open(&file) {
            let _ = file.read(&mut buffer)?;
        } else {
            fs::create_dir(&run)?;
            let temporary = run.join("result.tmp");
            fs::File::create(&temporary)?.write_all(&content)?;
            fs::rename(temporary, file)?;
        }
        batch.tick()?;
    }
    batch.sync()
}

/// Syncs the written files at least every second, as the library does.
struct Batch {
    directory: fs::File,
    is_synced: bool,
    last: Instant,
}

impl Batch {
    fn new(directory: &Path, is_synced: bool) -> anyhow::Result<Self> {
        Ok(Self {
            directory: fs::File::open(directory)?,
            is_synced,
            last: Instant::now(),
        })
    }

    fn tick(&mut self) -> anyhow::Result<()> {
        if self.is_synced && self.last.elapsed() > Duration::from_secs(1) {
            self.sync()?;
        }
        Ok(())
    }

    fn sync(&mut self) -> anyhow::Result<()> {
        if self.is_synced {
            nix::unistd::syncfs(&self.directory)?;
        }
        self.last = Instant::now();
        Ok(())
    }
}
