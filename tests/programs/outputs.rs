//! Experiments whose types cannot be stored, or only just: `OUTPUTS` chooses one.

#[path = "log.rs"]
mod log;

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    os::unix::ffi::OsStringExt,
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use runner::{Config, Context, Experiment, Runner, Runs};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

/// An output that says of itself what a run gives.
trait Sample: Serialize + DeserializeOwned + Send + Sync + 'static {
    fn sample() -> Self;
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Setting {
    index: u32,
}

struct Gives<O>(std::marker::PhantomData<O>);

impl<O: Sample> Experiment for Gives<O> {
    type Config = Setting;
    type Output = O;

    fn name() -> &'static str {
        "outputs"
    }

    fn configs() -> Vec<Setting> {
        vec![Setting { index: 0 }, Setting { index: 1 }]
    }

    fn run(config: &Setting, _: &Context) -> anyhow::Result<O> {
        log::note(config.index)?;
        Ok(O::sample())
    }
}

macro_rules! output {
    ($(#[$attribute:meta])* $name:ident { $($(#[$on:meta])* $field:ident: $type:ty = $value:expr),* $(,)? }) => {
        #[derive(Debug, Serialize, Deserialize)]
        $(#[$attribute])*
        struct $name { $($(#[$on])* $field: $type,)* }

        impl Sample for $name {
            fn sample() -> Self {
                Self { $($field: $value,)* }
            }
        }
    };
}

output!(Skipping {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    note: Option<u8> = None,
    loss: f64 = 0.5,
});
output!(Flattened {
    loss: f64 = 0.5,
    #[serde(flatten)]
    rest: BTreeMap<String, u8> = BTreeMap::from([("a".to_owned(), 1)]),
});
output!(Choosing {
    choice: Untagged = Untagged::Text("x".to_owned())
});
output!(Telling {
    choice: Internal = Internal::Text {
        text: "x".to_owned()
    }
});
output!(Freeform {
    value: serde_json::Value = serde_json::json!({ "a": 1 })
});
output!(Forgetful {
    #[serde(skip)]
    #[expect(dead_code, reason = "it is there to be left out")]
    scratch: u8 = 1,
    loss: f64 = 0.5,
});
output!(Shouting {
    inner: Panicking = Panicking
});
output!(Hidden {
    loss: f64 = 0.5,
    #[serde(flatten)]
    rest: Rest = Rest {
        tags: if std::env::var("LATER").is_ok_and(|later| later == "1") {
            (0..50).collect()
        } else {
            HashSet::new()
        }
    },
});
output!(LateSet {
    found: Found = Found::None
});
output!(Unordered { items: HashSet<u8> = (0..50).collect() });

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Text(String),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Internal {
    Text { text: String },
}

/// A part that no type lets be made up that flattens it.
#[derive(Debug, Serialize, Deserialize)]
struct Rest {
    tags: HashSet<u8>,
}

/// Most runs give nothing.
#[derive(Debug, Serialize, Deserialize)]
enum Found {
    None,
    Some { tags: HashSet<String> },
}

/// Something that cannot even be looked at.
#[derive(Clone, Debug, Deserialize)]
struct Panicking;

impl Serialize for Panicking {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("told to panic in Serialize")
    }
}

/// A set behind a type of its own, where no derive can see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Tags(HashSet<String>);

/// Numbers that are written in full and read back rounded.
#[derive(Clone, Debug)]
struct Lossy(f64);

impl Serialize for Lossy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(|number| Self(number.round()))
    }
}

/// An experiment with another config, which is refused before anything runs.
struct Takes<C>(std::marker::PhantomData<C>);

impl<C: Config + fmt::Debug> Experiment for Takes<C> {
    type Config = C;
    type Output = u8;

    fn name() -> &'static str {
        "outputs"
    }

    fn run(config: &C, _: &Context) -> anyhow::Result<u8> {
        log::note(format!("{config:?}"))?;
        Ok(0)
    }
}

macro_rules! config {
    ($name:ident { $($field:ident: $type:ty),* }) => {
        #[derive(Clone, Debug, Serialize, Deserialize, Config)]
        struct $name { name: String, $($field: $type,)* }
    };
}

config!(OnPath { data: PathBuf });
config!(Tagged { tags: Tags });
config!(Rounded { rate: Lossy });
config!(Loud { inner: Panicking });
config!(Named {});

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Dotted {
    #[serde(rename = "a.b")]
    flat: u32,
    a: Nested,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Nested {
    b: u32,
    #[serde(rename = "c.d")]
    map: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Login {
    rate: f64,
    #[config(secret)]
    token: String,
}

/// An experiment that needs a key that is nobody's business.
struct Remote;

impl Experiment for Remote {
    type Config = Login;
    type Output = usize;

    fn configs() -> Vec<Login> {
        [0.5, -1.0]
            .map(|rate| Login {
                rate,
                token: "s3cr3t".to_owned(),
            })
            .into()
    }

    fn cost(config: &Login) -> runner::Cost {
        assert!(!config.token.is_empty(), "the cost may depend on it");
        runner::Cost::new()
    }

    fn run(config: &Login, _: &Context) -> anyhow::Result<usize> {
        anyhow::ensure!(config.rate > 0.0, "refused");
        Ok(config.token.len())
    }
}

config!(Open {
    choice: Untagged,
    told: Internal,
    free: serde_json::Value,
    more: More
});

#[derive(Clone, Debug, Serialize, Deserialize)]
struct More {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    note: Option<u8>,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

fn open(index: u8) -> Open {
    Open {
        name: "open".to_owned(),
        choice: Untagged::Text("x".to_owned()),
        told: Internal::Text {
            text: "y".to_owned(),
        },
        free: serde_json::json!(index),
        more: More {
            note: (index > 1).then_some(index),
            rest: BTreeMap::from([("extra".to_owned(), 1)]),
        },
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Threaded {
    rate: f64,
    #[config(skip)]
    threads: u32,
}

/// A time of which serde writes the whole seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(time.as_secs())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_secs)
    }
}

/// A number that is written as a whole one, and cannot be compared.
#[derive(Clone, Debug)]
struct Rough(f64);

impl Serialize for Rough {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.round().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rough {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Self)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Window {
    #[serde(with = "seconds")]
    window: Duration,
    rate: Rough,
}

/// An experiment whose configs hold more than is stored of them.
struct Windowed;

impl Experiment for Windowed {
    type Config = Window;
    type Output = f64;

    fn configs() -> Vec<Window> {
        // The second time, the same is stored of other values.
        let window = if std::env::var_os("LATER").is_some() {
            1.9
        } else {
            1.2
        };
        vec![Window {
            window: Duration::from_secs_f64(window),
            rate: Rough(window / 4.0),
        }]
    }

    fn cost(config: &Window) -> runner::Cost {
        assert_eq!(
            config.window.subsec_nanos(),
            0,
            "the cost is that of what runs"
        );
        runner::Cost::new()
    }

    fn run(config: &Window, context: &Context) -> anyhow::Result<f64> {
        log::note(format!("{config:?}"))?;
        let shared = context.shared(|| Ok(config.window))?;
        Ok(shared.as_secs_f64())
    }

    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        for run in runs {
            println!("{:?} gives {}", run.config, run.output);
        }
        Ok(())
    }
}

fn gives<O: Sample>() -> ExitCode {
    runner::main::<Gives<O>>()
}

fn takes<C: Config + fmt::Debug>(configs: impl IntoIterator<Item = C> + 'static) -> ExitCode {
    Runner::<Takes<C>>::new().configs(configs).main()
}

fn base() -> String {
    "base".to_owned()
}

fn main() -> ExitCode {
    match std::env::var("OUTPUTS").unwrap_or_default().as_str() {
        "skipping" => gives::<Skipping>(),
        "flattened" => gives::<Flattened>(),
        "untagged" => gives::<Choosing>(),
        "tagged" => gives::<Telling>(),
        "freeform" => gives::<Freeform>(),
        "forgetful" => gives::<Forgetful>(),
        "panicking" => gives::<Shouting>(),
        "windowed" => runner::main::<Windowed>(),
        "hidden" => gives::<Hidden>(),
        "late-set" => gives::<LateSet>(),
        "set" => gives::<Unordered>(),
        "path" => takes([OnPath {
            name: base(),
            data: std::ffi::OsString::from_vec(b"caf\xe9.csv".to_vec()).into(),
        }]),
        "unordered" => takes([Tagged {
            name: base(),
            tags: Tags(["a", "b", "c", "d"].map(str::to_owned).into()),
        }]),
        "lossy" => takes([Rounded {
            name: base(),
            rate: Lossy(0.25),
        }]),
        "secret" => runner::main::<Remote>(),
        "dotted" => takes([1, 2].map(|flat| Dotted {
            flat,
            a: Nested {
                b: 10 * flat,
                map: BTreeMap::from([("e.f".to_owned(), 7)]),
            },
        })),
        "open" => takes((0..3).map(open)),
        "loud" => takes([Loud {
            name: base(),
            inner: Panicking,
        }]),
        "names" => takes(
            [
                "a/b",
                "../../escape",
                "..",
                "",
                "nul\0and\u{1b}[2Jmore",
                &"x".repeat(300),
                "🦀 emoji",
                "case",
                "Case",
                "CASE",
                "C:\\windows",
                "-flag",
            ]
            .map(|name| Named {
                name: name.to_owned(),
            }),
        ),
        "twice" => takes([1.0, 2.0, 1.0].map(|rate| Threaded { rate, threads: 1 })),
        "copies" => takes(
            [f64::NAN, 2.0, f64::NAN, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]
                .map(|rate| Threaded { rate, threads: 1 }),
        ),
        "threads" => takes([1, 2, 4].map(|threads| Threaded { rate: 1.0, threads })),
        other => panic!("OUTPUTS={other} is not known"),
    }
}
