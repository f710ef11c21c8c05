//! Configs and outputs with more than a screen or a scalar has room for.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use runner_derive::Config;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::check;
use crate::{
    api::{Context, Experiment, Runs},
    report::format::Format,
    value::Config,
};

/// An experiment on any types.
pub(super) struct Of<C, O>(std::marker::PhantomData<(C, O)>);

impl<C, O> Experiment for Of<C, O>
where
    C: Config + Clone + Send + Sync + 'static,
    O: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    type Config = C;
    type Output = O;

    fn name() -> &'static str {
        "wide"
    }

    fn run(_: &C, _: &Context) -> anyhow::Result<O> {
        anyhow::bail!("nothing is run here")
    }
}

pub(super) type Study<C, O> = Runs<Of<C, O>>;

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(crate = crate)]
struct Seeded {
    size: u32,
    #[config(replicate)]
    seed: u32,
}

fn seeded<O>(outputs: impl IntoIterator<Item = O>) -> Study<Seeded, O>
where
    O: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let configs = (0..).map(|seed| Seeded { size: 1, seed });
    Study::<Seeded, O>::detached(configs.zip(outputs))
}

#[derive(Clone, Serialize, Deserialize)]
struct Timed {
    took: Duration,
    at: SystemTime,
}

/// As other crates serialise a duration.
#[derive(Clone, Serialize, Deserialize)]
struct Span {
    seconds: i64,
    nanos: i32,
}

#[test]
fn a_duration_has_one_mean() {
    // Its seconds and its nanoseconds were averaged on their own.
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let timed = [1500, 3000, 4500].map(|millis| Timed {
        took: Duration::from_millis(millis),
        at: start + Duration::from_millis(millis),
    });
    check(
        &seeded(timed),
        Format::Table,
        "\
name  runs         took  at                            duration
────  ────  ───────────  ────────────────────────────  ────────
wide     3  3.0 ± 1.5 s  2023-11-14T22:13:23Z ± 1.5 s      0 ms
mean ± sample standard deviation over seed
same for all: size=1
",
    );
    let spans = [(0, 58_000), (0, 61_000)].map(|(seconds, nanos)| Span { seconds, nanos });
    check(
        &seeded(spans),
        Format::Table,
        "\
name  runs         output  duration
────  ────  ─────────────  ────────
wide     2  59.5 ± 2.1 µs      0 ms
mean ± sample standard deviation over seed
same for all: size=1
",
    );
}

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(crate = crate)]
struct Patient {
    wait: Duration,
    grid: Vec<Vec<u8>>,
}

#[test]
fn a_duration_is_one_column_and_one_label() {
    let runs = Study::<Patient, (u8, f64)>::detached([
        (
            Patient {
                wait: Duration::from_millis(1500),
                grid: vec![vec![1, 2], vec![3]],
            },
            (3, 0.25),
        ),
        (
            Patient {
                wait: Duration::from_secs(2),
                grid: vec![vec![]],
            },
            (4, 0.5),
        ),
    ]);
    let labels: Vec<&str> = runs.iter().map(crate::api::Run::label).collect();
    assert_eq!(
        labels,
        [
            "wide wait=1500ms grid=[[1, 2], [3]]",
            "wide wait=2s grid=[[]]"
        ]
    );
    check(
        &runs,
        Format::Table,
        "  wait  grid           output.0  output.1  duration
──────  ─────────────  ────────  ────────  ────────
1500ms  [[1, 2], [3]]         3      0.25      0 ms
    2s  [[]]                  4      0.50      0 ms
",
    );
    check(
        &runs,
        Format::Csv,
        r#"name,label,key,state,wait,grid,output.0,output.1,duration_s,failure
wide,"wide wait=1500ms grid=[[1, 2], [3]]",3f5d87f0d5a68f12383abf3385fc0e34,done,1.5,"[[1,2],[3]]",3,0.25,0.0,
wide,wide wait=2s grid=[[]],c72ebc9a4fbb45442712e991053610cb,done,2,[[]],4,0.5,0.0,
"#,
    );
}

#[test]
fn tuples_of_outputs_are_one_cell_and_several_columns() {
    #[derive(Serialize, Deserialize)]
    struct Estimated {
        interval: (f64, f64),
        curve: Vec<f64>,
    }
    let outputs = [(0.1, 0.25), (0.3, 0.75)].map(|interval| Estimated {
        interval,
        curve: vec![1.0],
    });
    let runs = seeded(outputs);
    check(
        &runs,
        Format::Table,
        "\
name  runs                    interval  duration
────  ────  ──────────────────────────  ────────
wide     2  (0.20 ± 0.14, 0.50 ± 0.35)      0 ms
mean ± sample standard deviation over seed
same for all: size=1
only in --format json: curve
",
    );
    let mut written = Vec::new();
    let left_out = crate::report::write(
        &crate::report::Rows::of(&runs),
        Format::Csv,
        &mut written,
        crate::report::Screen::PLAIN,
    );
    let headings = String::from_utf8_lossy(&written);
    assert!(
        headings.contains(",seed,interval.0,interval.1,duration_s,"),
        "{headings}"
    );
    assert_eq!(
        left_out.ok().flatten().as_deref(),
        Some("CSV has no columns for lists of the output (curve); --format json has them")
    );
}

#[test]
fn json_has_everything_as_it_is() {
    let outputs = [
        (vec![1.5, 2.0], Some(BTreeMap::from([("a", 1)]))),
        (vec![], None),
    ];
    let owned = outputs.map(|(list, map)| {
        let map = map.map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)));
        (list, map.map(Iterator::collect::<BTreeMap<String, u8>>))
    });
    let mut written = Vec::new();
    seeded(owned)
        .write(Format::Json, &mut written)
        .expect("a vector takes everything");
    let written: serde_json::Value = serde_json::from_slice(&written).expect("it is JSON");
    assert_eq!(
        written[0]["config"],
        serde_json::json!({"size": 1, "seed": 0})
    );
    assert_eq!(
        written[0]["output"],
        serde_json::json!([[1.5, 2.0], {"a": 1}])
    );
    assert_eq!(written[1]["output"], serde_json::json!([[], null]));
}

#[test]
fn small_means_beside_large_ones_keep_their_digits() {
    // 1e-9 was shown as 0.00000 ± 0.00000 beside 150.
    let cases = [
        (1, 150.0),
        (1, 151.0),
        (2, 1e-9),
        (2, 1.2e-9),
        (3, 2e-9),
        (3, 2e-9),
    ];
    let configs = cases.iter().enumerate().map(|(seed, (size, output))| {
        let seed = u32::try_from(seed).expect("it is small");
        (Seeded { size: *size, seed }, *output)
    });
    check(
        &Study::<Seeded, f64>::detached(configs),
        Format::Table,
        "\
size  runs             output  duration
────  ────  ─────────────────  ────────
   1     2   150.50 ±    0.71      0 ms
   2     2  1.10e-9 ± 1.4e-10      0 ms
   3     2     2e-9 ±       0      0 ms
mean ± sample standard deviation over seed
",
    );
}

#[test]
fn groups_count_what_they_lack() {
    // A mean of survivors looked like one of all, and a group in which everything failed had no row.
    let cases = [(1, 0), (1, 1), (1, 2), (2, 3), (2, 4), (3, 5), (3, 6)];
    let cases = cases.map(|(size, seed)| (Seeded { size, seed }, f64::from(seed)));
    let mut runs = Study::<Seeded, f64>::detached(cases);
    for index in [4, 3, 1] {
        let crate::api::Run { config, facts, .. } = runs.runs.remove(index);
        let error = "out of memory".to_owned();
        runs.failed.push(crate::api::Failed {
            config,
            error,
            facts,
        });
    }
    check(
        &runs,
        Format::Table,
        "\
size    runs     output  duration
────  ──────  ─────────  ────────
   1  2 of 3  1.0 ± 1.4      0 ms
   2  0 of 2          -         -
   3  2 of 2  5.5 ± 0.7      0 ms
mean ± sample standard deviation over seed
",
    );
}

#[test]
fn a_mean_counts_the_values_it_is_of() {
    check(
        &seeded([Some(1.0), None, Some(2.0)]),
        Format::Table,
        "\
name  runs                output  duration
────  ────  ────────────────────  ────────
wide     3  1.50 ± 0.71 (2 of 3)      0 ms
mean ± sample standard deviation over seed
same for all: size=1
",
    );
}

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(crate = crate)]
enum Model {
    Knn { k: u32, metric: String },
    Tree(Depth),
    Constant,
}

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(crate = crate)]
struct Depth {
    depth: u32,
}

#[derive(Clone, Serialize, Deserialize, Config)]
#[config(crate = crate)]
struct Fit {
    data: String,
    model: Model,
    limit: Option<u32>,
}

fn fits() -> Study<Fit, [f64; 1]> {
    let models = [
        Model::Knn {
            k: 3,
            metric: "euclid".to_owned(),
        },
        Model::Knn {
            k: 5,
            metric: "euclid".to_owned(),
        },
        Model::Tree(Depth { depth: 4 }),
        Model::Constant,
    ];
    let mut score = 0.0;
    let pairs = models.into_iter().flat_map(|model| {
        [None, Some(100)].map(|limit| Fit {
            data: "iris".to_owned(),
            model: model.clone(),
            limit,
        })
    });
    Study::<Fit, [f64; 1]>::detached(pairs.map(|fit| {
        score += 0.125;
        (fit, [score])
    }))
}

#[test]
fn an_enum_with_its_fields_is_one_cell() {
    check(
        &fits(),
        Format::Table,
        "\
model                  limit  output.0  duration
─────────────────────  ─────  ────────  ────────
Knn k=3 metric=euclid   none     0.125      0 ms
Knn k=3 metric=euclid    100     0.250      0 ms
Knn k=5 metric=euclid   none     0.375      0 ms
Knn k=5 metric=euclid    100     0.500      0 ms
Tree depth=4            none     0.625      0 ms
Tree depth=4             100     0.750      0 ms
Constant                none     0.875      0 ms
Constant                 100     1.000      0 ms
same for all: data=iris
",
    );
}

/// Ten outputs, half of them the same for all, and the fields that tell the rows apart.
#[test]
fn what_tells_rows_apart_is_hidden_last() {
    #[derive(Clone, Serialize, Deserialize, Config)]
    #[config(crate = crate)]
    struct Wide {
        same_as_width: u32,
        width: u32,
        depth: u32,
        is_broad: bool,
    }
    let pairs = [(1, 2), (1, 3), (2, 2), (2, 3)].map(|(width, depth)| {
        let config = Wide {
            same_as_width: width,
            width,
            depth,
            is_broad: width > 1,
        };
        let outputs: BTreeMap<String, f64> = (0..10)
            .map(|index| {
                let output = f64::from(width + depth);
                (
                    format!("long_output_{index}"),
                    if index % 2 == 0 { 0.5 } else { output },
                )
            })
            .collect();
        (config, outputs)
    });
    let runs = Study::<Wide, BTreeMap<String, f64>>::detached(pairs);
    let text = format!("{runs:40}");
    let heading: Vec<&str> = text
        .lines()
        .take_while(|line| !line.starts_with('─'))
        .collect();
    let heading = heading.join(" ");
    assert!(
        heading.contains("width") && heading.contains("depth"),
        "{text}"
    );
    assert!(
        heading.contains("output_1") || heading.contains(" 1"),
        "{text}"
    );
    assert!(!heading.contains("is_broad"), "{text}");
}

#[test]
fn maps_may_have_many_entries() {
    // Each entry was looked for among all columns, so that the time grew with the square of their number.
    let maps = (0..2_u32).map(|start| {
        let keys = (0..30_000).map(move |key| 2 * key + start);
        keys.map(|key| (key, 0.5)).collect::<BTreeMap<u32, f64>>()
    });
    let runs = seeded(maps);
    for format in Format::ALL {
        let mut written = Vec::new();
        runs.write(format, &mut written)
            .expect("a vector takes everything");
    }
    let text = format!("{runs:80}");
    assert!(
        text.contains("more columns; --format csv has all: "),
        "{text}"
    );
}
