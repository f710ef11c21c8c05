//! The experiment of the benchmark: a config and an output of about 200 bytes each, and next to no work.

use runner::{Config, Context, Experiment};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub struct Setting {
    pub name: String,
    pub index: u64,
    pub learning_rate: f64,
    pub epochs: u32,
    pub momentum: f64,
    pub description: String,
    pub layers: Vec<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Metrics {
    pub accuracy: f64,
    pub loss: Vec<f64>,
}

/// An experiment with outputs of 136 bytes, for the measurement of memory.
pub struct Small;

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub struct SmallSetting {
    pub name: String,
    pub index: u64,
    pub learning_rate: f64,
    pub epochs: u32,
}

impl Experiment for Small {
    type Config = SmallSetting;
    type Output = [f64; 17];

    fn run(config: &SmallSetting, _: &Context) -> anyhow::Result<[f64; 17]> {
        Ok([config.learning_rate; 17])
    }
}

pub struct Trivial;

impl Experiment for Trivial {
    type Config = Setting;
    type Output = Metrics;

    fn run(config: &Setting, _: &Context) -> anyhow::Result<Metrics> {
        Ok(work(config))
    }
}

pub fn small_settings(runs: usize) -> Vec<SmallSetting> {
    (0..runs)
        .map(|index| SmallSetting {
            name: "base".to_owned(),
            index: index as u64,
            learning_rate: 0.1,
            epochs: 10,
        })
        .collect()
}

pub fn settings(runs: usize) -> Vec<Setting> {
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

pub fn work(setting: &Setting) -> Metrics {
    let base = setting.index as f64 + setting.learning_rate;
    Metrics {
        accuracy: base,
        loss: (1..=24).map(|step| base / f64::from(step)).collect(),
    }
}
