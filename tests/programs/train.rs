//! A small training of which everything can be changed; `TRAIN_STAGE` chooses how far its source has come.

#[path = "log.rs"]
mod log;

use std::{marker::PhantomData, process::ExitCode};

use runner::{Config, Context, Experiment, Sweep};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Setting {
    /// Step size.
    learning_rate: f64,
    /// Passes over the data.
    epochs: u32,
    optimizer: Optimizer,
    note: Option<String>,
    /// Decides the first weights.
    #[config(replicate)]
    seed: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[serde(rename_all = "lowercase")]
enum Optimizer {
    Sgd,
    Momentum {
        /// Weight of the previous step, 0 to 1.
        beta: f64,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Metrics {
    loss: f64,
    steps: u32,
}

/// What differs between the times of the experiment's life.
trait Stage: 'static {
    const NAME: &'static str = "train";
    const VERSION: u32 = 1;
    const LEARNING_RATES: &'static [f64] = &[0.1, 0.01];
}

struct First;
impl Stage for First {}

/// One config is gone.
struct Fewer;
impl Stage for Fewer {
    const LEARNING_RATES: &'static [f64] = &[0.1];
}

struct Second;
impl Stage for Second {
    const VERSION: u32 = 2;
}

struct Renamed;
impl Stage for Renamed {
    const NAME: &'static str = "renamed";
}

struct Train<S>(PhantomData<S>);

impl<S: Stage> Experiment for Train<S> {
    type Config = Setting;
    type Output = Metrics;
    const VERSION: u32 = S::VERSION;

    fn name() -> &'static str {
        S::NAME
    }

    fn configs() -> Vec<Setting> {
        let base = Setting {
            learning_rate: 0.1,
            epochs: 100,
            optimizer: Optimizer::Sgd,
            note: None,
            seed: 1,
        };
        let rates = S::LEARNING_RATES.iter().copied();
        Sweep::new(base)
            .each(rates, |setting, rate| setting.learning_rate = rate)
            .build()
    }

    fn run(setting: &Setting, _: &Context) -> anyhow::Result<Metrics> {
        log::note(format_args!(
            "lr={} epochs={} seed={}",
            setting.learning_rate, setting.epochs, setting.seed
        ))?;
        let beta = match setting.optimizer {
            Optimizer::Sgd => 0.0,
            Optimizer::Momentum { beta } => beta,
        };
        let (mut weight, mut speed) = (f64::from(u8::try_from(setting.seed % 7)?) + 1.0, 0.0);
        for _ in 0..setting.epochs {
            speed = beta * speed - setting.learning_rate * weight;
            weight += speed;
        }
        Ok(Metrics {
            loss: (weight * weight * 1000.0).round() / 1000.0,
            steps: setting.epochs,
        })
    }
}

fn main() -> ExitCode {
    match std::env::var("TRAIN_STAGE").as_deref() {
        Ok("fewer") => runner::main::<Train<Fewer>>(),
        Ok("second") => runner::main::<Train<Second>>(),
        Ok("renamed") => runner::main::<Train<Renamed>>(),
        _ => runner::main::<Train<First>>(),
    }
}
