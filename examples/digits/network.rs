//! Dense networks trained by stochastic gradient descent with momentum.

use crate::{
    Model, Training,
    images::{CLASSES, Image, PIXELS},
    random::Random,
};

/// Dense layers with rectified linear units between them.
pub(crate) struct Network {
    pub(crate) layers: Vec<Layer>,
}

impl Network {
    pub(crate) fn new(model: Model, random: &mut Random) -> Self {
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

    /// Trains on each image once, and returns their mean loss.
    pub(crate) fn train(&mut self, images: &[&Image], config: &Training) -> f64 {
        let mut losses = Vec::with_capacity(images.len());
        for batch in images.chunks(config.batch_size as usize) {
            losses.extend(batch.iter().map(|image| self.add_gradient(image)));
            for layer in &mut self.layers {
                layer.step(config, batch.len());
            }
        }
        mean(&losses)
    }

    /// Adds the gradient of the image's loss to the layers, and returns the loss.
    pub(crate) fn add_gradient(&mut self, image: &Image) -> f64 {
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
    pub(crate) fn forward(&self, image: &Image) -> Vec<Vec<f64>> {
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

    pub(crate) fn predict(&self, image: &Image) -> usize {
        let scores = &self.forward(image)[self.layers.len()];
        (0..CLASSES)
            .max_by(|&left, &right| scores[left].total_cmp(&scores[right]))
            .expect("there are classes")
    }

    pub(crate) fn confusion(&self, images: &[&Image]) -> Confusion {
        let mut confusion = Confusion::default();
        for image in images {
            confusion.0[image.digit][self.predict(image)] += 1;
        }
        confusion
    }
}

pub(crate) struct Layer {
    /// A row of weights for each input, and the biases as the last row.
    pub(crate) weights: Vec<f64>,
    pub(crate) gradient: Vec<f64>,
    pub(crate) velocity: Vec<f64>,
    pub(crate) outputs: usize,
}

impl Layer {
    pub(crate) fn new(inputs: usize, outputs: usize, random: &mut Random) -> Self {
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

    pub(crate) fn forward(&self, input: &[f64]) -> Vec<f64> {
        let (weights, biases) = self.weights.split_at(input.len() * self.outputs);
        let mut output = biases.to_vec();
        for (row, &value) in weights.chunks_exact(self.outputs).zip(input) {
            add_scaled(&mut output, row, value);
        }
        output
    }

    /// Adds to the gradient, given the loss's derivative by the output; returns its derivative by the input.
    pub(crate) fn backward(&mut self, input: &[f64], slope: &[f64]) -> Vec<f64> {
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

    /// Moves against the mean gradient of `images`, and clears it.
    pub(crate) fn step(&mut self, config: &Training, images: usize) {
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

/// Number of times that each digit (row) was read as each digit (column).
#[derive(Default)]
pub(crate) struct Confusion([[u32; CLASSES]; CLASSES]);

impl Confusion {
    pub(crate) fn accuracy(&self) -> f64 {
        let right: u32 = (0..CLASSES).map(|digit| self.0[digit][digit]).sum();
        let all: u32 = self.0.iter().flatten().sum();
        f64::from(right) / f64::from(all)
    }

    pub(crate) fn to_csv(&self) -> String {
        let line = |row: &[u32; CLASSES]| row.map(|count| count.to_string()).join(",") + "\n";
        self.0.iter().map(line).collect()
    }
}

pub(crate) fn add_scaled(sum: &mut [f64], values: &[f64], scale: f64) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += scale * value;
    }
}

pub(crate) fn rectify(values: &mut [f64]) {
    for value in values {
        *value = value.max(0.0);
    }
}

pub(crate) fn softmax(scores: &[f64]) -> Vec<f64> {
    // Unless the largest score is subtracted, the exponentials overflow.
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / number(values.len())
}

#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
pub(crate) fn number(count: usize) -> f64 {
    count as f64
}
