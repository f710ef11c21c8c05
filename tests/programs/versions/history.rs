//! Five changes to one config, each with results from before, and one to the output.

use runner::{Config, Upgrades};
use serde::{Deserialize, Serialize};

use crate::{Found, Program, Text, Versions};

/// What a run is computed with, whatever its fields are called: absent ones as what their absence means.
macro_rules! program {
    ($name:ident: $output:ty$(, $upgrades:item)?; epochs $($epochs:literal)*; $field:ident => $config:expr; $self:ident => $text:expr) => {
        impl Program for $name {
            type Output = $output;

            fn configs() -> Vec<Self> {
                let base = |$field: u32| $config;
                vec![$(base($epochs)),*]
            }

            fn computed_with(&self) -> String {
                let $self = self;
                $text
            }

            $($upgrades)?
        }
    };
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub(crate) struct Optimizer {
    momentum: f64,
    fused: bool,
}

const OPTIMIZER: Optimizer = Optimizer {
    momentum: 0.9,
    fused: false,
};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub(crate) enum Schedule {
    Step { factor: f64, warm: bool },
}

const SCHEDULE: Schedule = Schedule::Step {
    factor: 0.5,
    warm: true,
};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub(crate) struct First {
    epochs: u32,
    lr: f64,
    legacy: u32,
    threads: u32,
    layers: Vec<Optimizer>,
    schedule: Option<Schedule>,
}

program!(First: Text; epochs 1 2; epochs => First {
    epochs,
    lr: 0.1,
    legacy: 1,
    threads: 4,
    layers: vec![OPTIMIZER],
    schedule: Some(SCHEDULE),
}; config => format!("{} epochs at {} {} {}", config.epochs, config.lr, config.legacy, config.threads));

/// `lr` got another name.
#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub(crate) struct Renamed {
    epochs: u32,
    #[config(key = "lr")]
    learning_rate: f64,
    legacy: u32,
    threads: u32,
    layers: Vec<Optimizer>,
    schedule: Option<Schedule>,
}

program!(Renamed: Text; epochs 1 2 3; epochs => Renamed {
    epochs,
    learning_rate: 0.1,
    legacy: 1,
    threads: 4,
    layers: vec![OPTIMIZER],
    schedule: Some(SCHEDULE),
}; config => format!("{} epochs at {} {} {}", config.epochs, config.learning_rate, config.legacy, config.threads));

/// `decay` is new.
#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub(crate) struct Added {
    epochs: u32,
    #[config(key = "lr")]
    learning_rate: f64,
    #[config(added = 0.0)]
    decay: f64,
    legacy: u32,
    threads: u32,
    layers: Vec<Optimizer>,
    schedule: Option<Schedule>,
}

program!(Added: Text; epochs 1 2 3 4; epochs => Added {
    epochs,
    learning_rate: 0.1,
    decay: 0.0,
    legacy: 1,
    threads: 4,
    layers: vec![OPTIMIZER],
    schedule: Some(SCHEDULE),
}; config => format!("{} epochs at {} {} {}", config.epochs, config.learning_rate, config.legacy, config.threads));

/// `legacy` is gone: it is always 1 now.
#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[config(removed("legacy": u32, was = 1))]
pub(crate) struct Removed {
    epochs: u32,
    #[config(key = "lr")]
    learning_rate: f64,
    #[config(added = 0.0)]
    decay: f64,
    threads: u32,
    layers: Vec<Optimizer>,
    schedule: Option<Schedule>,
}

program!(Removed: Text; epochs 1 2 3 4 5; epochs => Removed {
    epochs,
    learning_rate: 0.1,
    decay: 0.0,
    threads: 4,
    layers: vec![OPTIMIZER],
    schedule: Some(SCHEDULE),
}; config => format!("{} epochs at {} 1 {}", config.epochs, config.learning_rate, config.threads));

/// `threads` turned out not to matter.
#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[config(removed("legacy": u32, was = 1))]
pub(crate) struct Skipped {
    epochs: u32,
    #[config(key = "lr")]
    learning_rate: f64,
    #[config(added = 0.0)]
    decay: f64,
    #[config(skip(was = 4))]
    threads: u32,
    layers: Vec<Optimizer>,
    schedule: Option<Schedule>,
}

program!(Skipped: Text; epochs 1 2 3 4 5 6; epochs => Skipped {
    epochs,
    learning_rate: 0.1,
    decay: 0.0,
    threads: 16,
    layers: vec![OPTIMIZER],
    schedule: Some(SCHEDULE),
}; config => format!("{} epochs at {} 1 4", config.epochs, config.learning_rate));

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[config(removed("fused": bool, was = false))]
pub(crate) struct NewOptimizer {
    #[config(key = "momentum")]
    inertia: f64,
    #[config(added = false)]
    nesterov: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
pub(crate) enum NewSchedule {
    #[config(removed("warm": bool, was = true), removed("factor": f64, was = 0.5))]
    Step,
}

/// What is inside changed, in every way, and so did the output.
#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[config(removed("legacy": u32, was = 1))]
pub(crate) struct Nested {
    epochs: u32,
    #[config(key = "lr")]
    learning_rate: f64,
    #[config(added = 0.0)]
    decay: f64,
    #[config(skip(was = 4))]
    threads: u32,
    layers: Vec<NewOptimizer>,
    schedule: Option<NewSchedule>,
}

/// The output with one more field.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Counted {
    text: String,
    letters: u64,
}

impl Found for Counted {
    fn new(text: String) -> Self {
        let letters = text.len() as u64;
        Self { text, letters }
    }

    fn line(&self) -> String {
        assert_eq!(self.letters, self.text.len() as u64);
        self.text.clone()
    }
}

program!(Nested: Counted, fn upgrades() -> Upgrades<Versions<Self>> {
    Upgrades::none().from::<Text>(|old, _| Counted::new(old.text))
}; epochs 1 2 3 4 5 6 7; epochs => Nested {
    epochs,
    learning_rate: 0.1,
    decay: 0.0,
    threads: 1,
    layers: vec![NewOptimizer {
        inertia: 0.9,
        nesterov: false,
    }],
    schedule: Some(NewSchedule::Step),
}; config => format!("{} epochs at {} 1 4", config.epochs, config.learning_rate));
