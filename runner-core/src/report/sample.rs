//! A small experiment.

use std::time::Duration;

use runner_derive::Config;
use serde::{Deserialize, Serialize};

use crate::api::{Context, Experiment, Failed, Missing, Run, Runs};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
#[config(crate = crate)]
pub(super) struct Train {
    pub(super) name: String,
    pub(super) learning_rate: f64,
    pub(super) epochs: u32,
    pub(super) optimizer: Optimizer,
    pub(super) layers: Vec<u32>,
    #[config(replicate)]
    pub(super) seed: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
#[config(crate = crate)]
pub(super) enum Optimizer {
    Sgd { momentum: f64 },
    Adam,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Metrics {
    pub(super) accuracy: f64,
    pub(super) steps: u64,
    pub(super) converged: bool,
    pub(super) note: Option<String>,
    pub(super) loss: Vec<f64>,
}

pub(super) struct Training;

impl Experiment for Training {
    type Config = Train;
    type Output = Metrics;

    fn name() -> &'static str {
        "sample::Training"
    }

    fn run(_: &Train, _: &Context) -> anyhow::Result<Metrics> {
        anyhow::bail!("nothing is run here")
    }
}

/// The config that the others differ from.
pub(super) fn base() -> Train {
    Train {
        name: "base".to_owned(),
        learning_rate: 0.1,
        epochs: 10,
        optimizer: Optimizer::Sgd { momentum: 0.9 },
        layers: vec![64, 32],
        seed: 0,
    }
}

pub(super) fn metrics(accuracy: f64) -> Metrics {
    Metrics {
        accuracy,
        steps: 1200,
        converged: true,
        note: None,
        loss: vec![1.0, 0.5, 0.25],
    }
}

/// Runs that each took one and a quarter seconds.
pub(super) fn runs(pairs: impl IntoIterator<Item = (Train, Metrics)>) -> Runs<Training> {
    let mut runs = Runs::detached(pairs);
    for run in &mut runs.runs {
        run.facts.duration = Duration::from_millis(1250);
    }
    runs
}

/// Two learning rates, each with two optimizers.
pub(super) fn sweep() -> Runs<Training> {
    let configs = [
        (0.1, Optimizer::Sgd { momentum: 0.9 }, 0.9731),
        (0.1, Optimizer::Adam, 0.98),
        (0.01, Optimizer::Sgd { momentum: 0.9 }, 0.91),
        (0.01, Optimizer::Adam, 0.954_321_9),
    ];
    runs(configs.map(|(learning_rate, optimizer, accuracy)| {
        let config = Train {
            learning_rate,
            optimizer,
            ..base()
        };
        (config, metrics(accuracy))
    }))
}

/// Takes the result of the run at `index` away: it failed.
pub(super) fn fail(runs: &mut Runs<Training>, index: usize, error: &str) {
    let Run { config, facts, .. } = runs.runs.remove(index);
    runs.failed.push(Failed {
        config,
        error: error.to_owned(),
        facts,
    });
}

/// Takes the result of the run at `index` away: it never ran.
pub(super) fn lose(runs: &mut Runs<Training>, index: usize) {
    let Run { config, facts, .. } = runs.runs.remove(index);
    runs.missing.push(Missing {
        config,
        reason: "it never ran".to_owned(),
        facts,
    });
}
