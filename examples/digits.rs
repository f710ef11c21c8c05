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

use std::fmt;

use anyhow::Context as _;
use runner::{Config, Context, Experiment, Runs};
use serde::{Deserialize, Serialize};

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
    /// Decides the split into training and test images, the first weights and the order of the images. Runs with one
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
        let images = context.shared(|| parse(include_str!("data/digits.csv")))?;
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
                "{:<12}  {learning_rate:>13}  {:>4}  {accuracy}  {loss}",
                model.to_string(),
                group.len(),
            );
            if best.as_ref().is_none_or(|(mean, _)| accuracy.mean > *mean) {
                let text = format!("{model} at learning rate {learning_rate}: {accuracy}");
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

const PIXELS: usize = 64;
const CLASSES: usize = 10;

struct Image {
    /// From 0 (paper) to 1 (ink).
    pixels: [f64; PIXELS],
    digit: usize,
}

/// Reads 64 pixels from 0 to 16 and the digit from each line.
fn parse(csv: &str) -> anyhow::Result<Vec<Image>> {
    csv.lines()
        .enumerate()
        .map(|(index, line)| parse_line(line).with_context(|| format!("line {}", index + 1)))
        .collect()
}

fn parse_line(line: &str) -> anyhow::Result<Image> {
    let values = line
        .split(',')
        .map(|value| {
            let value: u8 = value.parse().with_context(|| format!("`{value}`"))?;
            anyhow::ensure!(value <= 16, "{value} is more than 16");
            Ok(value)
        })
        .collect::<anyhow::Result<Vec<u8>>>()?;
    let Some((&digit, pixels)) = values.split_last() else {
        anyhow::bail!("empty");
    };
    anyhow::ensure!(usize::from(digit) < CLASSES, "no digit: {digit}");
    anyhow::ensure!(pixels.len() == PIXELS, "{} pixels", pixels.len());
    Ok(Image {
        pixels: std::array::from_fn(|index| f64::from(pixels[index]) / 16.0),
        digit: usize::from(digit),
    })
}

/// Three quarters to train with, one quarter to test with, at random.
fn split<'a>(images: &'a [Image], random: &mut Random) -> (Vec<&'a Image>, Vec<&'a Image>) {
    let mut training: Vec<&Image> = images.iter().collect();
    random.shuffle(&mut training);
    let test = training.split_off(images.len() / 4 * 3);
    (training, test)
}

/// Dense layers with rectified linear units between them.
struct Network {
    layers: Vec<Layer>,
}

impl Network {
    fn new(model: Model, random: &mut Random) -> Self {
        let sizes = match model {
            Model::Linear => vec![PIXELS, CLASSES],
            Model::Mlp { hidden } => vec![PIXELS, hidden as usize, CLASSES],
        };
        let layers = sizes
            .windows(2)
            .map(|pair| Layer::new(pair[0], pair[1], random))
            .collect();
        Self { layers }
    }

    /// Goes once through the images; gives their mean loss on the way.
    fn train(&mut self, images: &[&Image], config: &Training) -> f64 {
        let mut losses = Vec::with_capacity(images.len());
        for batch in images.chunks(config.batch_size as usize) {
            losses.extend(batch.iter().map(|image| self.add_gradient(image)));
            for layer in &mut self.layers {
                layer.step(config, batch.len());
            }
        }
        mean(&losses)
    }

    /// Adds the gradient of the image's loss to the layers; gives the loss.
    fn add_gradient(&mut self, image: &Image) -> f64 {
        let inputs = self.forward(image);
        let mut slope = softmax(&inputs[self.layers.len()]);
        let loss = -slope[image.digit].max(f64::MIN_POSITIVE).ln();
        slope[image.digit] -= 1.0;
        for (layer, input) in self.layers.iter_mut().zip(&inputs).rev() {
            slope = layer.backward(input, &slope);
        }
        loss
    }

    /// The input of each layer, and the last layer's output.
    fn forward(&self, image: &Image) -> Vec<Vec<f64>> {
        let mut inputs = vec![image.pixels.to_vec()];
        for (index, layer) in self.layers.iter().enumerate() {
            let mut output = layer.forward(&inputs[index]);
            if index + 1 < self.layers.len() {
                rectify(&mut output);
            }
            inputs.push(output);
        }
        inputs
    }

    fn predict(&self, image: &Image) -> usize {
        let scores = &self.forward(image)[self.layers.len()];
        (0..CLASSES)
            .max_by(|&left, &right| scores[left].total_cmp(&scores[right]))
            .expect("there are classes")
    }

    fn confusion(&self, images: &[&Image]) -> Confusion {
        let mut confusion = Confusion::default();
        for image in images {
            confusion.0[image.digit][self.predict(image)] += 1;
        }
        confusion
    }
}

struct Layer {
    /// A row of weights for each input, and the biases as the last row.
    weights: Vec<f64>,
    gradient: Vec<f64>,
    velocity: Vec<f64>,
    outputs: usize,
}

impl Layer {
    fn new(inputs: usize, outputs: usize, random: &mut Random) -> Self {
        let mut weights = vec![0.0; (inputs + 1) * outputs];
        let bound = (6.0 / number(inputs)).sqrt();
        for weight in &mut weights[..inputs * outputs] {
            *weight = bound * (2.0 * random.uniform() - 1.0);
        }
        Self {
            gradient: vec![0.0; weights.len()],
            velocity: vec![0.0; weights.len()],
            weights,
            outputs,
        }
    }

    fn forward(&self, input: &[f64]) -> Vec<f64> {
        let (weights, biases) = self.weights.split_at(input.len() * self.outputs);
        let mut output = biases.to_vec();
        for (row, &value) in weights.chunks_exact(self.outputs).zip(input) {
            add_scaled(&mut output, row, value);
        }
        output
    }

    /// Adds to the gradient, given how the loss depends on the output; gives how it depends on the input.
    fn backward(&mut self, input: &[f64], slope: &[f64]) -> Vec<f64> {
        let mut input_slope = vec![0.0; input.len()];
        let (gradient, bias_gradient) = self.gradient.split_at_mut(input.len() * self.outputs);
        add_scaled(bias_gradient, slope, 1.0);
        let rows = gradient
            .chunks_exact_mut(self.outputs)
            .zip(self.weights.chunks_exact(self.outputs));
        for (index, (gradient, weights)) in rows.enumerate() {
            // An input of 0 is a unit that is off, or paper: neither has a gradient.
            if input[index] > 0.0 {
                add_scaled(gradient, slope, input[index]);
                input_slope[index] = weights.iter().zip(slope).map(|(w, s)| w * s).sum();
            }
        }
        input_slope
    }

    /// Moves against the mean gradient of `images`, and forgets it.
    fn step(&mut self, config: &Training, images: usize) {
        let step_size = config.learning_rate / number(images);
        for ((weight, velocity), gradient) in self
            .weights
            .iter_mut()
            .zip(&mut self.velocity)
            .zip(&mut self.gradient)
        {
            *velocity = config.momentum * *velocity - step_size * *gradient;
            *weight += *velocity;
            *gradient = 0.0;
        }
    }
}

/// How often each digit (row) was read as each digit (column).
#[derive(Default)]
struct Confusion([[u32; CLASSES]; CLASSES]);

impl Confusion {
    fn accuracy(&self) -> f64 {
        let right: u32 = (0..CLASSES).map(|digit| self.0[digit][digit]).sum();
        let all: u32 = self.0.iter().flatten().sum();
        f64::from(right) / f64::from(all)
    }

    fn to_csv(&self) -> String {
        let line = |row: &[u32; CLASSES]| row.map(|count| count.to_string()).join(",") + "\n";
        self.0.iter().map(line).collect()
    }
}

fn add_scaled(sum: &mut [f64], values: &[f64], scale: f64) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += scale * value;
    }
}

fn rectify(values: &mut [f64]) {
    for value in values {
        *value = value.max(0.0);
    }
}

fn softmax(scores: &[f64]) -> Vec<f64> {
    // Without the largest score taken off, the exponentials overflow.
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / number(values.len())
}

#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
fn number(count: usize) -> f64 {
    count as f64
}

/// The `SplitMix64` generator: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1.
    fn uniform(&mut self) -> f64 {
        f64::from((self.next() >> 32) as u32) / f64::from(u32::MAX)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        items.sort_by_cached_key(|_| self.next());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: Training = Training {
        model: Model::Mlp { hidden: 8 },
        learning_rate: 0.01,
        momentum: 0.9,
        batch_size: 4,
        epochs: 1,
        seed: 0,
    };

    #[test]
    fn the_data_set_is_whole() -> anyhow::Result<()> {
        let images = parse(include_str!("data/digits.csv"))?;
        assert_eq!(images.len(), 1797);
        for digit in 0..CLASSES {
            let count = images.iter().filter(|image| image.digit == digit).count();
            assert!((174..=183).contains(&count), "{count} images of {digit}");
        }
        Ok(())
    }

    #[test]
    fn a_bad_line_is_named() {
        let good = "0,".repeat(PIXELS) + "7\n";
        for (bad, message) in [
            ("1,2\n", "line 2: 1 pixels"),
            (&good.replace('7', "10"), "line 2: no digit: 10"),
            (&good.replacen('0', "17", 1), "line 2: 17 is more than 16"),
        ] {
            let error = parse(&(good.clone() + bad)).err().expect("an error");
            assert_eq!(format!("{error:#}"), message);
        }
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() -> anyhow::Result<()> {
        let images = parse(include_str!("data/digits.csv"))?;
        let mut network = Network::new(CONFIG.model, &mut Random(1));
        let nudge = 1e-6;
        for (layer, weight) in [(0, 8 * 20), (0, 8 * 64 + 3), (1, 17), (1, 80)] {
            network.layers[layer].gradient.fill(0.0);
            let loss = network.add_gradient(&images[0]);
            let gradient = network.layers[layer].gradient[weight];
            network.layers[layer].weights[weight] += nudge;
            let slope = (network.add_gradient(&images[0]) - loss) / nudge;
            assert!((slope - gradient).abs() < 1e-4, "{slope} {gradient}");
        }
        Ok(())
    }

    #[test]
    fn training_lowers_the_loss() -> anyhow::Result<()> {
        let images = parse(include_str!("data/digits.csv"))?;
        let images: Vec<&Image> = images.iter().take(100).collect();
        let mut network = Network::new(CONFIG.model, &mut Random(1));
        let first = network.train(&images, &CONFIG);
        for _ in 0..20 {
            network.train(&images, &CONFIG);
        }
        assert!(network.train(&images, &CONFIG) < first / 10.0);
        assert!(network.confusion(&images).accuracy() > 0.95);
        Ok(())
    }

    #[test]
    fn a_run_depends_on_its_config_alone() -> anyhow::Result<()> {
        let out_dir = std::env::temp_dir().join(format!("digits-test-{}", std::process::id()));
        std::fs::create_dir_all(&out_dir)?;
        let context = Context::detached(&out_dir);
        let first = Digits::run(&CONFIG, &context)?;
        let second = Digits::run(&CONFIG, &context)?;
        std::fs::remove_dir_all(&out_dir)?;
        assert_eq!(first.loss_by_epoch, second.loss_by_epoch);
        assert!(first.accuracy > 0.5, "{}", first.accuracy);
        Ok(())
    }
}
