//! Which learning rate suits which model? Softmax regression and networks with one hidden layer learn to read
//! handwritten digits, each combination five times with other seeds.
//!
//! It shows an enum as part of a config, replicates, a data set that all runs share, a file that a run leaves beside its
//! result, and metrics, so that the report knows what is better and by how much five seeds can tell.
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
use runner::{Config, Context, Experiment, Metrics, Runs};
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
struct Trained {
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
    type Output = Trained;

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

    fn run(config: &Training, context: &Context) -> anyhow::Result<Trained> {
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
        Ok(Trained {
            accuracy: confusion.accuracy(),
            train_loss: *loss_by_epoch.last().context("`epochs` must not be 0")?,
            loss_by_epoch,
        })
    }

    fn metrics(metrics: &mut Metrics<Self>) {
        // Half a percent of the test images are three images.
        metrics
            .maximize("accuracy", |run| run.output.accuracy)
            .margin(0.005);
        metrics
            .minimize("training loss", |run| run.output.train_loss)
            .log();
    }

    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        runs.print()?;
        let Some(best) = runs.best() else {
            return Ok(());
        };
        let learning_rate = best.cell.key().learning_rate;
        let accuracy = best.cell.estimate(|run| run.output.accuracy);
        println!(
            "\nbest: {} at learning rate {learning_rate}, accuracy {accuracy}",
            best.cell.key().model,
        );
        let comparison = runs.compare(|config| config.model, Model::Linear);
        println!("\nagainst {} at the same learning rate:", Model::Linear);
        for row in comparison.iter().filter(|row| row.metric() == "accuracy") {
            println!(
                "{:<46} {:+.3}  {}",
                row.label(),
                row.change(),
                row.verdict()
            );
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
