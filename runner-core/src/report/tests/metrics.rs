use runner_derive::Config;
use serde::{Deserialize, Serialize};

use super::check;
use crate::{
    api::{Context, Experiment, Failed, Metrics, Missing, Run, Runs},
    base::{
        Verdict::{self, NotCompared},
        Why, percent,
    },
    report::{ComparisonRow, Format},
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
#[config(crate = crate)]
pub(super) struct Sort {
    pub(super) algorithm: Algorithm,
    pub(super) length: u32,
    #[config(replicate)]
    pub(super) seed: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Config)]
#[config(crate = crate)]
pub(super) enum Algorithm {
    Heap,
    Quick,
    Merge,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Sorted {
    pub(super) quality: f64,
    pub(super) seconds: f64,
    pub(super) nodes: u64,
}

pub(super) struct Sorting;

impl Experiment for Sorting {
    type Config = Sort;
    type Output = Sorted;

    fn run(_: &Sort, _: &Context) -> anyhow::Result<Sorted> {
        anyhow::bail!("nothing is run here")
    }

    fn metrics(metrics: &mut Metrics<Self>) {
        metrics
            .maximize("quality", |run| run.output.quality)
            .margin(0.05);
        metrics
            .minimize("time", |run| run.output.seconds)
            .unit("s")
            .log()
            .margin(percent(5.0));
        metrics.exact("nodes", |run| run.output.nodes);
        metrics.show("nodes for each item", |run| {
            assert!(run.config.length != 7, "seven\nitems");
            run.output.seconds / f64::from(run.config.length)
        });
    }
}

/// The noise of three seeds and more.
const NOISE: [f64; 5] = [0.01, -0.02, 0.015, 0.0, -0.007];

pub(super) fn sort(algorithm: Algorithm, length: u32, seed: u32) -> (Sort, Sorted) {
    let noise = NOISE[seed as usize];
    // What is only in the noise of one algorithm.
    let own = noise * noise * 10.0 + f64::from(seed) / 1000.0;
    let (quality, time) = match algorithm {
        Algorithm::Heap => (0.5 + noise, 2.0 + own),
        Algorithm::Quick => (0.9 + own, 1.0 + noise),
        Algorithm::Merge => (0.9 + noise, 1.0 + noise + own),
    };
    let output = Sorted {
        quality,
        seconds: time * f64::from(length),
        nodes: u64::from(length) * 3,
    };
    let config = Sort {
        algorithm,
        length,
        seed,
    };
    (config, output)
}

/// Three algorithms, two lengths, five seeds.
pub(super) fn study() -> Runs<Sorting> {
    let mut runs = Vec::new();
    for algorithm in [Algorithm::Heap, Algorithm::Quick, Algorithm::Merge] {
        for length in [10, 100] {
            runs.extend((0..5).map(|seed| sort(algorithm, length, seed)));
        }
    }
    Runs::detached(runs)
}

pub(super) fn of(runs: impl IntoIterator<Item = (Sort, Sorted)>) -> Runs<Sorting> {
    Runs::detached(runs)
}

pub(super) fn fail(runs: &mut Runs<Sorting>, index: usize) {
    let Run { config, facts, .. } = runs.runs.remove(index);
    let error = "no memory".to_owned();
    runs.failed.push(Failed {
        config,
        error,
        facts,
    });
}

pub(super) fn lose(runs: &mut Runs<Sorting>, index: usize) {
    let Run { config, facts, .. } = runs.runs.remove(index);
    let reason = "it never ran".to_owned();
    runs.missing.push(Missing {
        config,
        reason,
        facts,
    });
}

#[test]
fn a_table_has_the_metrics_and_marks_the_best() {
    check(&study(), Format::Table, "\
algorithm  length  runs          quality          time (s)  nodes  nodes for each item  duration
─────────  ──────  ────  ───────────────  ────────────────  ─────  ───────────────────  ────────
Heap           10     5  0.500 ± 0.014     20.04 ×÷ 1.00       30        2.004 ± 0.002      0 ms
Heap          100     5  0.500 ± 0.014    200.35 ×÷ 1.00      300        2.004 ± 0.002      0 ms
Quick          10     5  0.904 ± 0.002 *   10.00 ×÷ 1.01 *     30        1.000 ± 0.014      0 ms
Quick         100     5  0.904 ± 0.002 ≈   99.95 ×÷ 1.01      300        1.000 ± 0.014      0 ms
Merge          10     5  0.900 ± 0.014 ≈   10.03 ×÷ 1.01       30        1.003 ± 0.013      0 ms
Merge         100     5  0.900 ± 0.014 ≈  100.31 ×÷ 1.01      300        1.003 ± 0.013      0 ms
mean ± sample standard deviation over seed
geometric mean ×÷ geometric standard deviation: time
* best, ≈ not told from the best: t tests, in pairs of seed where both have it, 5 % for all rows of a column (Holm)
");
    check(&study(), Format::Markdown, "\
| algorithm | length | runs |                 quality |                  time (s) | nodes |  nodes for each item | duration |
| --------- | -----: | ---: | ----------------------: | ------------------------: | ----: | -------------------: | -------: |
| Heap      |     10 |    5 |  0.500 [0.482, 0.517]   |  20.04   [20.02, 20.06]   |    30 | 2.004 [2.002, 2.006] |     0 ms |
| Heap      |    100 |    5 |  0.500 [0.482, 0.517]   | 200.35 [200.16, 200.55]   |   300 | 2.004 [2.002, 2.006] |     0 ms |
| Quick     |     10 |    5 | 0.904 [0.902, 0.906] \\* | 10.00    [9.82, 10.17] \\* |    30 | 1.000 [0.982, 1.017] |     0 ms |
| Quick     |    100 |    5 |  0.904 [0.902, 0.906] ≈ |  99.95  [98.24, 101.70]   |   300 | 1.000 [0.982, 1.017] |     0 ms |
| Merge     |     10 |    5 |  0.900 [0.882, 0.917] ≈ |  10.03    [9.87, 10.19]   |    30 | 1.003 [0.987, 1.019] |     0 ms |
| Merge     |    100 |    5 |  0.900 [0.882, 0.917] ≈ | 100.31  [98.70, 101.94]   |   300 | 1.003 [0.987, 1.019] |     0 ms |

mean [95 % interval by Student's t] over seed

geometric mean, its interval from the logarithms: time

* best, ≈ not told from the best: t tests, in pairs of seed where both have it, 5 % for all rows of a column (Holm)
");
}

#[test]
fn what_lacks_results_is_told_and_never_the_best() {
    let mut runs = study();
    // All of the first cell, and one of the best.
    for _ in 0..5 {
        fail(&mut runs, 0);
    }
    lose(&mut runs, 6);
    check(&runs, Format::Table, "\
algorithm  length    runs          quality          time (s)  nodes  nodes for each item  duration
─────────  ──────  ──────  ───────────────  ────────────────  ─────  ───────────────────  ────────
Heap           10  0 of 5              -                 -        -                    -         -
Heap          100  5 of 5  0.500 ± 0.014    200.35 ×÷ 1.00      300        2.004 ± 0.002      0 ms
Quick          10  4 of 5  0.903 ± 0.002     10.04 ×÷ 1.01       30        1.004 ± 0.010      0 ms
Quick         100  5 of 5  0.904 ± 0.002 *   99.95 ×÷ 1.01      300        1.000 ± 0.014      0 ms
Merge          10  5 of 5  0.900 ± 0.014 ≈   10.03 ×÷ 1.01 *     30        1.003 ± 0.013      0 ms
Merge         100  5 of 5  0.900 ± 0.014 ≈  100.31 ×÷ 1.01      300        1.003 ± 0.013      0 ms
mean ± sample standard deviation over seed
geometric mean ×÷ geometric standard deviation: time
* best, ≈ not told from the best: t tests, in pairs of seed where both have it, 5 % for all rows of a column (Holm)
");
    let best = runs.best().expect("there are metrics");
    assert_eq!(best.metric, "quality");
    let key = best.cell.key();
    assert_eq!((key.algorithm, key.length), (Algorithm::Quick, 100));
    assert_eq!(best.ties.len(), 2);
    assert!(
        best.ties
            .iter()
            .all(|cell| cell.key().algorithm == Algorithm::Merge && cell.count().is_complete())
    );
}

#[test]
fn single_runs_have_values_without_marks() {
    let runs = of([sort(Algorithm::Heap, 10, 0), sort(Algorithm::Quick, 10, 0)]);
    check(
        &runs,
        Format::Table,
        "\
algorithm  quality  time (s)  nodes  nodes for each item  duration
─────────  ───────  ────────  ─────  ───────────────────  ────────
Heap         0.510     20.01     30                2.001      0 ms
Quick        0.901     10.10     30                1.010      0 ms
same for all: length=10, seed=0
",
    );
    // One run says nothing about the spread.
    let best = runs.best().expect("there are metrics");
    assert_eq!(
        (best.cell.key().algorithm, best.ties.len()),
        (Algorithm::Quick, 1)
    );
    let comparison = runs.compare(|config| config.algorithm, Algorithm::Heap);
    let verdicts: Vec<Verdict> = comparison.iter().map(ComparisonRow::verdict).collect();
    let unclear = Verdict::Unclear(Why::OneRunEach);
    assert_eq!(
        verdicts,
        [unclear, unclear, Verdict::Same, NotCompared(Why::NotJudged)]
    );
}

#[test]
fn what_is_no_number_is_said_with_its_run() {
    let mut runs = study();
    runs.runs[1].output.quality = f64::NAN;
    runs.runs[6].output.seconds = 0.0;
    runs.runs[7].output.quality = f64::INFINITY;
    runs.runs[12].output.nodes += 1;
    check(&runs, Format::Table, "\
algorithm  length  runs            quality          time (s)          nodes  nodes for each item  duration
─────────  ──────  ────  ─────────────────  ────────────────  ─────────────  ───────────────────  ────────
Heap           10     5     NaN              20.04 ×÷ 1.00     30.00 ± 0.00        2.004 ± 0.002      0 ms
Heap          100     5     inf                NaN            300.00 ± 0.00        1.603 ± 0.896      0 ms
Quick          10     5  0.9035 ± 0.0016 *   10.00 ×÷ 1.01 *   30.20 ± 0.45        1.000 ± 0.014      0 ms
Quick         100     5  0.9035 ± 0.0016 ≈   99.95 ×÷ 1.01    300.00 ± 0.00        1.000 ± 0.014      0 ms
Merge          10     5  0.8996 ± 0.0139 ≈   10.03 ×÷ 1.01     30.00 ± 0.00        1.003 ± 0.013      0 ms
Merge         100     5  0.8996 ± 0.0139 ≈  100.31 ×÷ 1.01    300.00 ± 0.00        1.003 ± 0.013      0 ms
mean ± sample standard deviation over seed
geometric mean ×÷ geometric standard deviation: time
* best, ≈ not told from the best: t tests, in pairs of seed where both have it, 5 % for all rows of a column (Holm)
quality is NaN in Sorting algorithm=Heap length=10 seed=1
quality is inf in Sorting algorithm=Heap length=100 seed=2
time is not above 0, as a logarithmic scale needs, in Sorting algorithm=Heap length=100 seed=1
");
    let comparison = runs.compare(|config| config.algorithm, Algorithm::Quick);
    let heap = comparison.iter().find(|row| row.metric() == "quality");
    let heap = heap.expect("heap is the first of the others");
    assert_eq!(heap.verdict(), Verdict::Unclear(Why::NotFinite(1)));
    assert!(heap.before().is_some_and(|before| before.mean.is_finite()));
    assert!(
        heap.after()
            .is_some_and(|after| after.mean.is_nan() && after.interval.is_none())
    );
}

#[test]
fn a_metric_that_panics_has_no_value() {
    let lengths = (0..3).flat_map(|seed| [7, 8].map(|length| sort(Algorithm::Heap, length, seed)));
    check(&of(lengths), Format::Table, "\
length  runs          quality          time (s)  nodes  nodes for each item  duration
──────  ────  ───────────────  ────────────────  ─────  ───────────────────  ────────
     7     3  0.502 ± 0.019 *  14.024 ×÷ 1.00 *     21                    -      0 ms
     8     3  0.502 ± 0.019 ≈  16.027 ×÷ 1.00       24      2.0034 ± 0.0021      0 ms
mean ± sample standard deviation over seed
geometric mean ×÷ geometric standard deviation: time
* best, ≈ not told from the best: t tests, in pairs of seed where both have it, 5 % for all rows of a column (Holm)
nodes for each item panicked (seven) in 3 runs, such as Sorting length=7 seed=0
same for all: algorithm=Heap
");
}

/// Fails unless the error of these metrics is `expected`.
fn check_mistake(metrics: impl FnOnce(&mut Metrics<Sorting>), expected: &str) {
    let error = Metrics::collect(metrics)
        .check()
        .expect_err("it is a mistake");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn mistakes_in_metrics_are_told() {
    check_mistake(
        |metrics| {
            metrics.maximize("quality", |run| run.output.quality);
            metrics.show("quality", |run| run.output.seconds);
        },
        "rename one of the metrics `quality`: two have that name",
    );
    check_mistake(
        |metrics| {
            metrics.exact(" ", |run| run.output.nodes);
        },
        "give metric 1 a name: it is empty",
    );
    check_mistake(
        |metrics| {
            metrics.show("a\tb", |run| run.output.nodes);
        },
        "leave control characters out of the metric `a\\tb`",
    );
    check_mistake(
        |metrics| {
            metrics.exact("nodes", |run| run.output.nodes).margin(1.0);
        },
        "metric `nodes`: an exact metric takes no margin, as every difference counts; use `maximize` or `minimize`",
    );
    check_mistake(
        |metrics| {
            metrics
                .show("nodes", |run| run.output.nodes)
                .margin(percent(1.0));
        },
        "metric `nodes`: a metric that is only shown takes no margin; use `maximize` or `minimize`",
    );
    check_mistake(
        |metrics| {
            metrics
                .minimize("time", |run| run.output.seconds)
                .log()
                .margin(0.1);
        },
        "metric `time`: on a logarithmic scale, a margin is a factor; write `.margin(percent(…))`",
    );
    for margin in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        check_mistake(
            |metrics| {
                metrics
                    .minimize("time", |run| run.output.seconds)
                    .margin(margin);
            },
            "metric `time`: a margin is a number above 0",
        );
    }
    check_mistake(
        |metrics| {
            metrics
                .minimize("time", |run| run.output.seconds)
                .margin(percent(100.0));
        },
        "metric `time`: a margin in percent is above 0 and below 100",
    );
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[config(crate = crate)]
struct Play {
    agent: u32,
    game: u32,
    #[config(replicate)]
    pub(super) seed: u32,
}

struct Playing;

impl Experiment for Playing {
    type Config = Play;
    type Output = f64;

    fn run(_: &Play, _: &Context) -> anyhow::Result<f64> {
        anyhow::bail!("nothing is run here")
    }

    fn metrics(metrics: &mut Metrics<Self>) {
        metrics
            .maximize("score", |run| run.output)
            .tasks(|run| run.config.game);
    }
}

fn played(games: u32) -> Runs<Playing> {
    let mut runs = Vec::new();
    for agent in [1, 2] {
        for game in 0..games {
            runs.extend((0..2).map(|seed| {
                let config = Play { agent, game, seed };
                let noise = f64::from((agent * 7 + game * 13 + seed * 5) % 11) / 10.0;
                (config, f64::from(agent * 10 + game % 3) + noise)
            }));
        }
    }
    Runs::detached(runs)
}

#[test]
fn a_suite_has_its_interquartile_mean() {
    let few = played(9).to_string();
    assert!(!few.contains("interquartile"), "{few}");
    let many = played(12).to_string();
    let note = many.lines().find(|line| line.contains("interquartile"));
    assert_eq!(
        note,
        Some(
            "score, interquartile mean [bootstrap interval, stratified by task]: agent=1 11.58 [11.45, 11.72] (95 %, 24) over 12 tasks, \
             agent=2 21.46 [21.32, 21.59] (95 %, 24) over 12 tasks"
        )
    );
}
