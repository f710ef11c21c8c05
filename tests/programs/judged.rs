//! An experiment with metrics; `JUDGED` chooses what is wrong with it.

use std::process::ExitCode;

use runner::{Config, Context, Experiment, Metrics, percent};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Training {
    learning_rate: f64,
    #[config(replicate)]
    seed: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Trained {
    accuracy: f64,
    seconds: f64,
    steps: u64,
    loss: Vec<f64>,
}

struct Judged;

impl Experiment for Judged {
    type Config = Training;
    type Output = Trained;

    fn configs() -> Vec<Training> {
        let base = Training {
            learning_rate: 0.1,
            seed: 0,
        };
        let base = base.sweep().learning_rate([0.3, 0.1, 0.03]);
        base.seed(0..5).build()
    }

    fn metrics(metrics: &mut Metrics<Self>) {
        let wrong = std::env::var("JUDGED").unwrap_or_default();
        assert!(wrong != "panics", "no metrics today");
        metrics
            .maximize("accuracy", |run| run.output.accuracy)
            .margin(0.01);
        metrics
            .minimize("time", move |run| {
                assert!(wrong != "value", "no clock");
                run.output.seconds
            })
            .unit("s")
            .log()
            .margin(percent(5.0));
        metrics.exact("steps", |run| run.output.steps);
        metrics.series("loss", |run| &run.output.loss);
        if std::env::var("JUDGED").is_ok_and(|wrong| wrong == "twice") {
            metrics.show("steps", runner::Run::duration);
        }
    }

    fn run(config: &Training, _: &Context) -> anyhow::Result<Trained> {
        let (rate, seed) = (config.learning_rate, config.seed);
        anyhow::ensure!(rate < 0.2 || seed != 3, "diverged");
        let noise = f64::from((seed * 37 + 11) % 7) / 1000.0;
        let own = (f64::from(seed * 13) + rate * 100.0) % 5.0 / 2000.0;
        Ok(Trained {
            accuracy: 0.95 - (rate - 0.1).abs() / 20.0 + noise + own,
            seconds: 2.0 + noise * 10.0 + own + rate / 100.0,
            steps: 1200,
            loss: vec![1.0, 0.5, rate],
        })
    }
}

fn main() -> ExitCode {
    runner::main::<Judged>()
}
