//! How do sorting algorithms compare with the standard library's, on which input? Not machine learning: the results are
//! times and counts.
//!
//! It shows enums with enums inside, measurements as results, and a report that compares groups with each other.
//!
//! ```text
//! cargo run --release --example sorting
//! ```
//!
//! The times belong to the machine, the compiler and the build profile that measured them. None of these is part of the
//! config, so a cached time stays what it was: measure again with `--rerun`, or into another `--output-dir`. Runs that go
//! on at the same time disturb each other, so leave `--jobs` at 1. The counts of comparisons are the same everywhere,
//! except that the standard library may change its algorithm.

use std::{cmp::Ordering, fmt, hint::black_box, time::Instant};

use anyhow::Context as _;
use runner::{Config, Context, Experiment, Runs};
use serde::{Deserialize, Serialize};

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
        /// How many different values there are.
        distinct: u32,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Sorting {
    algorithm: Algorithm,
    input: Input,
    /// Items to sort.
    length: u32,
    /// How often the time is measured; the median counts.
    repetitions: u32,
    /// Decides the items.
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

    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        let groups: Vec<_> = runs
            .group_by(|run| (run.config.length, run.config.input, run.config.algorithm))
            .into_iter()
            .collect();
        let mut previous = None;
        for group in &groups {
            let (length, input, algorithm) = *group.key();
            if previous.replace((length, input)) != Some((length, input)) {
                println!("\n{length} items, {input}");
                println!("                                ns/item  times std  comparisons/item");
            }
            let time = group.summary(|run| run.output.nanoseconds_per_item);
            let comparisons = group.summary(|run| run.output.comparisons_per_item);
            // A selection on the command line may leave the standard library out.
            let ratio = groups
                .iter()
                .find(|other| *other.key() == (length, input, Algorithm::Std))
                .map(|std| time.mean / std.summary(|run| run.output.nanoseconds_per_item).mean)
                .map_or("-".into(), |ratio| format!("{ratio:.1}"));
            println!(
                "{:<20}  {:>17}  {ratio:>9}  {:>16.1}",
                algorithm.to_string(),
                format!("{:.1} ± {:.1}", time.mean, time.spread),
                comparisons.mean,
            );
        }
        println!("\n(mean ± sample standard deviation over the seeds)");
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

/// What is sorted in one measurement: lists of the same length and kind.
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

fn sort(items: &mut [u32], algorithm: Algorithm, compare: &mut impl FnMut(&u32, &u32) -> Ordering) {
    match algorithm {
        Algorithm::Std => items.sort_unstable_by(compare),
        Algorithm::Heap => heap_sort(items, compare),
        Algorithm::Merge { cutoff } => merge_sort(items, cutoff.max(1) as usize, compare),
        Algorithm::Quick { pivot } => quick_sort(items, pivot, compare),
    }
}

fn heap_sort(items: &mut [u32], compare: &mut impl FnMut(&u32, &u32) -> Ordering) {
    for root in (0..items.len() / 2).rev() {
        sift_down(items, root, compare);
    }
    for end in (1..items.len()).rev() {
        items.swap(0, end);
        sift_down(&mut items[..end], 0, compare);
    }
}

fn sift_down(heap: &mut [u32], mut root: usize, compare: &mut impl FnMut(&u32, &u32) -> Ordering) {
    loop {
        let mut child = 2 * root + 1;
        if child >= heap.len() {
            return;
        }
        if child + 1 < heap.len() && compare(&heap[child], &heap[child + 1]).is_lt() {
            child += 1;
        }
        if compare(&heap[root], &heap[child]).is_ge() {
            return;
        }
        heap.swap(root, child);
        root = child;
    }
}

fn merge_sort(items: &mut [u32], cutoff: usize, compare: &mut impl FnMut(&u32, &u32) -> Ordering) {
    if items.len() <= cutoff {
        return insertion_sort(items, compare);
    }
    let middle = items.len() / 2;
    merge_sort(&mut items[..middle], cutoff, compare);
    merge_sort(&mut items[middle..], cutoff, compare);
    merge(items, middle, compare);
}

fn insertion_sort(items: &mut [u32], compare: &mut impl FnMut(&u32, &u32) -> Ordering) {
    for end in 1..items.len() {
        let mut place = end;
        while place > 0 && compare(&items[place - 1], &items[place]).is_gt() {
            items.swap(place - 1, place);
            place -= 1;
        }
    }
}

fn merge(items: &mut [u32], middle: usize, compare: &mut impl FnMut(&u32, &u32) -> Ordering) {
    let left = items[..middle].to_vec();
    let (mut from_left, mut from_right, mut place) = (0, middle, 0);
    while from_left < left.len() && from_right < items.len() {
        if compare(&left[from_left], &items[from_right]).is_le() {
            items[place] = left[from_left];
            from_left += 1;
        } else {
            items[place] = items[from_right];
            from_right += 1;
        }
        place += 1;
    }
    items[place..from_right].copy_from_slice(&left[from_left..]);
}

fn quick_sort(
    mut items: &mut [u32],
    pivot: Pivot,
    compare: &mut impl FnMut(&u32, &u32) -> Ordering,
) {
    while items.len() > 1 {
        let (smaller, larger) = partition(items, pivot, compare);
        // Only the shorter side is a call of its own, so that bad pivots cannot overflow the stack.
        if smaller.len() < larger.len() {
            quick_sort(smaller, pivot, compare);
            items = larger;
        } else {
            quick_sort(larger, pivot, compare);
            items = smaller;
        }
    }
}

/// Moves what is smaller than the pivot to the left and what is larger to the right, and gives these two parts.
fn partition<'a>(
    items: &'a mut [u32],
    pivot: Pivot,
    compare: &mut impl FnMut(&u32, &u32) -> Ordering,
) -> (&'a mut [u32], &'a mut [u32]) {
    let pivot = choose(items, pivot, compare);
    let (mut equal, mut larger) = (0, 0);
    for next in 0..items.len() {
        match compare(&items[next], &pivot) {
            Ordering::Less => {
                items.swap(next, larger);
                items.swap(larger, equal);
                equal += 1;
                larger += 1;
            }
            Ordering::Equal => {
                items.swap(next, larger);
                larger += 1;
            }
            Ordering::Greater => {}
        }
    }
    let (rest, right) = items.split_at_mut(larger);
    (&mut rest[..equal], right)
}

fn choose(items: &[u32], pivot: Pivot, compare: &mut impl FnMut(&u32, &u32) -> Ordering) -> u32 {
    match pivot {
        Pivot::First => items[0],
        Pivot::Median => {
            let mut three = [items[0], items[items.len() / 2], items[items.len() - 1]];
            insertion_sort(&mut three, compare);
            three[1]
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const ALGORITHMS: [Algorithm; 7] = [
        Algorithm::Std,
        Algorithm::Heap,
        Algorithm::Merge { cutoff: 0 },
        Algorithm::Merge { cutoff: 1 },
        Algorithm::Merge { cutoff: 16 },
        Algorithm::Quick {
            pivot: Pivot::First,
        },
        Algorithm::Quick {
            pivot: Pivot::Median,
        },
    ];

    #[test]
    fn every_algorithm_sorts_like_the_standard_library() {
        let mut random = Random(1);
        for length in 0..200 {
            for distinct in [1, 3, u32::MAX] {
                let items: Vec<u32> = (0..length).map(|_| random.next() % distinct).collect();
                let mut expected = items.clone();
                expected.sort_unstable();
                for algorithm in ALGORITHMS {
                    let mut sorted = items.clone();
                    sort(&mut sorted, algorithm, &mut u32::cmp);
                    assert_eq!(sorted, expected, "{algorithm}");
                }
            }
        }
    }

    #[test]
    fn the_first_item_is_a_bad_pivot_for_sorted_input() -> anyhow::Result<()> {
        let config = Sorting {
            algorithm: Algorithm::Quick {
                pivot: Pivot::First,
            },
            input: Input::Sorted,
            length: 1_000,
            repetitions: 1,
            seed: 0,
        };
        let lists = Lists::new(&config);
        let per_item = lists.count_comparisons(config.algorithm)? / lists.items_count();
        assert!((499.0..502.0).contains(&per_item), "{per_item}");
        Ok(())
    }

    #[test]
    fn counts_depend_on_the_config_alone() -> anyhow::Result<()> {
        for config in SortingCost::configs()
            .into_iter()
            .filter(|config| config.length == 1_000)
        {
            let count = || Lists::new(&config).count_comparisons(config.algorithm);
            assert!((count()? - count()?).abs() < 0.5);
        }
        Ok(())
    }

    #[test]
    fn the_median_is_the_middle_value() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![]), None);
    }
}
