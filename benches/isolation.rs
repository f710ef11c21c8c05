//! The cost of a process for each run, and of the engine while it waits.
//!
//! `cargo bench --bench isolation` prints it. The contestants take turns, and the numbers are medians. The
//! baseline is the minimum cost of a process: fork, exec and wait of this program, which then does nothing.
//!
//! The rows "kept processes over threads" compare many trivial runs, none of them cached, as whole programs: the time on the
//! clock, which is the number to watch, and the processor time of the program with all its processes.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};
use runner::{Config, Context, Experiment, Runner};
use serde::{Deserialize, Serialize};

/// The environment variable that makes this program a contestant: its work, and the time that each run works or sleeps.
const WORKER: &str = "RUNNER_BENCH_WORKER";
const DIRECTORY: &str = "RUNNER_BENCH_DIRECTORY";
const ROUNDS: usize = 5;
const RUNS: u32 = 400;
const TRIVIAL_RUNS: usize = 10_000;
const WORKS: usize = 200;
const WORK: Duration = Duration::from_millis(20);

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Nap {
    index: u64,
    millis: u64,
    works: bool,
}

struct Napping;

impl Experiment for Napping {
    type Config = Nap;
    type Output = u64;

    fn run(config: &Nap, _: &Context) -> anyhow::Result<u64> {
        let time = Duration::from_millis(config.millis);
        if config.works {
            work_for(time);
        } else {
            thread::sleep(time);
        }
        Ok(config.index)
    }

    fn report(_: &runner::Runs<Self>) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Keeps a processor busy.
fn work_for(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

fn main() -> ExitCode {
    runner::init::<Napping>();
    if let Ok(worker) = std::env::var(WORKER) {
        return work(&worker);
    }
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the contestant that `worker` names: `empty`, or `runs:count:millis:jobs:how`.
fn work(worker: &str) -> ExitCode {
    let parts: Vec<&str> = worker.split(':').collect();
    let [count, millis, jobs] = [1, 2, 3].map(|part| {
        let part = parts.get(part).copied().unwrap_or_default();
        part.parse().unwrap_or(0_usize)
    });
    if count == 0 {
        return ExitCode::SUCCESS;
    }
    let how = parts.last().copied().unwrap_or_default();
    Runner::<Napping>::new()
        .configs((0..count as u64).map(move |index| Nap {
            index,
            millis: millis as u64,
            works: (1..1000).contains(&millis),
        }))
        .output_dir(std::env::var_os(DIRECTORY).unwrap_or_default())
        .durable(false)
        .jobs(jobs)
        .isolate(how != "threads")
        .keep_processes(how == "kept")
        .args(["--progress", "none", "--quiet"])
        .main()
}

fn compare() -> anyhow::Result<()> {
    let root = std::env::temp_dir().join(format!("runner-isolation-{}", std::process::id()));
    for jobs in [1, 2] {
        per_run(jobs, &root)?;
        kept_over_threads(jobs, &root)?;
    }
    let ideal = WORK * u32::try_from(WORKS / 2)?;
    for how in ["bare", "threads", "kept"] {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            times.push(match how {
                "bare" => bare_work(),
                how => {
                    let start = timed(0, Duration::ZERO, 2, how, &root)?;
                    timed(WORKS, WORK, 2, how, &root)?.saturating_sub(start)
                }
            });
        }
        let time = median(&mut times);
        println!(
            "{WORKS} runs of {WORK:?} of work on 2 slots, {how}: {time:.3?}, {:.3} of the ideal",
            time.as_secs_f64() / ideal.as_secs_f64()
        );
    }
    for how in ["threads", "kept"] {
        waiting(how, &root)?;
    }
    std::fs::remove_dir_all(&root).context("cannot remove the benchmark's results")
}

/// The cost of a run in a process, beside that of a process.
fn per_run(jobs: usize, root: &Path) -> anyhow::Result<()> {
    let (mut bare, mut kept, mut fresh) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(bare_processes(jobs)?);
        for (how, times) in [("kept", &mut kept), ("fresh", &mut fresh)] {
            let few = timed(jobs, Duration::ZERO, jobs, how, root)?;
            let all = timed(RUNS as usize + jobs, Duration::ZERO, jobs, how, root)?;
            times.push(all.saturating_sub(few));
        }
    }
    let bare = median(&mut bare);
    println!(
        "-j {jobs}: fork, exec and wait: {:.0?} a process",
        bare / RUNS
    );
    for (how, mut times) in [("a new process for each", fresh), ("a kept process", kept)] {
        let time = median(&mut times);
        println!(
            "-j {jobs}: isolated, {how}: {:.0?} a run, {:.2} times that",
            time / RUNS,
            time.as_secs_f64() / bare.as_secs_f64()
        );
    }
    Ok(())
}

/// Trivial runs into an empty directory: in processes that are kept, and in threads.
fn kept_over_threads(jobs: usize, root: &Path) -> anyhow::Result<()> {
    let hows = ["threads", "kept"];
    let (mut times, mut cpu_times) = (hows.map(|_| Vec::new()), hows.map(|_| Vec::new()));
    for _ in 0..ROUNDS {
        for (contestant, how) in hows.into_iter().enumerate() {
            let before = cpu()?;
            times[contestant].push(timed(TRIVIAL_RUNS, Duration::ZERO, jobs, how, root)?);
            cpu_times[contestant].push(cpu()?.saturating_sub(before));
        }
    }
    let [threads, kept] = times.map(|mut times| median(&mut times));
    let [threads_cpu, kept_cpu] = cpu_times.map(|mut times| median(&mut times));
    let over = |kept: Duration, threads: Duration| kept.as_secs_f64() / threads.as_secs_f64();
    println!(
        "-j {jobs}: {TRIVIAL_RUNS} trivial runs, kept processes over threads: {:.2} ({kept:.0?} over {threads:.0?}), \
         {:.2} of processor time",
        over(kept, threads),
        over(kept_cpu, threads_cpu)
    );
    Ok(())
}

/// Two threads that do what the runs do: no engine can be faster.
fn bare_work() -> Duration {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..WORKS / 2).for_each(|_| work_for(WORK)));
        }
    });
    start.elapsed()
}

fn bare_processes(jobs: usize) -> anyhow::Result<Duration> {
    let start = Instant::now();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs)
            .map(|_| {
                scope.spawn(|| -> anyhow::Result<()> {
                    for _ in 0..RUNS as usize / jobs {
                        let status = Command::new("/proc/self/exe")
                            .env(WORKER, "empty")
                            .stdin(Stdio::null())
                            .status()?;
                        ensure!(status.success(), "the empty program ended with {status}");
                    }
                    Ok(())
                })
            })
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| match thread.join() {
                Ok(result) => result,
                Err(_) => bail!("a thread panicked"),
            })
    })?;
    Ok(start.elapsed())
}

/// The processor time of a program whose one run sleeps for ten seconds, less that of one whose run does not.
fn waiting(how: &str, root: &Path) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for sleep in [Duration::ZERO, Duration::from_secs(10)] {
        let before = cpu()?;
        timed(1, sleep, 1, how, root)?;
        times.push(cpu()?.saturating_sub(before));
    }
    println!(
        "a run that sleeps for 10 s, {how}: {:.1?} of processor time more than one that does not",
        times[1].saturating_sub(times[0])
    );
    Ok(())
}

/// The processor time of all children that ended.
fn cpu() -> anyhow::Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(micros.try_into()?))
}

/// Measures the time of a whole program.
fn timed(
    runs: usize,
    sleep: Duration,
    jobs: usize,
    how: &str,
    root: &Path,
) -> anyhow::Result<Duration> {
    let directory = fresh_directory(root)?;
    let worker = format!("runs:{runs}:{}:{jobs}:{how}", sleep.as_millis());
    let start = Instant::now();
    let status = Command::new("/proc/self/exe")
        .env(WORKER, worker)
        .env(DIRECTORY, &directory)
        // Making one takes longer than a process.
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let time = start.elapsed();
    ensure!(status.success(), "{runs} runs, {how}, ended with {status}");
    Ok(time)
}

/// Returns an unused directory. Nothing is removed before the end: after many deletions, a file system is slow for a
/// while.
fn fresh_directory(root: &Path) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(root)?;
    let used = std::fs::read_dir(root)?.count();
    Ok(root.join(format!("out-{used}")))
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
