//! How do sorting algorithms compare with the standard library's, on which input? Not machine learning: the results are
//! times and counts.
//!
//! It shows enums with enums inside, measurements as results, and a report that compares algorithms on the same lists.
//!
//! ```text
//! cargo run --release --example sorting
//! ```
//!
//! The times belong to the machine, the compiler and the build profile that measured them. None of these is part of the
//! config, so a cached time stays what it was: measure again with `--rerun`, or into another `--output-dir`. Runs that go
//! on at the same time disturb each other, so leave `--jobs` at 1. The counts of comparisons are the same everywhere,
//! except that the standard library may change its algorithm.

mod algorithms;
#[cfg(test)]
mod tests;

use std::{fmt, hint::black_box, time::Instant};

use anyhow::Context as _;
use runner::{Config, Context, Experiment, Metrics, Runs, percent};
use serde::{Deserialize, Serialize};

use crate::algorithms::sort;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Config)]
#[serde(rename_all = "lowercase")]
enum Algorithm {
    /// The standard library's `sort_unstable_by`.
    Std,
    Heap,
    Merge {
        /// Parts up to this length are sorted by insertion.
        cutoff: u32,
    },
    /// Quicksort with three-way partition.
    Quick {
        pivot: Pivot,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Config)]
#[serde(rename_all = "lowercase")]
enum Pivot {
    First,
    /// The median of the first, the middle and the last item.
    Median,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Config)]
#[serde(rename_all = "lowercase")]
enum Input {
    Random,
    Sorted,
    Few {
        /// Number of different values.
        distinct: u32,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Sorting {
    algorithm: Algorithm,
    input: Input,
    /// Items to sort.
    length: u32,
    /// Number of measurements of the time; the median counts.
    repetitions: u32,
    /// Seed of the items.
    #[config(replicate)]
    seed: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Cost {
    /// Median over the repetitions, in nanoseconds for each item.
    nanoseconds_per_item: f64,
    comparisons_per_item: f64,
}

struct SortingCost;

impl Experiment for SortingCost {
    type Config = Sorting;
    type Output = Cost;

    fn configs() -> Vec<Sorting> {
        let base = Sorting {
            algorithm: Algorithm::Std,
            input: Input::Random,
            length: 1_000,
            repetitions: 11,
            seed: 0,
        };
        base.sweep()
            .length([1_000, 10_000])
            .input([Input::Random, Input::Sorted, Input::Few { distinct: 8 }])
            .algorithm([
                Algorithm::Std,
                Algorithm::Heap,
                Algorithm::Merge { cutoff: 1 },
                Algorithm::Merge { cutoff: 16 },
                Algorithm::Quick {
                    pivot: Pivot::First,
                },
                Algorithm::Quick {
                    pivot: Pivot::Median,
                },
            ])
            .seed(0..3)
            .build()
    }

    fn run(config: &Sorting, context: &Context) -> anyhow::Result<Cost> {
        anyhow::ensure!(config.length > 0, "`length` must not be 0");
        anyhow::ensure!(
            config.input != Input::Few { distinct: 0 },
            "`distinct` must not be 0"
        );
        let lists = Lists::new(config);
        // Counting comes first and warms up caches and branch predictors for the measurements.
        let comparisons = lists.count_comparisons(config.algorithm)?;
        let mut nanoseconds = Vec::new();
        for repetition in 0..config.repetitions {
            anyhow::ensure!(!context.is_cancelled(), "cancelled");
            nanoseconds.push(lists.measure_nanoseconds(config.algorithm));
            context.progress(u64::from(repetition) + 1, u64::from(config.repetitions));
        }
        let items = lists.items_count();
        Ok(Cost {
            nanoseconds_per_item: median(nanoseconds).context("`repetitions` must not be 0")?
                / items,
            comparisons_per_item: comparisons / items,
        })
    }

    fn metrics(metrics: &mut Metrics<Self>) {
        metrics
            .minimize("time", |run| run.output.nanoseconds_per_item)
            .unit("ns/item")
            .log()
            .margin(percent(5.0));
        metrics.exact("comparisons", |run| run.output.comparisons_per_item);
    }

    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        let mut previous = None;
        for cell in runs.cells(|config| (config.length, config.input, config.algorithm)) {
            let (length, input, algorithm) = *cell.key();
            if previous.replace((length, input)) != Some((length, input)) {
                println!("\n{length} items, {input}");
                println!("                      comparisons/item  ns/item (geometric mean)");
            }
            let time = cell.estimate_logs(|run| run.output.nanoseconds_per_item);
            let comparisons = cell.estimate(|run| run.output.comparisons_per_item);
            println!(
                "{:<20}  {:>16.1}  {time:.1}",
                algorithm.to_string(),
                comparisons.mean,
            );
        }
        println!("\nagainst the standard library, over all lists");
        let comparison = runs.compare(|config| config.algorithm, Algorithm::Std);
        for row in comparison.overall() {
            let Some(interval) = row.interval() else {
                continue;
            };
            println!(
                "{:<36}  {:.2} [{:.2}, {:.2}] times the time: {}",
                row.label(),
                row.change(),
                interval.low,
                interval.high,
                row.verdict(),
            );
        }
        Ok(())
    }
}

fn main() -> std::process::ExitCode {
    runner::main::<SortingCost>()
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Std => write!(f, "std"),
            Self::Heap => write!(f, "heap"),
            Self::Merge { cutoff } => write!(f, "merge, cutoff {cutoff}"),
            Self::Quick { pivot } => write!(f, "quick, {pivot}"),
        }
    }
}

impl fmt::Display for Pivot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "first item",
            Self::Median => "median of 3",
        })
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Random => write!(f, "random"),
            Self::Sorted => write!(f, "sorted"),
            Self::Few { distinct } => write!(f, "{distinct} distinct values"),
        }
    }
}

/// The lists sorted in one measurement, of the same length and kind.
///
/// One short list is sorted too quickly for the clock, and the same list again and again would be learned by the branch
/// predictor, so there are several different ones.
struct Lists {
    items: Vec<u32>,
    length: usize,
}

impl Lists {
    /// Short lists make up about this many items together.
    const ITEMS: u32 = 20_000;

    fn new(config: &Sorting) -> Self {
        let mut random = Random(config.seed);
        let count = (Self::ITEMS / config.length).max(1);
        let items = (0..count)
            .flat_map(|_| 0..config.length)
            .map(|index| match config.input {
                Input::Random => random.next(),
                Input::Sorted => index,
                Input::Few { distinct } => random.next() % distinct,
            })
            .collect();
        Self {
            items,
            length: config.length as usize,
        }
    }

    fn items_count(&self) -> f64 {
        self.items.iter().map(|_| 1.0).sum()
    }

    fn count_comparisons(&self, algorithm: Algorithm) -> anyhow::Result<f64> {
        let mut comparisons = 0.0;
        for list in self.items.clone().chunks_exact_mut(self.length) {
            sort(list, algorithm, &mut |left, right| {
                comparisons += 1.0;
                left.cmp(right)
            });
            anyhow::ensure!(list.is_sorted(), "{algorithm} does not sort");
        }
        Ok(comparisons)
    }

    fn measure_nanoseconds(&self, algorithm: Algorithm) -> f64 {
        // The copy is made, and its memory touched, before the clock starts.
        let mut items = black_box(self.items.clone());
        let start = Instant::now();
        for list in items.chunks_exact_mut(self.length) {
            sort(list, algorithm, &mut u32::cmp);
        }
        let nanoseconds = start.elapsed().as_secs_f64() * 1e9;
        black_box(items);
        nanoseconds
    }
}

/// The middle value, or the higher of the two middle values.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The `SplitMix64` generator: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 32) as u32
    }
}
