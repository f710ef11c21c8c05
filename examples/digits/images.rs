//! The data set: images of 8 by 8 pixels and the digit that each shows.

use anyhow::Context as _;

use crate::random::Random;

pub(crate) const PIXELS: usize = 64;
pub(crate) const CLASSES: usize = 10;

pub(crate) struct Image {
    /// From 0 (paper) to 1 (ink).
    pub(crate) pixels: [f64; PIXELS],
    pub(crate) digit: usize,
}

/// Reads 64 pixels from 0 to 16 and the digit from each line.
pub(crate) fn parse(csv: &str) -> anyhow::Result<Vec<Image>> {
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
pub(crate) fn split<'a>(
    images: &'a [Image],
    random: &mut Random,
) -> (Vec<&'a Image>, Vec<&'a Image>) {
    let mut training: Vec<&Image> = images.iter().collect();
    random.shuffle(&mut training);
    let test = training.split_off(images.len() / 4 * 3);
    (training, test)
}
