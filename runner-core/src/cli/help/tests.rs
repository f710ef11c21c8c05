use serde::{Deserialize, Serialize};

use super::*;
use crate::{
    api::{Context, Experiment},
    cli::fields::tests::{PLAIN, field},
    value::{Added, Config, Field, Rules, Shape, Shaped, Variant, added, members},
};

#[derive(Clone, Serialize, Deserialize)]
struct Optimizer {
    momentum: f64,
    nesterov: bool,
}

impl Shaped for Optimizer {
    const SHAPE: Shape = Shape::Config(members::<Self>);
}

fn no_nesterov() -> Added {
    added(&false, Shape::Plain)
}

impl Config for Optimizer {
    const FIELDS: &'static [Field] = &[
        field(
            "momentum",
            "f64",
            "Weight of the previous step, 0 to 1.",
            PLAIN,
        ),
        field(
            "nesterov",
            "bool",
            "Look ahead: take the slope where the momentum leads.\n\nA second paragraph.",
            Rules {
                added: Some(no_nesterov),
                ..PLAIN
            },
        ),
    ];
    const VARIANTS: &'static [Variant] = &[];

    fn run_name(&self) -> Option<String> {
        None
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Train {
    name: String,
    learning_rate: f64,
    optimizer: Option<Optimizer>,
    warm_up: Vec<Optimizer>,
    seed: u64,
    threads: usize,
}

impl Shaped for Train {
    const SHAPE: Shape = Shape::Config(members::<Self>);
}

impl Config for Train {
    const FIELDS: &'static [Field] = &[
        field(
            "name",
            "String",
            "",
            Rules {
                naming: true,
                ..PLAIN
            },
        ),
        field(
            "learning_rate",
            "f64",
            "Step size of\ngradient descent.",
            PLAIN,
        ),
        field(
            "optimizer",
            "Option<Optimizer>",
            "",
            Rules {
                shape: <Option<Optimizer>>::SHAPE,
                ..PLAIN
            },
        ),
        field(
            "warm_up",
            "Vec<Optimizer>",
            "",
            Rules {
                shape: <Vec<Optimizer>>::SHAPE,
                ..PLAIN
            },
        ),
        field(
            "seed",
            "u64",
            "",
            Rules {
                replicate: true,
                ..PLAIN
            },
        ),
        field(
            "threads",
            "usize",
            "Cannot change the result.",
            Rules {
                skip: true,
                ..PLAIN
            },
        ),
    ];
    const VARIANTS: &'static [Variant] = &[];

    fn run_name(&self) -> Option<String> {
        Some(self.name.clone())
    }
}

struct Training;

impl Experiment for Training {
    type Config = Train;
    type Output = ();
    const VERSION: u32 = 3;

    fn run(_: &Train, _: &Context) -> anyhow::Result<()> {
        Ok(())
    }
}

fn text() -> String {
    let program = Program::new(Some("target/release/digits".into()), "");
    let defaults = Request {
        output_dir: "results".into(),
        ..Request::default()
    };
    help(
        &Outline::of::<Training>(),
        &program,
        &defaults,
        Style::PLAIN,
    )
}

#[test]
fn help_is_about_this_experiment() {
    assert_eq!(text(), include_str!("help.txt"));
}

#[test]
fn help_fits_a_small_terminal() {
    for line in text().lines() {
        assert!(console::measure_text_width(line) <= WIDTH, "{line}");
        assert_eq!(line.trim_end(), line);
    }
}

#[test]
fn the_version_names_experiment_and_library() {
    let program = Program::new(Some("target/release/digits".into()), "");
    let expected = format!(
        "digits (experiment Training version 3, runner {})\n",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(version(&Outline::of::<Training>(), &program), expected);
}
