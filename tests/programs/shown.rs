//! An experiment whose runs print, hang, fail and leave things behind, for tests of what is shown of them.
//!
//! `SHOWN_WAYS` lists what the runs do, and `SHOWN_SLEEP_MS` is how long those sleep that do.

use std::{
    io::Write,
    process::{Command, ExitCode},
    thread,
    time::Duration,
};

use anyhow::{bail, ensure};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};
use runner::{Config, Context, Experiment};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Shown {
    way: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Seen {
    text: String,
}

struct Showing;

/// Aborts the program if it is dropped by a panic.
struct BrokenDrop;

impl Drop for BrokenDrop {
    fn drop(&mut self) {
        panic!("its drop is broken too");
    }
}

/// The processor time of the runs that burn some.
const BURNT: Duration = Duration::from_millis(200);

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn sleep() {
    thread::sleep(Duration::from_millis(
        variable("SHOWN_SLEEP_MS").parse().unwrap_or(100),
    ));
}

/// The processor time of this process.
fn cpu_time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process knows its usage");
    let time = usage.user_time() + usage.system_time();
    Duration::from_micros(time.num_microseconds().unsigned_abs())
}

/// Uses so much processor time, however long that takes on a busy machine, and some memory.
fn burn(time: Duration) -> Vec<u8> {
    let end = cpu_time() + time;
    let mut bytes = vec![1_u8; 64 << 20];
    while cpu_time() < end {
        for byte in bytes.iter_mut().step_by(4096) {
            *byte = byte.wrapping_mul(7);
        }
    }
    bytes
}

/// Whether the process exists and is not a zombie.
fn lives(process: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat"))
        .is_ok_and(|stat| !stat.contains(") Z "))
}

/// The ways of runs that end early, end the program, or print beside the bar.
fn stopping(way: &str, context: &Context) -> anyhow::Result<String> {
    let mut text = String::new();
    match way {
        // It does not look how its helper ended, as many do not.
        "lines" => {
            let lines = variable("SHOWN_LINES");
            let script = format!("for i in $(seq {lines}); do echo $i; sleep 0.1; done");
            let output = Command::new("sh").args(["-c", &script]).output()?;
            text = format!(
                "lines: {}",
                output.stdout.split(|&byte| byte == b'\n').count() - 1
            );
        }
        "until-asked" => {
            while !context.is_cancelled() {
                thread::sleep(Duration::from_millis(10));
            }
            text.push_str("as far as it came");
        }
        "error-when-asked" => {
            while !context.is_cancelled() {
                thread::sleep(Duration::from_millis(10));
            }
            bail!("asked to end");
        }
        // Lines of which none may be lost, on both streams.
        "print" | "print-more" => {
            for line in 0..10 {
                println!("line {line} of {way}");
                // In one write, unlike `eprintln!`.
                let note = format!("note {line} of {way}\n");
                std::io::stderr().write_all(note.as_bytes())?;
                thread::sleep(Duration::from_millis(60));
            }
        }
        "progress-error" | "progress-abort" => {
            for step in 0..9_000 {
                print!("\rstep {step} of 9000");
            }
            println!("\n\x1b[31mred\x1b[0m");
            ensure!(way == "progress-abort", "it is broken");
            std::process::abort();
        }
        "own-bar" => {
            eprint!("first 0\nsecond 0\n");
            for step in 1..=20 {
                eprint!("\x1b[2A\r\x1b[Kfirst {step}\n\x1b[Ksecond {step}\n");
                thread::sleep(Duration::from_millis(40));
            }
        }
        "exit" => std::process::exit(0),
        "read-terminal" => {
            let script = "read line < /dev/tty; echo $line";
            let output = Command::new("sh").args(["-c", script]).output()?;
            text = format!("{:?}", output.stdout);
        }
        "panic-twice-at-once" => {
            let _broken = BrokenDrop;
            panic!("it is broken");
        }
        "unavailable" => ensure!(context.attempt() > 2, "503"),
        "panic-twice" => assert!(context.attempt() > 2, "it is broken"),
        _ => bail!("there is no way `{way}`"),
    }
    Ok(text)
}

impl Experiment for Showing {
    type Config = Shown;
    type Output = Seen;

    fn name() -> &'static str {
        "shown"
    }

    fn configs() -> Vec<Shown> {
        let ways = variable("SHOWN_WAYS");
        ways.split(',')
            .map(|way| Shown {
                way: way.to_owned(),
            })
            .collect()
    }

    fn run(config: &Shown, context: &Context) -> anyhow::Result<Seen> {
        println!("begin {}", config.way);
        let left = std::env::temp_dir().join(format!("shown-{}", variable("SHOWN_ID")));
        let mut text = String::new();
        match config.way.as_str() {
            "sleep" | "sleep-more" => sleep(),
            "error" => {
                println!("nearly there\nit is broken\n");
                bail!("it is broken");
            }
            "panic" => {
                println!("nearly there");
                panic!("it is broken");
            }
            "thread-panic" => {
                let thread = thread::spawn(|| panic!("a thread is broken"));
                ensure!(thread.join().is_ok(), "a thread is broken");
            }
            "second" => ensure!(context.attempt() > 2, "attempt {}", context.attempt()),
            "burn" => {
                let bytes = burn(BURNT);
                // The parent looks at the figures now and then.
                thread::sleep(Duration::from_millis(500));
                println!("{}", bytes[4096]);
                std::process::abort();
            }
            "burn-endlessly" => {
                let bytes = burn(BURNT);
                thread::sleep(Duration::from_secs(3600));
                println!("{}", bytes[4096]);
            }
            "shared" => {
                context.shared(|| {
                    sleep();
                    Ok(())
                })?;
            }
            "shared-endless" => {
                context.shared(|| -> anyhow::Result<()> {
                    while !context.is_cancelled() {
                        thread::sleep(Duration::from_millis(10));
                    }
                    bail!("asked to end");
                })?;
            }
            "leave" => {
                let script = format!("sleep 604800 & echo $! > {}", left.display());
                Command::new("sh").args(["-c", &script]).status()?;
            }
            "look" => {
                let process = std::fs::read_to_string(&left)?;
                text = format!("lives: {}", lives(process.trim()));
                std::fs::remove_file(&left)?;
            }
            way => text = stopping(way, context)?,
        }
        Ok(Seen { text })
    }
}

fn main() -> ExitCode {
    runner::main::<Showing>()
}
