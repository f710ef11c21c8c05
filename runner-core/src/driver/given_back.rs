//! What `--list --format json` prints can be given back: with `--set`, field by field, and with `--configs`.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf, time::Duration};

use proptest::{collection::btree_map, collection::vec, option, prelude::*};
use serde::{Deserialize, Serialize};

use super::planned::plan;
use crate::{
    api::{Context, Experiment, Outline, Typed},
    base::Style,
    change::ConfigFile,
    cli::{self, Parsed, Request},
    value::{Config, ConfigType, Field, Key, typed},
};

#[derive(Clone, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
struct Meters(f64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Marker;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Axis {
    Row,
    Column(u8),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Layer {
    units: u32,
    note: Option<String>,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Plain,
    NoFields {},
    Named { rate: f64, label: String },
    Single(String),
    Inner(Option<Vec<i8>>),
    Pair(f32, Meters),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, runner_derive::Config)]
#[config(crate = crate)]
struct Rich {
    text: String,
    maybe: Option<String>,
    path: PathBuf,
    number: f64,
    small: f32,
    big: u128,
    low: i128,
    letter: char,
    is_on: bool,
    pair: (i16, String, Option<bool>),
    triple: [u8; 3],
    length: Meters,
    marker: Marker,
    unit: (),
    wait: Duration,
    kind: Kind,
    layers: Vec<Layer>,
    grid: Vec<Vec<f64>>,
    words: Vec<String>,
    lookup: BTreeMap<String, Kind>,
    by_number: BTreeMap<i32, char>,
    by_axis: BTreeMap<Axis, Option<u8>>,
    by_pair: BTreeMap<(u8, bool), String>,
    inner: Option<Box<Layer>>,
}

fn number() -> impl Strategy<Value = f64> {
    let extremes = [
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        f64::from_bits(1),
        f64::EPSILON,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        1e15,
        1e-7,
    ];
    prop_oneof![any::<f64>(), proptest::sample::select(extremes.to_vec())]
}

fn text() -> impl Strategy<Value = String> {
    let odd = [
        "none",
        "null",
        "NaN",
        "true",
        "12",
        "",
        " ",
        "a b",
        "a,b",
        "\"",
        "'",
        "\\",
        "\n",
        "[1]",
        "{a: 1}",
        "\"none\"",
        "0x12",
        "é\u{0}\u{7f}",
        "()",
        "1s",
        "..",
        "a=b",
    ];
    prop_oneof![
        ".{0,8}",
        "[\\[\\]{}\",:\\\\ '\n0-9a-c=.]{0,8}",
        proptest::sample::select(odd.to_vec()).prop_map(str::to_owned),
    ]
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Plain),
        Just(Kind::NoFields {}),
        (number(), text()).prop_map(|(rate, label)| Kind::Named { rate, label }),
        text().prop_map(Kind::Single),
        option::of(vec(any::<i8>(), 0..20)).prop_map(Kind::Inner),
        (any::<f32>(), number()).prop_map(|(one, other)| Kind::Pair(one, Meters(other))),
    ]
}

fn layer() -> impl Strategy<Value = Layer> {
    (any::<u32>(), option::of(text()), kind()).prop_map(|(units, note, kind)| Layer {
        units,
        note,
        kind,
    })
}

fn axis() -> impl Strategy<Value = Axis> {
    prop_oneof![Just(Axis::Row), any::<u8>().prop_map(Axis::Column)]
}

fn rich() -> impl Strategy<Value = Rich> {
    let texts = (text(), option::of(text()), text(), any::<char>());
    let numbers = (
        number(),
        any::<f32>(),
        any::<u128>(),
        any::<i128>(),
        any::<bool>(),
    );
    let tuples = (
        (any::<i16>(), text(), option::of(any::<bool>())),
        any::<[u8; 3]>(),
        number(),
        any::<Duration>(),
    );
    let lists = (
        kind(),
        vec(layer(), 0..24),
        vec(vec(number(), 0..3), 0..3),
        vec(text(), 0..4),
        option::of(layer()),
    );
    let maps = (
        btree_map(text(), kind(), 0..3),
        btree_map(any::<i32>(), any::<char>(), 0..3),
        btree_map(axis(), option::of(any::<u8>()), 0..3),
        btree_map((any::<u8>(), any::<bool>()), text(), 0..3),
    );
    (texts, numbers, tuples, lists, maps).prop_map(|(texts, numbers, tuples, lists, maps)| {
        let (text, maybe, path, letter) = texts;
        let (number, small, big, low, is_on) = numbers;
        let (pair, triple, length, wait) = tuples;
        let (kind, layers, grid, words, inner) = lists;
        let (lookup, by_number, by_axis, by_pair) = maps;
        Rich {
            text,
            maybe,
            path: path.into(),
            number,
            small,
            big,
            low,
            letter,
            is_on,
            pair,
            triple,
            length: Meters(length),
            marker: Marker,
            unit: (),
            wait,
            kind,
            layers,
            grid,
            words,
            lookup,
            by_number,
            by_axis,
            by_pair,
            inner: inner.map(Box::new),
        }
    })
}

struct Nothing;

impl Experiment for Nothing {
    type Config = Rich;
    type Output = ();

    fn run(_: &Rich, _: &Context) -> anyhow::Result<()> {
        anyhow::bail!("nothing is run here")
    }
}

/// The key and the JSON that a command line lists.
fn listed(config: &Rich, args: &[String]) -> Result<(Key, String), String> {
    let fixed = ["--list", "--format=json", "--output-dir=no such directory"];
    let args = fixed
        .into_iter()
        .map(OsString::from)
        .chain(args.iter().map(OsString::from));
    let Ok(Parsed::Request(request)) = cli::parse(args, Request::default()) else {
        return Err("the command line is refused".to_owned());
    };
    let config = config.clone();
    let configs = Typed::<Nothing>::maker(|| vec![config]);
    let planned =
        plan(configs, Outline::of::<Nothing>(), &request).map_err(|error| error.to_string())?;
    let runs = planned
        .listed(&request)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| error.to_string())?;
    let key = runs[0].key;
    let mut out = Vec::new();
    cli::list(&mut out, runs.into_iter(), request.format, Style::PLAIN)
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8(out).map_err(|error| error.to_string())?;
    let (_, config) = text.split_once("\"config\":").ok_or("there is no config")?;
    let config = config.trim_end().trim_end_matches(']').trim_end();
    let config = config
        .strip_suffix('}')
        .ok_or("the config is not the last")?;
    Ok((key, config.to_owned()))
}

/// The JSON of each field, as it stands in that of the config.
fn fields(json: &str) -> Vec<String> {
    let mut rest = json;
    let mut fields = Vec::new();
    let names: Vec<&str> = Rich::FIELDS.iter().map(Field::name).collect();
    for (index, name) in names.iter().enumerate() {
        let start = rest
            .find(&format!("\"{name}\":"))
            .expect("the field is there");
        rest = &rest[start + name.len() + 3..];
        // Only the whole of the rest tells where a field ends, as texts may have anything in them.
        let end = match names.get(index + 1) {
            None => rest.len() - 1,
            Some(next) => rest
                .match_indices(&format!(",\"{next}\":"))
                .map(|(at, _)| at)
                .find(|at| serde_json::from_str::<serde::de::IgnoredAny>(&rest[..*at]).is_ok())
                .expect("the next field is there"),
        };
        fields.push(format!("--set={name}={}", &rest[..end]));
        rest = &rest[end..];
    }
    fields
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_listed_config_can_be_given_back(from in rich(), to in rich()) {
        let (key, json) = listed(&to, &[]).map_err(TestCaseError::fail)?;
        let sets = fields(&json);
        let (again, printed) = listed(&from, &sets).map_err(TestCaseError::fail)?;
        prop_assert_eq!(again, key, "{:?}", sets);
        prop_assert_eq!(printed, json.clone());

        let text = format!("[{json}]");
        let file = ConfigFile { name: "a.json", text: &text };
        let read = file
            .configs(ConfigType::of::<Rich>())
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        let read: Vec<Rich> = read.into_iter().map(typed).collect();
        let (again, _) = listed(&read[0], &[]).map_err(TestCaseError::fail)?;
        prop_assert_eq!(again, key, "{}", text);
    }
}
