//! Which learning rate suits which model? Softmax regression and networks with one hidden layer learn to read
//! handwritten digits, each combination five times with other seeds.
//!
//! It shows an enum as part of a config, replicates, a data set that all runs share, a file that a run leaves beside its
//! result, and a report with mean and spread over the replicates.
//!
//! ```text
//! cargo run --release --example digits -- -j 2
//! ```
//!
//! The data set is described in `examples/data/README.md`.

mod images;
mod network;
mod random;
#[cfg(test)]
mod tests;

use std::fmt;

use anyhow::Context as _;
use runner::{Config, Context, Experiment, Runs};
use serde::{Deserialize, Serialize};

use crate::{
    images::{parse, split},
    network::Network,
    random::Random,
};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Config)]
#[serde(rename_all = "lowercase")]
enum Model {
    /// Softmax regression: no hidden layer.
    Linear,
    /// One hidden layer.
    Mlp {
        /// Units of the hidden layer.
        hidden: u32,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Training {
    model: Model,
    /// Step size of stochastic gradient descent.
    learning_rate: f64,
    /// Weight of the previous step, 0 to 1.
    momentum: f64,
    /// Images per step.
    batch_size: u32,
    /// Passes over the training images.
    epochs: u32,
    /// Seed of the split into training and test images, the first weights and the order of the images. Runs with one
    /// seed have the same split, whatever their model.
    #[config(replicate)]
    seed: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Metrics {
    /// Share of the test images that are read correctly.
    accuracy: f64,
    /// Mean cross-entropy during the last epoch.
    train_loss: f64,
    /// Mean cross-entropy during each epoch.
    loss_by_epoch: Vec<f64>,
}

struct Digits;

impl Experiment for Digits {
    type Config = Training;
    type Output = Metrics;

    fn configs() -> Vec<Training> {
        let base = Training {
            model: Model::Linear,
            learning_rate: 0.1,
            momentum: 0.9,
            batch_size: 32,
            epochs: 40,
            seed: 0,
        };
        base.sweep()
            .model([
                Model::Linear,
                Model::Mlp { hidden: 16 },
                Model::Mlp { hidden: 64 },
            ])
            .learning_rate([0.0003, 0.003, 0.03, 0.3])
            .seed(0..5)
            .build()
    }

    fn run(config: &Training, context: &Context) -> anyhow::Result<Metrics> {
        anyhow::ensure!(config.batch_size > 0, "`batch_size` must not be 0");
        anyhow::ensure!(
            config.model != Model::Mlp { hidden: 0 },
            "`hidden` must not be 0"
        );
        let images = context.shared(|| parse(include_str!("../data/digits.csv")))?;
        let mut random = Random(config.seed);
        let (mut training, test) = split(&images, &mut random);
        let mut network = Network::new(config.model, &mut random);
        let mut loss_by_epoch = Vec::new();
        for epoch in 0..config.epochs {
            anyhow::ensure!(!context.is_cancelled(), "cancelled after {epoch} epochs");
            random.shuffle(&mut training);
            loss_by_epoch.push(network.train(&training, config));
            context.progress(u64::from(epoch) + 1, u64::from(config.epochs));
        }
        let confusion = network.confusion(&test);
        std::fs::write(context.out_dir().join("confusion.csv"), confusion.to_csv())
            .context("cannot write the confusion matrix")?;
        Ok(Metrics {
            accuracy: confusion.accuracy(),
            train_loss: *loss_by_epoch.last().context("`epochs` must not be 0")?,
            loss_by_epoch,
        })
    }

    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        println!("model         learning rate  runs  accuracy       training loss");
        let mut best: Option<(f64, String)> = None;
        for group in runs.group_by(|run| (run.config.model, run.config.learning_rate)) {
            let (model, learning_rate) = *group.key();
            let accuracy = group.summary(|run| run.output.accuracy);
            let loss = group.summary(|run| run.output.train_loss);
            println!(
                "{:<12}  {learning_rate:>13}  {:>4}  {accuracy:.3}  {loss:.3}",
                model.to_string(),
                group.len(),
            );
            if best.as_ref().is_none_or(|(mean, _)| accuracy.mean > *mean) {
                let text = format!("{model} at learning rate {learning_rate}: {accuracy:.3}");
                best = Some((accuracy.mean, text));
            }
        }
        if let Some((_, text)) = best {
            println!("\nbest: {text} (mean ± sample standard deviation)");
        }
        Ok(())
    }
}

fn main() -> std::process::ExitCode {
    runner::main::<Digits>()
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linear => write!(f, "linear"),
            Self::Mlp { hidden } => write!(f, "{hidden} hidden"),
        }
    }
}
