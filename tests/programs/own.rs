//! A program with flags of its own before `--`, as a parser such as clap makes them.

use std::{ffi::OsString, process::ExitCode};

use runner::{Config, Context, Experiment, Runner};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Setting {
    scale: u32,
    index: u32,
}

struct Scaled;

impl Experiment for Scaled {
    type Config = Setting;
    type Output = u32;

    fn run(config: &Setting, _: &Context) -> anyhow::Result<u32> {
        anyhow::ensure!(config.index != 2, "two is not welcome");
        Ok(config.scale * config.index)
    }
}

fn main() -> ExitCode {
    let mut own: Vec<OsString> = std::env::args_os().skip(1).collect();
    let args = own.iter().position(|arg| arg == "--").map(|at| {
        let args = own.split_off(at + 1);
        own.truncate(at);
        args
    });
    let scale = match own.as_slice() {
        [flag, scale] if flag == "--scale" => scale.to_str().and_then(|scale| scale.parse().ok()),
        _ => None,
    };
    let Some(scale) = scale else {
        eprintln!("write --scale NUMBER");
        return ExitCode::from(64);
    };
    let configs = (1..4).map(move |index| Setting { scale, index });
    Runner::<Scaled>::new()
        .configs(configs)
        .args(args.unwrap_or_default())
        .main()
}
