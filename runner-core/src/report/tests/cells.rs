use super::{
    check,
    metrics::{Algorithm, fail, lose, of, sort, study},
};
use crate::{
    base::{
        Verdict::{self, NotCompared},
        Why,
    },
    report::{
        ComparisonRow, Format,
        sample::{Optimizer, Train, base, metrics, runs, sweep},
    },
};

#[test]
fn others_are_compared_with_one_all_else_equal() {
    let mut runs = study();
    fail(&mut runs, 12);
    let runs = runs.filter(|config| config.algorithm != Algorithm::Merge || config.length == 10);
    let comparison = runs.compare(|config| config.algorithm, Algorithm::Quick);
    assert_eq!(comparison.to_string(), "\
metric               config                              before   after    change             interval  verdict
───────────────────  ─────────────────────────  ───────────────  ──────  ────────  ───────────────────  ───────────────────────────────────────────────
quality              algorithm=Heap length=10   0.9034 (4 of 5)   0.500    -0.408     [-0.457, -0.358]  worse
quality              algorithm=Heap length=100           0.9035   0.500    -0.404     [-0.445, -0.363]  worse
quality              algorithm=Merge length=10  0.9034 (4 of 5)   0.900    -0.008     [-0.052, +0.037]  unclear: the interval reaches beyond the margin
time (s)             algorithm=Heap length=10     9.96 (4 of 5)  20.035  +101.2 %  [+91.3 %, +111.6 %]  worse
time (s)             algorithm=Heap length=100            100.0  200.35  +100.5 %  [+92.4 %, +108.8 %]  worse
time (s)             algorithm=Merge length=10    9.96 (4 of 5)   10.03    +0.3 %     [-0.2 %, +0.9 %]  same
nodes                algorithm=Heap length=10       30 (4 of 5)      30         0                    -  same
nodes                algorithm=Heap length=100              300     300         0                    -  same
nodes                algorithm=Merge length=10      30 (4 of 5)      30         0                    -  same
nodes for each item  algorithm=Heap length=10    0.996 (4 of 5)  2.0035    +1.008     [+0.951, +1.064]  not compared: the metric is only shown
nodes for each item  algorithm=Heap length=100            1.000  2.0035    +1.004     [+0.960, +1.048]  not compared: the metric is only shown
nodes for each item  algorithm=Merge length=10   0.996 (4 of 5)   1.003   +0.0034   [-0.0022, +0.0090]  not compared: the metric is only shown
quality              algorithm=Heap (all)                     -       -    -0.408     [-0.438, -0.378]  worse
time (s)             algorithm=Heap (all)                     -       -  +101.2 %  [+94.0 %, +108.7 %]  worse
nodes for each item  algorithm=Heap (all)                     -       -    +1.008     [+0.963, +1.052]  not compared: the metric is only shown
in pairs of seed by Student's t, or else as a whole by Welch's t; 5 % for the whole table, half of it for the rows over all (Holm)
");
    assert_eq!(comparison.overall().count(), 3);
}

#[test]
fn a_side_without_partner_is_not_compared() {
    let runs = study();
    let runs =
        runs.filter(|config| (config.algorithm == Algorithm::Quick) == (config.length == 10));
    let comparison = runs.compare(|config| config.algorithm == Algorithm::Quick, true);
    let of_quality = comparison.iter().filter(|row| row.metric() == "quality");
    let rows: Vec<(&str, Verdict)> = of_quality.map(|row| (row.label(), row.verdict())).collect();
    let (here, there) = (NotCompared(Why::OnlyHere), NotCompared(Why::OnlyThere));
    assert_eq!(
        rows,
        [
            ("algorithm=Heap length=100", here),
            ("algorithm=Merge length=100", here),
            ("algorithm=Quick length=10", there)
        ]
    );
}

#[test]
fn runs_without_results_have_cells_and_no_best() {
    let mut runs = of((0..3).map(|seed| sort(Algorithm::Heap, 10, seed)));
    (0..3).for_each(|_| fail(&mut runs, 0));
    check(&runs, Format::Table, "no results: 3 failed\n");
    assert!(runs.best().is_none());
    let cells = runs.cells(|config| config.algorithm);
    let estimate = cells[0].estimate(|run| run.output.quality);
    assert_eq!(estimate.to_string(), "no values (0 of 3, 3 failed)");
    let pivot = runs.pivot(
        |config| config.algorithm,
        |config| config.length,
        |run| run.output.quality,
    );
    assert_eq!(
        pivot.to_string(),
        "            10
────  ────────
Heap  (0 of 3)
"
    );
    let none = of([]);
    assert!(none.best().is_none() && none.cells(|config| config.length).is_empty());
    assert_eq!(
        none.compare(|config| config.length, 10).to_string(),
        "nothing to compare\n"
    );
    assert_eq!(
        none.pivot(|c| c.length, |c| c.seed, |run| run.output.quality)
            .to_string(),
        "no runs\n"
    );
}

#[test]
fn a_pivot_shows_what_is_missing() {
    let mut runs = study();
    fail(&mut runs, 3);
    for _ in 0..5 {
        lose(&mut runs, 19);
    }
    let runs = runs.filter(|config| config.algorithm != Algorithm::Merge || config.length == 10);
    let pivot = runs.pivot(
        |config| config.algorithm,
        |config| config.length,
        |run| run.output.quality,
    );
    assert_eq!(
        pivot.to_string(),
        "                             10              100
─────  ────────────────────────  ───────────────
Heap   0.4995 ± 0.0161 (4 of 5)  0.4996 ± 0.0139
Quick           0.9035 ± 0.0016  0.9035 ± 0.0016
Merge                  (0 of 5)                -
"
    );
    assert_eq!(
        (pivot.rows().len(), pivot.columns(), pivot.get(2, 1)),
        (3, &[10, 100][..], None)
    );
    assert_eq!(pivot.get(0, 0).map(|estimate| estimate.n.failed), Some(1));
}

#[test]
fn shares_say_which_field_matters() {
    let mut runs = study();
    let shares = runs
        .shares(|run| run.output.quality)
        .expect("the grid is full");
    assert_eq!(shares.to_string(), "algorithm 100 %");
    let sum = shares.others + shares.replicates;
    let sum = sum + shares.fields.iter().map(|(_, share)| share).sum::<f64>();
    let sum = sum + shares.pairs.iter().map(|(_, share)| share).sum::<f64>();
    assert!((sum - 1.0).abs() < 1e-12);
    fail(&mut runs, 0);
    let error = runs
        .shares(|run| run.output.quality)
        .expect_err("a result is missing");
    assert_eq!(
        error.to_string(),
        "there are no shares of variance: the grid is not full, with as many results everywhere"
    );
}

#[test]
fn numbers_of_the_output_are_compared_and_not_judged() {
    let runs = sweep();
    let comparison = runs.compare(|config| config.optimizer.clone(), Optimizer::Adam);
    assert_eq!(
        comparison.to_string(),
        "\
metric    config                                           before   after     change  interval  verdict
────────  ─────────────────────────────────────────────  ────────  ──────  ─────────  ────────  ──────────────────────────────────────
accuracy  learning_rate=0.10 optimizer=Sgd momentum=0.9      0.98  0.9731    -0.0069         -  not compared: the metric is only shown
accuracy  learning_rate=0.01 optimizer=Sgd momentum=0.9  0.954322    0.91  -0.044322         -  not compared: the metric is only shown
steps     learning_rate=0.10 optimizer=Sgd momentum=0.9      1200    1200          0         -  not compared: the metric is only shown
steps     learning_rate=0.01 optimizer=Sgd momentum=0.9      1200    1200          0         -  not compared: the metric is only shown
as a whole by Welch's t; 5 % for the whole table (Holm)
"
    );
}

/// Values that a table shows with the same digits were taken for one.
#[test]
fn configs_that_differ_by_little_are_compared_apart() {
    let rates = [0.123_456_78, 0.123_456_79];
    let optimizers = [Optimizer::Adam, Optimizer::Sgd { momentum: 0.9 }];
    let pairs = optimizers.iter().flat_map(|optimizer| {
        rates.map(|learning_rate| {
            let config = Train {
                learning_rate,
                optimizer: optimizer.clone(),
                ..base()
            };
            (config, metrics(learning_rate))
        })
    });
    let runs = runs(pairs);
    let comparison = runs.compare(|config| config.optimizer.clone(), Optimizer::Adam);
    let accuracy = comparison.iter().filter(|row| row.metric() == "accuracy");
    let changes: Vec<(usize, f64)> = accuracy
        .map(|row| (row.after().map_or(0, |after| after.n.planned), row.change()))
        .collect();
    assert_eq!(changes, [(1, 0.0), (1, 0.0)]);
    let shares = runs
        .shares(|run| run.output.accuracy)
        .expect("the grid is full");
    assert_eq!(shares.to_string(), "learning_rate 100 %");
}

#[test]
fn a_name_is_a_part_of_the_config() {
    let pairs = [("a", 0.1), ("b", 0.1), ("a", 0.01), ("b", 0.01)].map(|(name, learning_rate)| {
        let config = Train {
            name: name.to_owned(),
            learning_rate,
            ..base()
        };
        (config, metrics(learning_rate))
    });
    let runs = runs(pairs);
    let comparison = runs.compare(|config| config.name.clone(), "a".to_owned());
    let labels: Vec<&str> = comparison.iter().map(ComparisonRow::label).collect();
    assert_eq!(
        labels[..2],
        ["name=b learning_rate=0.10", "name=b learning_rate=0.01"]
    );
    assert!(
        comparison
            .iter()
            .all(|row| row.before().is_some() && row.after().is_some())
    );
}
