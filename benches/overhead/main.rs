//! The cost of `runner` beside a hand-written cache loop and beside the bare system calls, as whole processes.
//!
//! `cargo bench --bench overhead` prints a table; `-- --runs 1000 --rounds 3` makes it quicker. The contestants take
//! turns within each round, nothing is deleted before the last round is over, and the numbers are medians.
//!
//! The columns of the library are programs with a report of their own, which adds one number of each output, as the loop
//! does. The row "all cached, default table" is the same program without such a report: it shows the table of all runs.
//!
//! # System calls of a run
//!
//! As `strace -c` counts them. A cached result takes three: `openat`, `read` and `close` of its file, below a
//! descriptor of the output directory. A short run that is stored takes sixteen:
//!
//! | call | why |
//! |---|---|
//! | `fcntl` | takes the key's lock, so that no other process does the same run |
//! | `newfstatat` twice | the lock file is still the one at its path: after locking, and before publishing |
//! | `fcntl` twice | no process is left of an earlier program, nor one that publishes beside what that left |
//! | `openat` | looks again, now that no other process can store: the result is not there |
//! | `mkdirat` | the run's own directory, for its result and artifacts |
//! | `getrusage` | whether helper processes end while the run is asked to stop |
//! | `openat`, `write`, `close` | the result, under a temporary name |
//! | `renameat` | publishes it, whole or not at all |
//! | `openat`, `write`, `close` | `run.json`, for people and `jq` |
//! | `fcntl` | releases the lock |
//!
//! The hand-written loop takes six: it has no lock and no `run.json`.

mod contestant;
mod sample;
mod table;

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use contestant::Contestant;
use table::{Table, median};

/// The environment variable that makes this program a contestant.
const WORKER: &str = "RUNNER_BENCH_WORKER";

struct Settings {
    runs: usize,
    runs_large: usize,
    rounds: usize,
}

fn main() -> ExitCode {
    if let Ok(worker) = std::env::var(WORKER) {
        return contestant::work(&worker);
    }
    match settings().and_then(|settings| compare(&settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn settings() -> anyhow::Result<Settings> {
    let mut settings = Settings {
        runs: 10_000,
        runs_large: 100_000,
        rounds: 7,
    };
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        let number = args
            .next()
            .with_context(|| format!("`{arg}` needs a number"))?
            .parse()?;
        match arg.as_str() {
            "--runs" => settings.runs = number,
            "--runs-large" => settings.runs_large = number,
            "--rounds" => settings.rounds = number,
            _ => anyhow::bail!("unknown flag `{arg}`; there are --runs, --runs-large and --rounds"),
        }
    }
    Ok(settings)
}

fn compare(settings: &Settings) -> anyhow::Result<()> {
    let root = std::env::temp_dir().join(format!("runner-bench-{}", std::process::id()));
    std::fs::create_dir_all(&root)?;
    let mut table = Table::default();
    nothing_cached(settings, &root, &mut table)?;
    all_cached(settings.runs, settings, &root, &mut table)?;
    one_missing(settings, &root, &mut table)?;
    all_cached(settings.runs_large, settings, &root, &mut table)?;
    default_table(settings, &root)?;
    start_up(settings, &root, &mut table)?;
    println!("{table}");
    println!(
        "peak memory with {} cached results of 136 bytes: {} MB",
        settings.runs_large,
        peak_memory(settings, &root)?
    );
    std::fs::remove_dir_all(&root).context("cannot remove the benchmark's results")
}

/// Trivial runs into an empty directory, with and without making them durable.
fn nothing_cached(settings: &Settings, root: &Path, table: &mut Table) -> anyhow::Result<()> {
    for sync in ["unsynced", "synced"] {
        let mut times = Contestant::ALL.map(|_| Vec::new());
        for round in 0..settings.rounds {
            for (contestant, times) in Contestant::ALL.into_iter().zip(&mut times) {
                let directory = root.join(format!("{contestant}-{sync}-{round}"));
                times.push(run(contestant, settings.runs, &directory, sync)?);
            }
        }
        table.add(
            &format!("{} runs, nothing cached, {sync}", settings.runs),
            settings.runs,
            &times,
        );
    }
    Ok(())
}

/// The same runs again, all of which have a result.
fn all_cached(
    runs: usize,
    settings: &Settings,
    root: &Path,
    table: &mut Table,
) -> anyhow::Result<()> {
    let mut times = Contestant::ALL.map(|_| Vec::new());
    for contestant in Contestant::ALL {
        run(
            contestant,
            runs,
            &cached_directory(root, contestant, runs),
            "unsynced",
        )?;
    }
    for _ in 0..settings.rounds {
        for (contestant, times) in Contestant::ALL.into_iter().zip(&mut times) {
            times.push(run(
                contestant,
                runs,
                &cached_directory(root, contestant, runs),
                "unsynced",
            )?);
        }
    }
    table.add(&format!("{runs} runs, all cached"), runs, &times);
    Ok(())
}

/// The cached runs with the report that an experiment has without writing one.
fn default_table(settings: &Settings, root: &Path) -> anyhow::Result<()> {
    let runs = settings.runs;
    let measured = |contestant, of| {
        let directory = cached_directory(root, of, runs);
        run(contestant, runs, &directory, "unsynced")
    };
    let (mut tables, mut loops) = (Vec::new(), Vec::new());
    for _ in 0..settings.rounds {
        tables.push(measured(Contestant::DefaultTable, Contestant::Runner)?);
        loops.push(measured(Contestant::Handwritten, Contestant::Handwritten)?);
    }
    let (table, handwritten) = (median(&mut tables), median(&mut loops));
    println!(
        "{runs} runs, all cached, default table: {:.2} times the hand-written loop ({table:.1?} over {handwritten:.1?})",
        table.as_secs_f64() / handwritten.as_secs_f64()
    );
    Ok(())
}

/// One new config beside the cached ones, another each time.
fn one_missing(settings: &Settings, root: &Path, table: &mut Table) -> anyhow::Result<()> {
    let directory = cached_directory(root, Contestant::Runner, settings.runs);
    let mut all = Vec::new();
    let mut one_more = Vec::new();
    let mut runs = settings.runs;
    for _ in 0..settings.rounds {
        all.push(run(Contestant::Runner, runs, &directory, "unsynced")?);
        runs += 1;
        one_more.push(run(Contestant::Runner, runs, &directory, "unsynced")?);
    }
    println!(
        "one new config among {} cached: {:.2} times all cached",
        settings.runs,
        median(&mut one_more).as_secs_f64() / median(&mut all).as_secs_f64()
    );
    table.note_runs(runs);
    Ok(())
}

/// Ten cached configs beside a program that does nothing.
fn start_up(settings: &Settings, root: &Path, table: &mut Table) -> anyhow::Result<()> {
    let directory = root.join("start");
    run(Contestant::Runner, 10, &directory, "unsynced")?;
    let mut empty = Vec::new();
    let mut ten = Vec::new();
    for _ in 0..settings.rounds * 10 {
        empty.push(run(Contestant::Empty, 0, &directory, "unsynced")?);
        ten.push(run(Contestant::Runner, 10, &directory, "unsynced")?);
    }
    let (empty, ten) = (median(&mut empty), median(&mut ten));
    println!(
        "start to exit with 10 cached runs: {:.2} ms, an empty `main`: {:.2} ms",
        ten.as_secs_f64() * 1e3,
        empty.as_secs_f64() * 1e3
    );
    table.note_runs(10);
    Ok(())
}

/// The peak memory of a process with many small cached results, in MB.
fn peak_memory(settings: &Settings, root: &Path) -> anyhow::Result<u64> {
    let directory = root.join("small");
    run(
        Contestant::Small,
        settings.runs_large,
        &directory,
        "unsynced",
    )?;
    let output = command(
        Contestant::Small,
        settings.runs_large,
        &directory,
        "unsynced",
    )?
    .output()?;
    let text = String::from_utf8(output.stdout)?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM kB: "));
    Ok(line
        .context("the worker printed no peak memory")?
        .parse::<u64>()?
        / 1000)
}

fn cached_directory(root: &Path, contestant: Contestant, runs: usize) -> PathBuf {
    root.join(format!("{contestant}-cached-{runs}"))
}

fn command(
    contestant: Contestant,
    runs: usize,
    directory: &Path,
    sync: &str,
) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .env(WORKER, format!("{contestant}:{runs}:{sync}"))
        .env("RUNNER_BENCH_DIRECTORY", directory);
    Ok(command)
}

/// Measures the time of one whole process.
fn run(
    contestant: Contestant,
    runs: usize,
    directory: &Path,
    sync: &str,
) -> anyhow::Result<Duration> {
    let mut command = command(contestant, runs, directory, sync)?;
    command.stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let time = start.elapsed();
    ensure!(
        status.success(),
        "{contestant} with {runs} runs ended with {status}"
    );
    Ok(time)
}
