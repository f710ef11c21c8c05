use runner_derive::Config;
use serde::{Deserialize, Serialize};

use super::*;
use crate::api::{Context, Experiment};

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(crate = crate)]
struct Optimizer {
    /// Weight of the previous step, 0 to 1.
    momentum: f64,
    /// Look ahead: take the slope where the momentum leads.
    ///
    /// A second paragraph.
    #[config(added = false)]
    nesterov: bool,
}

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(crate = crate)]
struct Train {
    name: String,
    /// Step size of
    /// gradient descent.
    learning_rate: f64,
    optimizer: Option<Optimizer>,
    warm_up: Vec<Optimizer>,
    #[config(replicate)]
    seed: u64,
    /// Cannot change the result.
    #[config(skip)]
    threads: usize,
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
