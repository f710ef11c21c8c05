//! One experiment at many times of its life: `EVOLVE` chooses which.

#[path = "log.rs"]
mod log;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    marker::PhantomData,
    process::ExitCode,
};

use runner::{Config, Context, Experiment, Runs};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A config that knows its experiment.
trait Stage: Config {
    type Output: Serialize + DeserializeOwned + std::fmt::Debug + Send + Sync + 'static;
    const VERSION: u32 = 1;

    fn configs() -> Vec<Self>;

    fn run(&self) -> Self::Output;
}

struct Evolve<C>(PhantomData<C>);

impl<C: Stage> Experiment for Evolve<C> {
    type Config = C;
    type Output = C::Output;
    const VERSION: u32 = C::VERSION;

    fn name() -> &'static str {
        "evolve"
    }

    fn configs() -> Vec<C> {
        C::configs()
    }

    fn run(config: &C, context: &Context) -> anyhow::Result<C::Output> {
        log::note(context.name())?;
        Ok(config.run())
    }

    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        for output in runs.outputs() {
            println!("{output:?}");
        }
        Ok(())
    }
}

/// Stages of the config: its fields with their values. The output stays.
macro_rules! configs {
    ($($module:ident $type:ident {
        $($(#[$on:meta])* $field:ident: $field_type:ty = $value:expr),* $(,)?
    })*) => {$(
        mod $module {
            use super::*;

            #[derive(Clone, Debug, Serialize, Deserialize, Config)]
            pub(super) struct $type {
                $($(#[$on])* $field: $field_type,)*
            }

            impl Stage for $type {
                type Output = u8;

                fn configs() -> Vec<Self> {
                    vec![Self { $($field: $value,)* }]
                }

                fn run(&self) -> u8 {
                    0
                }
            }
        }
    )*};
}

/// Stages of the output: its fields with their values. The config stays.
macro_rules! outputs {
    ($($module:ident { $($field:ident: $field_type:ty = $value:expr),* $(,)? })*) => {$(
        mod $module {
            use super::*;

            #[derive(Clone, Debug, Serialize, Deserialize, Config)]
            pub(super) struct Setting {
                rate: f64,
            }

            #[derive(Debug, Serialize, Deserialize)]
            pub(super) struct Output {
                $($field: $field_type,)*
            }

            impl Stage for Setting {
                type Output = Output;

                fn configs() -> Vec<Self> {
                    vec![Self { rate: 0.5 }]
                }

                fn run(&self) -> Output {
                    Output { $($field: $value,)* }
                }
            }
        }
    )*};
}

configs! {
    base Setting { rate: f64 = 0.5, steps: u32 = 10 }
    other_type_name Training { rate: f64 = 0.5, steps: u32 = 10 }
    renamed Setting { speed: f64 = 0.5, steps: u32 = 10 }
    keyed Setting { #[config(key = "rate")] speed: f64 = 0.5, steps: u32 = 10 }
    retyped Setting { rate: f64 = 0.5, steps: u64 = 10 }
    reordered Setting { steps: u32 = 10, rate: f64 = 0.5 }
    removed Setting { rate: f64 = 0.5 }
    unmarked Setting { rate: f64 = 0.5, steps: u32 = 10, momentum: f64 = 0.0 }
    added Setting { rate: f64 = 0.5, steps: u32 = 10, #[config(added = 0.0)] momentum: f64 = 0.0 }
    added_used Setting { rate: f64 = 0.5, steps: u32 = 10, #[config(added = 0.0)] momentum: f64 = 0.9 }
    added_changed Setting { rate: f64 = 0.5, steps: u32 = 10, #[config(added = 0.9)] momentum: f64 = 0.9 }
    skipped Setting { rate: f64 = 0.5, steps: u32 = 10, #[config(skip)] threads: u32 = 4 }
    skipped_more Setting { rate: f64 = 0.5, steps: u32 = 10, #[config(skip)] threads: u32 = 8 }
    with_map Setting { tags: HashMap<String, u32> = (0..20).map(|tag| (tag.to_string(), tag)).collect() }
}

outputs! {
    out_base { loss: f64 = 0.5, steps: u32 = 3 }
    out_renamed { error: f64 = 0.5, steps: u32 = 3 }
    out_retyped { loss: f64 = 0.5, steps: u64 = 3 }
    out_reordered { steps: u32 = 3, loss: f64 = 0.5 }
    out_added { loss: f64 = 0.5, steps: u32 = 3, accuracy: f64 = 0.75 }
    out_removed { loss: f64 = 0.5 }
    pair { train: f64 = 0.25, test: f64 = 0.75 }
    pair_swapped { test: f64 = 0.75, train: f64 = 0.25 }
    variants { grades: BTreeMap<String, Grade> = BTreeMap::from([("a".to_owned(), Grade::Good)]) }
    variants_swapped {
        grades: BTreeMap<String, EdarG> = BTreeMap::from([("a".to_owned(), EdarG::Good)]),
    }
    list { items: Vec<u8> = vec![3, 1, 2] }
    set { items: BTreeSet<u8> = BTreeSet::from([1, 2, 3]) }
    seconds { time: f64 = 1.5 }
    milliseconds { time: f64 = 1500.0 }
    milliseconds_by_name { time_ms: f64 = 1500.0 }
}

#[derive(Debug, Serialize, Deserialize)]
enum Grade {
    Good,
    Bad,
}

/// `Grade` with its variants in another order.
#[derive(Debug, Serialize, Deserialize)]
enum EdarG {
    Bad,
    Good,
}

mod second_version {
    use super::{Config, Deserialize, Serialize, Stage};

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    pub(super) struct Setting {
        rate: f64,
    }

    impl Stage for Setting {
        type Output = super::out_base::Output;
        const VERSION: u32 = 2;

        fn configs() -> Vec<Self> {
            vec![Self { rate: 0.5 }]
        }

        fn run(&self) -> Self::Output {
            super::out_base::Setting::configs()[0].run()
        }
    }
}

mod odd_values {
    use super::{Config, Deserialize, Serialize, Stage};

    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub(super) struct Unit;

    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub(super) struct Empty {}

    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub(super) enum Choice {
        Nothing,
        Pair(f32, Option<Box<Choice>>),
        Named { value: i128 },
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    pub(super) struct Setting {
        #[config(name)]
        number: Number,
        unit: Unit,
        empty: Empty,
        nothing: (),
        none: Option<Unit>,
        some: Option<()>,
        wide: u128,
        deep: i128,
        choices: Vec<Choice>,
        letter: char,
    }

    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub(super) struct Number(f64);

    impl std::fmt::Display for Number {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{:?}", self.0)
        }
    }

    impl Stage for Setting {
        type Output = (f64, Unit, Empty, u128, Vec<Choice>, Option<f32>);

        fn configs() -> Vec<Self> {
            [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0]
                .map(|number| Self {
                    number: Number(number),
                    unit: Unit,
                    empty: Empty {},
                    nothing: (),
                    none: None,
                    some: Some(()),
                    wide: u128::MAX,
                    deep: i128::MIN,
                    choices: vec![
                        Choice::Nothing,
                        Choice::Pair(f32::NAN, Some(Box::new(Choice::Nothing))),
                        Choice::Named { value: i128::MAX },
                    ],
                    letter: '\u{10ffff}',
                })
                .to_vec()
        }

        fn run(&self) -> Self::Output {
            (
                self.number.0,
                Unit,
                Empty {},
                self.wide,
                self.choices.clone(),
                Some(f32::MIN_POSITIVE),
            )
        }
    }
}

macro_rules! choose {
    ($($module:ident $type:ident)*) => {
        match std::env::var("EVOLVE").unwrap_or_default().as_str() {
            $(stringify!($module) => runner::main::<Evolve<$module::$type>>(),)*
            other => panic!("EVOLVE={other} is not known"),
        }
    };
}

fn main() -> ExitCode {
    choose! {
        base Setting other_type_name Training renamed Setting keyed Setting retyped Setting reordered Setting
        removed Setting unmarked Setting added Setting added_used Setting added_changed Setting
        skipped Setting skipped_more Setting with_map Setting odd_values Setting
        out_base Setting out_renamed Setting out_retyped Setting out_reordered Setting out_added Setting
        out_removed Setting pair Setting pair_swapped Setting variants Setting variants_swapped Setting
        list Setting set Setting seconds Setting milliseconds Setting milliseconds_by_name Setting
        second_version Setting
    }
}
