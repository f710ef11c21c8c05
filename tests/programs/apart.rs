//! Runs that change their process, print, or end it, for tests of what processes of their own keep apart.
//!
//! `APART_WAYS` lists what the runs do, as `way` or `way*count`; `APART_KEEP` lets the builder keep processes, and with `APART_QUIT`
//! the processes of runs do not come to them. `APART_STACK` is the size of the stack.

use std::{
    process::ExitCode,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use runner::{Config, Context, Experiment, Runner};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Apart {
    index: u32,
    way: String,
}

struct Keeping;

/// The number of runs that this process has begun.
static BEGUN: AtomicU32 = AtomicU32::new(0);

/// Takes 16 kB of stack for each call.
fn dig(depth: u32) {
    let taken = std::hint::black_box([0_u8; 16 << 10]);
    if depth > 0 {
        dig(depth - 1);
    }
    std::hint::black_box(taken);
}

/// Uses the device of the slot, which nobody else may do meanwhile.
fn claim(context: &Context, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<usize> {
    let slot = context.slot();
    let device = context.out_dir().join(format!("../../device-{slot}"));
    std::fs::File::create_new(&device).with_context(|| format!("slot {slot} is taken"))?;
    work()?;
    std::fs::remove_file(device)?;
    Ok(slot)
}

fn configs() -> Vec<Apart> {
    let ways = std::env::var("APART_WAYS").unwrap_or_default();
    let ways = ways.split(',').flat_map(|way| {
        let (way, count) = way.split_once('*').unwrap_or((way, "1"));
        vec![way.to_owned(); count.parse().expect("it is a number")]
    });
    ways.zip(0..)
        .map(|(way, index)| Apart { index, way })
        .collect()
}

impl Experiment for Keeping {
    type Config = Apart;
    type Output = String;

    fn name() -> &'static str {
        "apart"
    }

    fn configs() -> Vec<Apart> {
        configs()
    }

    fn run(config: &Apart, context: &Context) -> anyhow::Result<String> {
        let before = BEGUN.fetch_add(1, Ordering::Relaxed);
        let made_for = context.shared(|| Ok(config.index))?;
        match config.way.as_str() {
            "count" => {}
            "leave-directory" => {
                let here = std::env::current_dir()?;
                std::env::set_current_dir("/")?;
                let is_moved = here == std::path::Path::new("/");
                return Ok(format!("moved before: {is_moved}"));
            }
            "print" => println!("this is {}", config.index),
            "print-rarely" => {
                if config.index.is_multiple_of(3) {
                    print!("{}", format!("this is {}\n", config.index).repeat(100));
                }
            }
            // More stack than threads have, and less than a main thread.
            "deep" => dig(100),
            "nap" => {
                let file = |name| context.out_dir().join("../..").join(name);
                std::fs::write(file("napping"), "")?;
                let start = Instant::now();
                while !file("awake").exists() {
                    ensure!(start.elapsed() < Duration::from_secs(20), "not woken");
                    thread::sleep(Duration::from_millis(5));
                }
            }
            "claim" => return Ok(format!("slot {}", claim(context, || Ok(()))?)),
            "hold" => {
                let awake = context.out_dir().join("../../awake");
                let hold = || {
                    let start = Instant::now();
                    while !awake.exists() {
                        ensure!(start.elapsed() < Duration::from_secs(20), "not woken");
                        thread::sleep(Duration::from_millis(5));
                    }
                    Ok(())
                };
                return Ok(format!("slot {}", claim(context, hold)?));
            }
            "error" => bail!("it is broken"),
            "abort" => std::process::abort(),
            way => bail!("there is no way `{way}`"),
        }
        Ok(format!("{before} before, shared by {made_for}"))
    }

    fn report(runs: &runner::Runs<Self>) -> anyhow::Result<()> {
        for run in runs {
            println!("{}: {}", run.config.index, run.output);
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    if std::env::var_os("APART_QUIT").is_some() && std::env::var_os("RUNNER_WORKER").is_some() {
        return ExitCode::from(9);
    }
    let mut runner =
        Runner::<Keeping>::new().keep_processes(std::env::var_os("APART_KEEP").is_some());
    if let Ok(bytes) = std::env::var("APART_STACK") {
        runner = runner.stack_size(bytes.parse().expect("it is a number"));
    }
    runner.main()
}
