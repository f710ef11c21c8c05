//! A config with every shape that tests need.

use std::{collections::BTreeMap, net::IpAddr, path::PathBuf, time::Duration};

use proptest::{collection, option, prelude::*};
use runner_derive::Config;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
#[config(crate = crate)]
pub(crate) struct Sample {
    pub(crate) name: String,
    /// Step size of gradient descent.
    pub(crate) learning_rate: f64,
    /// Passes over the data.
    /// More is slower.
    pub(crate) epochs: u32,
    pub(crate) optimizer: Optimizer,
    pub(crate) warm: Option<Optimizer>,
    /// How the rate falls.
    pub(crate) schedule: Schedule,
    pub(crate) layers: Vec<Layer>,
    pub(crate) dims: Vec<u64>,
    pub(crate) limit: Option<u8>,
    pub(crate) note: Option<String>,
    pub(crate) data: PathBuf,
    pub(crate) host: IpAddr,
    #[serde(with = "seconds")]
    pub(crate) timeout: Duration,
    pub(crate) pause: Duration,
    pub(crate) big: u128,
    pub(crate) small: f32,
    pub(crate) letter: char,
    pub(crate) pair: (i16, String),
    pub(crate) weights: BTreeMap<String, i64>,
    pub(crate) plain: Plain,
    pub(crate) verbose: bool,
    #[config(replicate)]
    pub(crate) seed: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
#[config(crate = crate)]
pub(crate) struct Optimizer {
    /// Weight of the previous step, 0 to 1.
    pub(crate) momentum: f64,
    pub(crate) nesterov: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
#[config(crate = crate)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Schedule {
    Constant,
    Cosine,
    Step { gamma: f64, period: u32 },
    Decay(f64),
    Cycle(f64, u32),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
#[config(crate = crate)]
pub(crate) struct Layer {
    pub(crate) units: u32,
}

/// A type that does not derive `Config`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plain {
    pub(crate) depth: i8,
    pub(crate) mode: Mode,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Mode {
    Fast,
    Exact,
}

/// A duration as `1.5s` for people and as nanoseconds for the store.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(
        value: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            humantime::format_duration(*value)
                .to_string()
                .serialize(serializer)
        } else {
            value.as_nanos().serialize(serializer)
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            humantime::parse_duration(&text).map_err(D::Error::custom)
        } else {
            let nanos = u64::try_from(u128::deserialize(deserializer)?);
            nanos.map(Duration::from_nanos).map_err(D::Error::custom)
        }
    }
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            name: "base".to_owned(),
            learning_rate: 0.01,
            epochs: 10,
            optimizer: Optimizer {
                momentum: 0.9,
                nesterov: false,
            },
            warm: None,
            schedule: Schedule::Constant,
            layers: vec![Layer { units: 64 }, Layer { units: 32 }],
            dims: vec![3, 4],
            limit: None,
            note: None,
            data: "data/train.csv".into(),
            host: IpAddr::from([127, 0, 0, 1]),
            timeout: Duration::from_secs(90),
            pause: Duration::from_millis(1500),
            big: 0,
            small: 0.5,
            letter: 'a',
            pair: (1, "one".to_owned()),
            weights: BTreeMap::from([("a".to_owned(), 1)]),
            plain: Plain {
                depth: 3,
                mode: Mode::Fast,
            },
            verbose: false,
            seed: 7,
        }
    }
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        -10.0..10.0,
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(-0.0),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,12}",
        "[\\[\\]{}\",:\\\\ 0-9a-c=.]{0,8}",
        Just("none".to_owned()),
        Just("\"quoted\"".to_owned()),
        Just("0x12".to_owned()),
        Just("[1, 2]".to_owned()),
    ]
}

fn optimizer() -> impl Strategy<Value = Optimizer> {
    (number(), any::<bool>()).prop_map(|(momentum, nesterov)| Optimizer { momentum, nesterov })
}

fn schedule() -> impl Strategy<Value = Schedule> {
    prop_oneof![
        Just(Schedule::Constant),
        Just(Schedule::Cosine),
        (number(), any::<u32>()).prop_map(|(gamma, period)| Schedule::Step { gamma, period }),
        number().prop_map(Schedule::Decay),
        (number(), any::<u32>()).prop_map(|(rate, length)| Schedule::Cycle(rate, length)),
    ]
}

/// Any config with two layers and one weight.
pub(crate) fn samples() -> impl Strategy<Value = Sample> {
    let first = (
        text(),
        number(),
        any::<u32>(),
        optimizer(),
        option::of(optimizer()),
        schedule(),
    );
    let lists = (
        collection::vec(any::<u32>().prop_map(|units| Layer { units }), 2),
        collection::vec(any::<u64>(), 0..6),
        any::<i64>().prop_map(|weight| BTreeMap::from([("a".to_owned(), weight)])),
    );
    let options = (
        option::of(any::<u8>()),
        option::of(text()),
        text(),
        any::<IpAddr>(),
        0..10_000_000_000_u64,
    );
    let pair = (any::<i16>(), text());
    let scalars = (
        any::<u128>(),
        any::<f32>(),
        any::<char>(),
        pair,
        any::<bool>(),
        any::<u64>(),
    );
    let plain = (any::<i8>(), any::<bool>());
    (first, lists, options, scalars, plain).prop_map(|(first, lists, options, scalars, plain)| {
        let (name, learning_rate, epochs, optimizer, warm, schedule) = first;
        let (layers, dims, weights) = lists;
        let (limit, note, data, host, timeout) = options;
        let (big, small, letter, pair, verbose, seed) = scalars;
        Sample {
            name,
            learning_rate,
            epochs,
            optimizer,
            warm,
            schedule,
            layers,
            dims,
            limit,
            note,
            data: data.into(),
            host,
            timeout: Duration::from_micros(timeout),
            pause: Duration::from_micros(timeout / 7),
            big,
            small,
            letter,
            pair,
            weights,
            plain: Plain {
                depth: plain.0,
                mode: if plain.1 { Mode::Fast } else { Mode::Exact },
            },
            verbose,
            seed,
        }
    })
}
