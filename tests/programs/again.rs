//! Runs that are done again: `AGAIN_NOW` says what is different now, `AGAIN_WAY` which experiment it is.

#[path = "log.rs"]
mod log;

use std::{
    fs,
    marker::PhantomData,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime},
};

use runner::{Config, Context, Experiment};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Setting {
    value: u32,
    scale: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Outcome {
    result: f64,
    /// Never a number.
    nothing: f64,
    curve: Vec<u32>,
    /// In the run's directory.
    model: PathBuf,
}

/// What tells the experiments apart.
trait Way: 'static {
    const EXCLUSIVE: bool = false;
}

struct Plain;
impl Way for Plain {}

/// An experiment that measures time and does not say which outputs are the same.
struct Timed;
impl Way for Timed {
    const EXCLUSIVE: bool = true;
}

struct Again<W>(PhantomData<W>);

impl<W: Way> Experiment for Again<W> {
    type Config = Setting;
    type Output = Outcome;
    const EXCLUSIVE: bool = W::EXCLUSIVE;

    fn name() -> &'static str {
        "again"
    }

    fn configs() -> Vec<Setting> {
        let sizes = std::env::var("AGAIN_RUNS").map_or(3, |runs| runs.parse().unwrap_or(3));
        let values = (1..=sizes).flat_map(|value| [1, 2].map(|scale| Setting { value, scale }));
        values
            .filter(|setting| sizes > 3 || setting.scale == 1)
            .collect()
    }

    fn run(setting: &Setting, context: &Context) -> anyhow::Result<Outcome> {
        run(setting, context)
    }
}

/// The experiment that takes any result below 100 for the same.
struct Tolerant;

impl Experiment for Tolerant {
    type Config = Setting;
    type Output = Outcome;
    const EXCLUSIVE: bool = true;

    fn name() -> &'static str {
        "again"
    }

    fn configs() -> Vec<Setting> {
        Again::<Plain>::configs()
    }

    fn run(setting: &Setting, context: &Context) -> anyhow::Result<Outcome> {
        run(setting, context)
    }

    fn reproduces(stored: &Outcome, again: &Outcome) -> bool {
        stored.result < 100.0 && again.result < 100.0
    }
}

fn run(setting: &Setting, context: &Context) -> anyhow::Result<Outcome> {
    log::note(format_args!("{}", setting.value))?;
    let now = std::env::var("AGAIN_NOW").unwrap_or_default();
    let step: u32 = context.restore()?.unwrap_or(0);
    let mut result = f64::from(setting.value * setting.scale + step);
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let mut weights = vec![7; 100];
    match now.as_str() {
        // Only one of the runs, so that the others can be told apart from it.
        _ if setting.value != 2 => {}
        "flipped" => result = f64::from_bits(result.to_bits() ^ 1),
        "other" => result += 1.0,
        "random" => result += since_1970.as_secs_f64(),
        "artifact" => weights.push(1),
        "random artifact" => weights.extend(since_1970.as_nanos().to_le_bytes()),
        "failing" => anyhow::bail!("there is no data any more"),
        "failing the third time" => {
            let marker = PathBuf::from("failing");
            anyhow::ensure!(!marker.exists(), "there is no data the third time");
            fs::write(marker, "")?;
            result += 1.0;
        }
        "checkpoint" => context.checkpoint(&7_u32)?,
        "waiting" => {
            while !context.is_cancelled() {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        "panicking" => panic!("there is a bug now"),
        "endless" => std::thread::sleep(Duration::from_secs(3600)),
        _ => {}
    }
    let out_dir = context.out_dir();
    fs::create_dir_all(out_dir.join("weights"))?;
    let model = out_dir.join("weights").join("model.bin");
    fs::write(&model, weights)?;
    fs::write(
        out_dir.join("where.txt"),
        format!("saved to {}\n", model.display()),
    )?;
    std::os::unix::fs::symlink(&model, out_dir.join("latest"))?;
    Ok(Outcome {
        result,
        nothing: f64::NAN,
        curve: vec![1, 2, 3],
        model,
    })
}

fn main() -> ExitCode {
    match std::env::var("AGAIN_WAY").as_deref() {
        Ok("timed") => runner::main::<Again<Timed>>(),
        Ok("tolerant") => runner::main::<Tolerant>(),
        _ => runner::main::<Again<Plain>>(),
    }
}
