//! One config for each way to die, and how each is reported:
//!
//! ```text
//! cargo run --example failures -- --isolate --timeout 2s
//! ```
//!
//! `--isolate` starts a process for each run, so that no run harms the others or the program. Without it, the dangerous
//! runs only return an error.

use std::{
    hint::black_box,
    io::{self, Write},
    process::{Command, ExitCode},
    thread,
    time::Duration,
};

use anyhow::{bail, ensure};
use nix::sys::{
    resource::{Resource, setrlimit},
    signal::{Signal, raise},
};
use runner::{Config, Context, Experiment};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Config)]
#[serde(rename_all = "kebab-case")]
enum Way {
    /// Finishes.
    None,
    Error,
    Panic,
    Abort,
    Segfault,
    StackOverflow,
    /// Allocates more memory than there is.
    OutOfMemory,
    /// Is killed from outside.
    Killed,
    /// Calls `exit(0)`, as if it had succeeded.
    Exit,
    /// Runs for ever, but ends on SIGTERM.
    Endless,
    /// Runs for ever and ignores SIGTERM.
    Deaf,
    /// Finishes, and leaves a process behind that could go on printing.
    Orphan,
    /// Aborts, and leaves a process behind that could go on printing.
    AbortedOrphan,
    /// Prints far too much.
    Chatter,
    /// Leaks memory.
    Leak,
}

impl Way {
    const ALL: [Self; 15] = [
        Self::None,
        Self::Error,
        Self::Panic,
        Self::Abort,
        Self::Segfault,
        Self::StackOverflow,
        Self::OutOfMemory,
        Self::Killed,
        Self::Exit,
        Self::Endless,
        Self::Deaf,
        Self::Orphan,
        Self::AbortedOrphan,
        Self::Chatter,
        Self::Leak,
    ];

    /// Whether the run is safe in the program's own process.
    fn is_harmless(self) -> bool {
        matches!(self, Self::None | Self::Error | Self::Panic | Self::Leak)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Life {
    way: Way,
}

#[derive(Debug, Serialize, Deserialize)]
struct Last {
    words: String,
}

struct Failures;

impl Experiment for Failures {
    type Config = Life;
    type Output = Last;

    fn configs() -> Vec<Life> {
        Way::ALL.map(|way| Life { way }).to_vec()
    }

    fn run(config: &Life, context: &Context) -> anyhow::Result<Last> {
        let way = config.way;
        ensure!(
            way.is_harmless() || context.is_isolated(),
            "run this with --isolate"
        );
        println!("this is {way:?}");
        match way {
            Way::None => {}
            Way::Error => bail!("this run returns an error"),
            Way::Panic => panic!("this run panics"),
            Way::Abort => std::process::abort(),
            Way::Segfault => segfault()?,
            Way::StackOverflow => drop(black_box(recurse(1))),
            Way::OutOfMemory => fill_memory()?,
            Way::Killed => raise(Signal::SIGKILL)?,
            Way::Exit => std::process::exit(0),
            Way::Endless => {
                while !context.is_cancelled() {
                    thread::sleep(Duration::from_millis(10));
                }
                bail!("asked to end");
            }
            Way::Deaf => loop {
                thread::sleep(Duration::from_secs(1));
            },
            Way::Orphan => leave_behind()?,
            Way::AbortedOrphan => {
                leave_behind()?;
                std::process::abort();
            }
            Way::Chatter => chatter()?,
            Way::Leak => std::mem::forget(vec![1_u8; 1 << 24]),
        }
        Ok(Last {
            words: format!("{way:?} is over"),
        })
    }
}

fn main() -> ExitCode {
    runner::main::<Failures>()
}

fn segfault() -> anyhow::Result<()> {
    // The handler that detects stack overflows takes the first signal.
    for _ in 0..2 {
        raise(Signal::SIGSEGV)?;
    }
    bail!("SIGSEGV did not end this process");
}

/// Recurses until the stack overflows: no stack is `usize::MAX` deep.
fn recurse(depth: usize) -> usize {
    let frame = black_box([depth; 64]);
    if depth == usize::MAX {
        return depth;
    }
    recurse(depth + 1) + frame[depth % 64]
}

fn fill_memory() -> anyhow::Result<()> {
    let limit = 256 << 20;
    setrlimit(Resource::RLIMIT_AS, limit, limit)?;
    let mut all = Vec::new();
    loop {
        all.push(vec![1_u8; 16 << 20]);
        black_box(&all);
    }
}

/// Starts a process that inherits the output streams, and does not wait for it.
fn leave_behind() -> io::Result<()> {
    let child = Command::new("sleep").arg("604800").spawn()?;
    println!("left {} behind", child.id());
    Ok(())
}

fn chatter() -> io::Result<()> {
    let lines = (0..500_000).map(|line| format!("line {line} of far too many\n"));
    io::stdout()
        .lock()
        .write_all(lines.collect::<String>().as_bytes())
}
