//! The experiment of the benchmark: a config and an output of about 200 bytes each, and next to no work.

use runner::{Config, Context, Experiment};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub(crate) struct Setting {
    pub(crate) name: String,
    pub(crate) index: u64,
    pub(crate) learning_rate: f64,
    pub(crate) epochs: u32,
    pub(crate) momentum: f64,
    pub(crate) description: String,
    pub(crate) layers: Vec<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Metrics {
    pub(crate) accuracy: f64,
    pub(crate) loss: Vec<f64>,
}

/// An experiment with outputs of 136 bytes, for the measurement of memory.
pub(crate) struct Small;

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub(crate) struct SmallSetting {
    pub(crate) name: String,
    pub(crate) index: u64,
    pub(crate) learning_rate: f64,
    pub(crate) epochs: u32,
}

impl Experiment for Small {
    type Config = SmallSetting;
    type Output = [f64; 17];

    fn run(config: &SmallSetting, _: &Context) -> anyhow::Result<[f64; 17]> {
        Ok([config.learning_rate; 17])
    }
}

pub(crate) struct Trivial;

impl Experiment for Trivial {
    type Config = Setting;
    type Output = Metrics;

    fn run(config: &Setting, _: &Context) -> anyhow::Result<Metrics> {
        Ok(work(config))
    }
}

pub(crate) fn small_settings(runs: usize) -> Vec<SmallSetting> {
    (0..runs)
        .map(|index| SmallSetting {
            name: "base".to_owned(),
            index: index as u64,
            learning_rate: 0.1,
            epochs: 10,
        })
        .collect()
}

pub(crate) fn settings(runs: usize) -> Vec<Setting> {
    (0..runs)
        .map(|index| Setting {
            name: "base".to_owned(),
            index: index as u64,
            learning_rate: 0.1,
            epochs: 10,
            momentum: 0.9,
            description: "a config of about two hundred bytes in the compact binary form in which it is stored".to_owned(),
            layers: (100..140).collect(),
        })
        .collect()
}

pub(crate) fn work(setting: &Setting) -> Metrics {
    let base = f64::from(u32::try_from(setting.index).unwrap_or(u32::MAX)) + setting.learning_rate;
    Metrics {
        accuracy: base,
        loss: (1..=24).map(|step| base / f64::from(step)).collect(),
    }
}
