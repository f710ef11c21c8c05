//! Tests of the pure parts.

use runner::{Context, Experiment};

use crate::{
    Digits, Model, Training,
    images::{CLASSES, Image, PIXELS, parse},
    network::Network,
    random::Random,
};

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
    let images = parse(include_str!("../data/digits.csv"))?;
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
    let images = parse(include_str!("../data/digits.csv"))?;
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
    let images = parse(include_str!("../data/digits.csv"))?;
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
