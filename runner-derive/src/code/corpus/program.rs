//! The modules of the program that is edited.

/// The files of ten modules.
pub(super) const FILES: [(&str, &str); 12] = [
    (
        "/study/src/main.rs",
        r#"mod config;
mod data;
mod experiment;
mod network;
mod optimizer;
mod plot;
mod report;
mod schedule;
#[macro_use]
mod shorthand;
mod statistics;

use experiment::Training;

fn main() -> std::process::ExitCode {
    println!("version {}", plot::COLORS);
    runner::main::<Training>()
}
"#,
    ),
    (
        "/study/src/config.rs",
        r#"use runner::Config;
use serde::{Deserialize, Serialize};

/// What a training is made with.
#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub struct Train {
    /// Step size.
    pub learning_rate: f64,
    pub epochs: u32,
    pub kind: Kind,
    #[serde(with = "rounded")]
    pub momentum: f64,
    #[config(added = default_decay())]
    pub decay: f64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, Config)]
pub enum Kind {
    Sgd,
    Adam,
}

fn default_decay() -> f64 {
    0.5
}

impl Train {
    pub fn small() -> Self {
        Self { learning_rate: 0.1, epochs: 3, kind: Kind::Sgd, momentum: 0.9, decay: 0.5 }
    }

    pub fn steps(&self) -> u32 {
        self.epochs * STEPS_PER_EPOCH
    }
}

const STEPS_PER_EPOCH: u32 = 100;

mod rounded {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        value.round().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        f64::deserialize(deserializer)
    }
}
"#,
    ),
    (
        "/study/src/data.rs",
        r#"use std::fmt;

pub struct Data {
    pub rows: Vec<[f64; 2]>,
}

impl Data {
    pub fn load() -> Self {
        let text = include_str!("digits.csv");
        Self { rows: text.lines().map(parse).collect() }
    }

    pub fn describe(&self) -> String {
        format!("{} rows", self.rows.len())
    }
}

fn parse(line: &str) -> [f64; 2] {
    let (a, b) = line.split_once(',').unwrap();
    [a.parse().unwrap(), b.parse().unwrap()]
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Data({})", self.rows.len())
    }
}

impl IntoIterator for Data {
    type Item = [f64; 2];
    type IntoIter = std::vec::IntoIter<[f64; 2]>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}
"#,
    ),
    ("/study/src/digits.csv", "1,2\n3,4\n"),
    (
        "/study/src/experiment.rs",
        r"use runner::{Context, Experiment, Runs};
use serde::{Deserialize, Serialize};

use crate::config::{Kind, Train};
use crate::data::Data;
use crate::network::Network;
use crate::optimizer::{Adam, Optimizer, Sgd};
use crate::report as printing;
use crate::schedule::*;

pub struct Training;

#[derive(Debug, Serialize, Deserialize)]
pub struct Metrics {
    pub loss: f64,
    pub steps: u32,
}

impl Metrics {
    pub fn percent(&self) -> f64 {
        self.loss * 100.0
    }
}

impl Experiment for Training {
    type Config = Train;
    type Output = Metrics;
    const CODE: runner::Code = runner::code!();

    fn configs() -> Vec<Train> {
        vec![Train::small(), Train { epochs: 10, ..Train::small() }]
    }

    fn run(config: &Train, context: &Context) -> anyhow::Result<Metrics> {
        let mut network = Network::new(context.seed());
        let mut optimizer: Box<dyn Optimizer> = match config.kind {
            Kind::Sgd => Box::new(Sgd { rate: config.learning_rate }),
            Kind::Adam => Box::new(Adam::default()),
        };
        let mut loss = 0.0;
        for step in 0..config.steps() {
            loss = Self::epoch(&mut network, optimizer.as_mut(), warmup(step));
        }
        Ok(Metrics { loss, steps: config.steps() })
    }

    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        printing::print(runs);
        Ok(())
    }
}

impl Training {
    fn epoch(network: &mut Network, optimizer: &mut dyn Optimizer, factor: f64) -> f64 {
        let mut losses = Vec::new();
        for [x, y] in Data::load() {
            let gradient = network.backward(x, y);
            optimizer.step(&mut network.weights, gradient * factor);
            losses.push(square!(network.forward(x) - y));
        }
        helpers::mean(&losses)
    }
}
",
    ),
    (
        "/study/src/network.rs",
        r#"use helpers::norm;

pub struct Network {
    pub weights: [f64; WIDTH],
}

const WIDTH: usize = 2;

impl Network {
    pub fn new(seed: u64) -> Self {
        Self { weights: [seed as f64; WIDTH] }
    }

    pub fn forward(&self, x: f64) -> f64 {
        activate::<Rectified>(self.weights[0] * x + self.weights[1])
    }

    pub fn backward(&self, x: f64, y: f64) -> f64 {
        norm::clip(self.forward(x) - y)
    }

    pub fn draw(&self) -> String {
        crate::plot::bars(&self.weights)
    }
}

trait Activation {
    fn of(x: f64) -> f64;

    fn name() -> &'static str {
        "activation"
    }
}

struct Rectified;
struct Sigmoid;

impl Activation for Rectified {
    fn of(x: f64) -> f64 {
        x.max(0.0)
    }
}

impl Activation for Sigmoid {
    fn of(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    fn name() -> &'static str {
        "sigmoid"
    }
}

fn activate<A: Activation>(x: f64) -> f64 {
    A::of(x)
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_rectified() {
        assert_eq!(super::activate::<super::Rectified>(-1.0), 0.0);
    }
}
"#,
    ),
    (
        "/study/src/optimizer.rs",
        r"pub trait Optimizer {
    fn step(&mut self, weights: &mut [f64], gradient: f64);

    fn decayed(&self, weight: f64) -> f64 {
        weight * 0.999
    }
}

pub struct Sgd {
    pub rate: f64,
}

impl Optimizer for Sgd {
    fn step(&mut self, weights: &mut [f64], gradient: f64) {
        for weight in weights {
            *weight = self.decayed(*weight) - self.rate * gradient;
        }
    }
}

pub struct Adam {
    beta: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Self { beta: 0.9 }
    }
}

impl Optimizer for Adam {
    fn step(&mut self, weights: &mut [f64], gradient: f64) {
        weights[0] -= self.beta * gradient;
    }
}
",
    ),
    (
        "/study/src/plot.rs",
        r#"pub static COLORS: &str = "blue";

pub fn bars(numbers: &[f64]) -> String {
    numbers.iter().map(|number| bar(*number)).collect()
}

fn bar(number: f64) -> String {
    "=".repeat(number as usize)
}
"#,
    ),
    (
        "/study/src/report.rs",
        r#"use runner::Runs;

use crate::experiment::Training;
use crate::statistics;

pub fn print(runs: &Runs<Training>) {
    let losses: Vec<f64> = runs.iter().map(|run| run.output.percent()).collect();
    println!("{:.3}", statistics::deviation(&losses));
}
"#,
    ),
    (
        "/study/src/schedule.rs",
        r#"pub fn warmup(step: u32) -> f64 {
    if step < Phase::WARM {
        scale(step)
    } else {
        1.0
    }
}

fn scale(step: u32) -> f64 {
    let text = format!("{FACTOR}");
    f64::from(step) * text.parse::<f64>().unwrap()
}

const FACTOR: f64 = 0.1;

struct Phase;

impl Phase {
    const WARM: u32 = 10;
    const COLD: u32 = 90;
}

pub fn cosine(step: u32) -> f64 {
    f64::from(step).cos()
}
"#,
    ),
    (
        "/study/src/shorthand.rs",
        r"macro_rules! square {
    ($x:expr) => {{
        let x = $x;
        $crate::shorthand::power(x, 2)
    }};
}

macro_rules! unused {
    () => { $crate::plot::bars(&[]) };
}

pub fn power(x: f64, exponent: i32) -> f64 {
    x.powi(exponent)
}
",
    ),
    (
        "/study/src/statistics.rs",
        r"pub fn deviation(numbers: &[f64]) -> f64 {
    let mean = helpers::mean(numbers);
    numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>().sqrt()
}
",
    ),
];
