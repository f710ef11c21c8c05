//! Experiments whose configs and outputs have every shape of serde and every rule of the derive, for tests that fix what is
//! stored and shown of them: `PINS` chooses one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    ops::{Bound, Range},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use runner::{Config, Context, Experiment};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes as serde's `bytes`, not as a list.
#[derive(Clone, Debug)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Bytes, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = items.next_element()? {
                    bytes.push(byte);
                }
                Ok(Bytes(bytes))
            }
        }

        deserializer.deserialize_bytes(Visitor)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Unit;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Empty {}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Meters(f64);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pair(i16, String);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Point {
    x: f64,
    y: f64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Choice {
    Unit,
    Newtype(u8),
    Tuple(u8, bool),
    #[serde(rename = "a struct")]
    Struct {
        wide: i64,
        inner: Option<Box<Choice>>,
    },
}

macro_rules! shapes {
    ($($(#[$attribute:meta])* $field:ident: $type:ty = $usual:expr, $odd:expr;)*) => {
        /// Every shape that serde knows.
        #[derive(Clone, Debug, Serialize, Deserialize, Config)]
        struct Shapes {
            $($(#[$attribute])* $field: $type,)*
        }

        /// A usual value of each and an odd one.
        fn shapes() -> Vec<Shapes> {
            vec![Shapes { $($field: $usual,)* }, Shapes { $($field: $odd,)* }]
        }
    };
}

fn point(x: f64) -> Point {
    Point { x, y: -1.0 }
}

fn nested_choice() -> Choice {
    Choice::Struct {
        wide: -3,
        inner: Some(Box::new(Choice::Tuple(1, true))),
    }
}

shapes! {
    name: String = "usual".to_owned(), "o/dd\nname, \"quoted\" ß".to_owned();
    flag: bool = true, false;
    tiny: i8 = -1, i8::MIN;
    short: i16 = 300, i16::MIN;
    whole: i32 = -70_000, i32::MIN;
    long: i64 = 5_000_000_000, i64::MIN;
    deep: i128 = -1, i128::MIN;
    byte: u8 = 1, u8::MAX;
    word: u16 = 256, u16::MAX;
    count: u32 = 0, u32::MAX;
    size: u64 = 1, u64::MAX;
    wide: u128 = 1, u128::MAX;
    single: f32 = 0.1, f32::NAN;
    /// Has a doc
    /// of two lines.
    double: f64 = 0.1, f64::NAN;
    large: f64 = 1e21, f64::INFINITY;
    small: f64 = 1e-7, f64::NEG_INFINITY;
    zero: f64 = 0.0, -0.0;
    letter: char = 'a', '\u{10ffff}';
    text: String = "plain".to_owned(), "line\n\ttab \\ \"quotes\" | a, b; ü \u{1b}[0m\u{0}".to_owned();
    long_text: String = "x".repeat(59), "y".repeat(60);
    bytes: Bytes = Bytes((196..=254).collect()), Bytes((0..60).collect());
    unit: () = (), ();
    unit_struct: Unit = Unit, Unit;
    empty: Empty = Empty {}, Empty {};
    newtype: Meters = Meters(3.0), Meters(f64::NAN);
    pair: Pair = Pair(1, "one".to_owned()), Pair(-1, String::new());
    tuple: (u8, Point, [u16; 2]) = (1, point(0.5), [1, 2]), (0, point(f64::NAN), [0, 0]);
    array: [u32; 3] = [1, 2, 3], [0; 3];
    point: Point = point(0.5), point(-0.0);
    some: Option<u64> = Some(1), None;
    some_point: Option<Point> = None, Some(point(2.0));
    twice: Option<Option<u8>> = Some(None), None;
    optional_unit: Option<()> = Some(()), None;
    numbers: Vec<u64> = vec![1, 2, 3], vec![];
    sixteen: Vec<u8> = vec![7; 16], vec![7; 17];
    long_list: Vec<f64> = (0..17).map(f64::from).collect(), (0..100).map(f64::from).collect();
    points: Vec<Point> = vec![point(0.0), point(1.0)], (0..17_u8).map(|x| point(x.into())).collect();
    lists: Vec<Vec<u8>> = vec![vec![1], vec![]], vec![vec![]; 3];
    tuples: Vec<(u8, String)> = vec![(1, "a".to_owned())], vec![(1, "b, c".to_owned()); 2];
    set: BTreeSet<u8> = BTreeSet::from([2, 1]), BTreeSet::new();
    map: BTreeMap<String, i64> = BTreeMap::from([("b".to_owned(), 1), ("a".to_owned(), 2)]), BTreeMap::new();
    dotted: BTreeMap<String, u8> = BTreeMap::from([("a.b".to_owned(), 1)]), BTreeMap::from([(String::new(), 1), ("a = b".to_owned(), 2)]);
    by_number: BTreeMap<u32, Point> = BTreeMap::from([(9, point(9.0)), (10, point(10.0))]), BTreeMap::from([(0, point(f64::INFINITY))]);
    by_pair: BTreeMap<(u8, u8), char> = BTreeMap::from([((1, 2), 'b'), ((1, 1), 'a')]), BTreeMap::from([((0, 0), '\0')]);
    by_choice: BTreeMap<Choice, u8> = BTreeMap::from([(Choice::Unit, 1), (Choice::Newtype(2), 2)]), BTreeMap::from([(nested_choice(), 1)]);
    unordered: HashMap<String, u8> = HashMap::from([("one".to_owned(), 1)]), HashMap::new();
    by_flag: BTreeMap<bool, Vec<u8>> = BTreeMap::from([(true, vec![1]), (false, vec![])]), BTreeMap::new();
    no_data: Choice = Choice::Unit, Choice::Unit;
    choice: Choice = Choice::Newtype(1), nested_choice();
    choices: Vec<Choice> = vec![Choice::Unit, Choice::Tuple(1, false)], vec![Choice::Unit; 20];
    same: Result<u8, String> = Ok(1), Err("no".to_owned());
    range: Range<u32> = 1..5, 0..0;
    bound: Bound<f64> = Bound::Included(1.0), Bound::Unbounded;
    duration: Duration = Duration::from_millis(1500), Duration::MAX;
    path: PathBuf = "data/train.csv".into(), PathBuf::new();
    boxed: Box<Point> = Box::new(point(1.0)), Box::new(point(2.0));
}

/// Gives back its config, so that an output has every shape too.
struct EveryShape;

impl Experiment for EveryShape {
    type Config = Shapes;
    type Output = Shapes;

    fn name() -> &'static str {
        "pins::shapes"
    }

    fn configs() -> Vec<Shapes> {
        shapes()
    }

    fn run(config: &Shapes, _: &Context) -> anyhow::Result<Shapes> {
        Ok(config.clone())
    }
}

/// A nested config with every rule.
#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[config(removed("gone": u8, was = 1))]
struct Inner {
    rate: f64,
    #[config(skip)]
    threads: u32,
    #[config(skip(was = 4))]
    workers: u32,
    #[config(added = false)]
    nesterov: bool,
    #[config(key = "m", added = 0.9)]
    momentum: f64,
}

const INNER: Inner = Inner {
    rate: 0.5,
    threads: 2,
    workers: 16,
    nesterov: false,
    momentum: 0.9,
};

/// One in which everything that may be left out counts.
const COUNTING: Inner = Inner {
    nesterov: true,
    momentum: 0.5,
    ..INNER
};

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[serde(rename_all = "kebab-case")]
enum Schedule {
    Constant,
    /// Falls slowly.
    SlowDecay(f64),
    Quiet(#[config(skip)] u32),
    Cycle(f64, u8, #[config(added = 7)] u32),
    #[config(removed("warm": bool, was = true), removed("cold": bool, was = true, added = true))]
    Step {
        #[config(key = "factor")]
        gamma: f64,
        #[config(added = Some(3))]
        period: Option<u32>,
        inner: Box<Inner>,
    },
    #[config(removed("steps": u32, was = 9))]
    Never,
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[config(
    removed("legacy": u32, was = 1),
    removed("older": f32, was = 0.5, added = 0.5),
    removed("old": f32, was = 0.25, added = 0.5),
    removed("former": Inner, was = INNER)
)]
struct Rules {
    #[config(name, skip)]
    title: String,
    #[config(skip)]
    verbose: bool,
    #[config(skip)]
    log: Inner,
    #[config(skip(was = 4))]
    threads: u32,
    #[config(skip(was = INNER))]
    pool: Inner,
    #[config(added = 0.5)]
    decay: f32,
    #[config(added = None)]
    limit: Option<u8>,
    #[config(added = INNER)]
    fallback: Inner,
    #[config(added = Some(INNER))]
    option: Option<Inner>,
    #[config(added = vec![INNER, COUNTING])]
    stages: Vec<Inner>,
    #[config(key = "lr")]
    rate: f64,
    #[config(key = "n", added = 1)]
    size: u32,
    #[config(replicate)]
    seed: u64,
    #[config(added = Schedule::SlowDecay(0.5))]
    added_schedule: Schedule,
    #[serde(rename = "serde's")]
    renamed: u8,
    #[serde(rename = "both", default)]
    #[config(key = "neither")]
    renamed_twice: u8,
    nested: Inner,
    list: Vec<Inner>,
    map: BTreeMap<String, Inner>,
    tuple: (u8, Inner, Option<Inner>),
    schedule: Schedule,
    schedules: Vec<Schedule>,
}

fn rules() -> Vec<Rules> {
    let base = Rules {
        title: "base".to_owned(),
        verbose: false,
        log: INNER,
        threads: 16,
        pool: COUNTING,
        decay: 0.5,
        limit: None,
        fallback: INNER,
        option: Some(INNER),
        stages: vec![INNER, COUNTING],
        rate: 0.1,
        size: 1,
        seed: 7,
        added_schedule: Schedule::SlowDecay(0.5),
        renamed: 1,
        renamed_twice: 2,
        nested: INNER,
        list: vec![INNER, COUNTING],
        map: BTreeMap::from([("a".to_owned(), INNER), ("b".to_owned(), COUNTING)]),
        tuple: (1, COUNTING, None),
        schedule: Schedule::Constant,
        schedules: vec![
            Schedule::Quiet(1),
            Schedule::Cycle(0.1, 1, 7),
            Schedule::Never,
        ],
    };
    let counting = Rules {
        title: "counting".to_owned(),
        verbose: true,
        decay: f32::NAN,
        limit: Some(1),
        fallback: COUNTING,
        option: None,
        stages: vec![],
        size: 2,
        added_schedule: Schedule::Cycle(0.1, 2, 8),
        ..base.clone()
    };
    let step = |period| Schedule::Step {
        gamma: 0.5,
        period,
        inner: Box::new(INNER),
    };
    let several = [Schedule::Cycle(0.1, 1, 8), step(Some(3)), step(None)];
    let mut rules = vec![base.clone(), counting];
    rules.extend(several.map(|schedule| Rules {
        schedule,
        ..base.clone()
    }));
    rules.push(Rules { seed: 8, ..base });
    rules
}

#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    loss: f64,
    parts: BTreeMap<String, Option<f32>>,
}

/// Fails where the schedule is a step without a period.
struct EveryRule;

impl Experiment for EveryRule {
    type Config = Rules;
    type Output = Measured;
    const VERSION: u32 = 3;

    fn name() -> &'static str {
        "pins::rules"
    }

    fn configs() -> Vec<Rules> {
        rules()
    }

    fn run(config: &Rules, context: &Context) -> anyhow::Result<Measured> {
        if let Schedule::Step { period: None, .. } = config.schedule {
            anyhow::bail!("no period\nis given, \"ever\"");
        }
        std::fs::write(context.out_dir().join("seed"), context.seed().to_string())?;
        Ok(Measured {
            loss: config.rate / f64::from(config.size),
            parts: BTreeMap::from([
                ("decay".to_owned(), Some(config.decay)),
                ("none".to_owned(), None),
            ]),
        })
    }
}

fn main() -> ExitCode {
    match std::env::var("PINS").as_deref() {
        Ok("shapes") => runner::main::<EveryShape>(),
        _ => runner::main::<EveryRule>(),
    }
}
