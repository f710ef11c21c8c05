//! Numbers of crates that people use in configs and outputs: decimals, complex and big numbers, matrices, times in parts.

use nalgebra::{DMatrix, Vector3};
use num_bigint::BigInt;
use num_complex::Complex64;
use runner::{Config, Context, Experiment, Format, Runner, Runs};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

/// A time as C has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Timeval {
    tv_sec: u64,
    tv_usec: u32,
}

/// A time as a program for people has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Lap {
    seconds: u32,
    millis: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Numbers {
    price: Decimal,
    impedance: Complex64,
    order: BigInt,
    weights: DMatrix<f64>,
    axis: Vector3<f64>,
    took: Timeval,
    lap: Lap,
}

fn numbers(seed: u32) -> Numbers {
    let real = f64::from(seed);
    Numbers {
        price: Decimal::new(i64::from(seed) * 1010, 2),
        impedance: Complex64::new(real, -1.0),
        order: BigInt::from(10).pow(30) + seed,
        weights: DMatrix::from_row_slice(2, 3, &[real, 1.0, 2.0, 3.0, 4.0, 5.0]),
        axis: Vector3::new(real, 0.0, 1.0),
        took: Timeval {
            tv_sec: u64::from(seed),
            tv_usec: 500_000,
        },
        lap: Lap {
            seconds: seed,
            millis: 250,
        },
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Setting {
    numbers: Numbers,
    prices: Vec<Decimal>,
    corner: Option<Complex64>,
    #[config(replicate)]
    seed: u32,
}

struct Copies;

impl Experiment for Copies {
    type Config = Setting;
    type Output = Numbers;

    fn configs() -> Vec<Setting> {
        [1, 3]
            .map(|seed| Setting {
                numbers: numbers(7),
                prices: vec![Decimal::new(15, 1)],
                corner: Some(Complex64::new(0.5, 0.25)),
                seed,
            })
            .into()
    }

    fn run(config: &Setting, _: &Context) -> anyhow::Result<Numbers> {
        assert_eq!(config.numbers, numbers(7));
        Ok(numbers(config.seed))
    }
}

fn run(directory: &TempDir) -> Runs<Copies> {
    let runner = Runner::<Copies>::new()
        .output_dir(directory.path())
        .durable(false);
    runner.run().expect("the store can be used")
}

fn shown(runs: &Runs<Copies>, format: Format) -> String {
    let mut shown = Vec::new();
    runs.write(format, &mut shown).expect("it is written");
    String::from_utf8(shown).expect("it is text")
}

#[test]
fn numbers_of_other_crates_come_back_as_they_were() {
    let directory = TempDir::new().expect("a directory can be made");
    for is_cached in [false, true] {
        let runs = run(&directory);
        assert!(runs.failed().is_empty(), "{:?}", runs.failed());
        assert_eq!(runs.len(), 2);
        for run in &runs {
            assert_eq!(run.is_cached(), is_cached);
            assert_eq!(run.output, numbers(run.config.seed));
        }
        // One quantity is one column with one mean.
        let table = shown(&runs, Format::Table);
        for cell in [
            "(2.0 ± 1.4, -1)",
            "(2.0 ± 1.4, 0, 1)",
            "2.5 ± 1.4 s",
            "2.2 ± 1.4 s",
            "numbers.impedance=[7, -1]",
            "numbers.took=7500ms",
            "numbers.lap=7250ms",
        ] {
            assert!(table.contains(cell), "{cell} is not in\n{table}");
        }
        for part in ["secs", "tv_", "millis", "impedance."] {
            assert!(!table.contains(part), "{part} is in\n{table}");
        }
    }
}

#[test]
fn exports_have_times_in_parts_as_seconds() {
    let directory = TempDir::new().expect("a directory can be made");
    let runs = run(&directory);
    let csv = shown(&runs, Format::Csv);
    let mut lines = csv.lines();
    let header = lines.next().expect("there is a header");
    let columns = "seed,price,impedance.0,impedance.1,axis.0,axis.1,axis.2,took,lap,duration_s";
    assert!(header.contains(columns), "{csv}");
    for cells in [
        ",1,10.10,1.0,-1.0,1.0,0.0,1.0,1.5,1.25,",
        ",3,30.30,3.0,-1.0,3.0,0.0,1.0,3.5,3.25,",
    ] {
        assert!(
            lines.next().is_some_and(|line| line.contains(cells)),
            "{csv}"
        );
    }
    let json = shown(&runs, Format::Json);
    let runs: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let output: Numbers =
        serde_json::from_value(runs[1]["output"].clone()).expect("it is the output");
    assert_eq!(output, numbers(3), "JSON has all of it");
}
