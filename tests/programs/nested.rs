//! An experiment inside a program that does other work before, and whose run starts the program again.
//!
//! `NESTED_LOG` is a file to which `main` and `configs` append their names, `NESTED_INIT` lets `main` call `init` first.

use std::{
    fs::OpenOptions,
    io::Write,
    process::{Command, ExitCode},
};

use runner::{Config, Context, Experiment};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Outer {
    depth: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Inner {
    code: Option<i32>,
    stderr: String,
    is_isolated: bool,
    stdin_bytes: usize,
}

struct Nested;

fn log(what: &str) {
    let path = std::env::var_os("NESTED_LOG").unwrap_or_else(|| "nested.log".into());
    let file = OpenOptions::new().append(true).create(true).open(path);
    let written = file.and_then(|mut file| file.write_all(format!("{what}\n").as_bytes()));
    assert!(written.is_ok(), "the log can be written");
}

impl Experiment for Nested {
    type Config = Outer;
    type Output = Inner;

    fn name() -> &'static str {
        "nested"
    }

    fn configs() -> Vec<Outer> {
        log("configs");
        vec![Outer { depth: 1 }]
    }

    fn run(_: &Outer, context: &Context) -> anyhow::Result<Inner> {
        let inner = context.out_dir().join("inner");
        let output = Command::new(std::env::current_exe()?)
            .args(["--report", "--progress", "none", "--output-dir"])
            .arg(inner)
            .output()?;
        Ok(Inner {
            code: output.status.code(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            is_isolated: context.is_isolated(),
            stdin_bytes: std::io::read_to_string(std::io::stdin())?.len(),
        })
    }
}

fn main() -> ExitCode {
    if std::env::var_os("NESTED_INIT").is_some() {
        runner::init::<Nested>();
    }
    log("main");
    runner::main::<Nested>()
}
