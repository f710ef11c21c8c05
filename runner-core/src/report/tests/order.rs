use super::check;
use crate::{
    api::{OrderBy, OrderField, RowOrder, Runs},
    report::{
        format::Format,
        sample::{Train, Training, base, fail, metrics, runs},
    },
};

fn ordered(
    mut runs: Runs<Training>,
    field: OrderField,
    is_descending: bool,
    top: Option<usize>,
) -> Runs<Training> {
    let by = Some(OrderBy {
        field,
        is_descending,
    });
    runs.order = RowOrder { by, top };
    runs.sort();
    runs
}

fn accuracies() -> Runs<Training> {
    let cases = [(1, 0.5), (2, f64::NAN), (3, 0.75), (4, 0.25), (5, 0.875)];
    runs(cases.map(|(epochs, accuracy)| (Train { epochs, ..base() }, metrics(accuracy))))
}

#[track_caller]
fn check_epochs(runs: &Runs<Training>, expected: &[u32]) {
    let epochs: Vec<u32> = runs.configs().map(|config| config.epochs).collect();
    assert_eq!(epochs, expected);
}

#[test]
fn runs_are_ordered_by_an_output_with_nan_behind() {
    let accuracy = || OrderField::Output("accuracy".to_owned());
    check_epochs(
        &ordered(accuracies(), accuracy(), false, None),
        &[4, 1, 3, 5, 2],
    );
    check_epochs(
        &ordered(accuracies(), accuracy(), true, None),
        &[5, 3, 1, 4, 2],
    );
    let note = OrderField::Output("note".to_owned());
    check_epochs(&ordered(accuracies(), note, true, None), &[1, 2, 3, 4, 5]);
    let epochs = OrderField::Config("epochs".to_owned());
    check_epochs(&ordered(accuracies(), epochs, true, None), &[5, 4, 3, 2, 1]);
}

#[test]
fn one_row_more_is_one() {
    let accuracy = OrderField::Output("accuracy".to_owned());
    let runs = ordered(accuracies(), accuracy, true, Some(4));
    let mut written = Vec::new();
    runs.write(Format::Table, &mut written)
        .expect("a vector takes everything");
    let written = String::from_utf8(written).expect("it is text");
    assert!(written.contains("… 1 more row\n"), "{written}");
}

#[test]
fn the_first_rows_are_told_to_be_some() {
    let mut runs = accuracies();
    fail(&mut runs, 4, "out of memory");
    let runs = ordered(
        runs,
        OrderField::Output("accuracy".to_owned()),
        true,
        Some(2),
    );
    check(
        &runs,
        Format::Table,
        "\
epochs  accuracy  steps  converged  duration
──────  ────────  ─────  ─────────  ────────
     3      0.75   1200  true         1.25 s
     1      0.50   1200  true         1.25 s
… 2 more rows
same for all: learning_rate=0.1, optimizer=Sgd, optimizer.Sgd.momentum=0.9, layers=[64, 32], seed=0
only in --format json: loss
",
    );
    let mut written = Vec::new();
    runs.write(Format::Csv, &mut written)
        .expect("a vector takes everything");
    let written = String::from_utf8(written).expect("it is text");
    let labels: Vec<&str> = written
        .lines()
        .filter_map(|line| line.split(',').nth(1))
        .collect();
    assert_eq!(labels, ["label", "base epochs=3", "base epochs=1"]);
}

#[test]
fn groups_are_ordered_by_their_means() {
    // The group with the best run has not the best mean.
    let cases = [(1, 0, 0.75), (1, 1, 0.75), (2, 0, 0.875), (2, 1, 0.125)];
    let runs = runs(cases.map(|(epochs, seed, accuracy)| {
        (
            Train {
                epochs,
                seed,
                ..base()
            },
            metrics(accuracy),
        )
    }));
    let runs = ordered(runs, OrderField::Output("accuracy".to_owned()), true, None);
    check(
        &runs,
        Format::Table,
        "\
epochs  runs     accuracy  steps  converged  duration
──────  ────  ───────────  ─────  ─────────  ────────
     1     2  0.75 ± 0.00   1200  true         1.25 s
     2     2  0.50 ± 0.53   1200  true         1.25 s
mean ± sample standard deviation over seed
same for all: learning_rate=0.1, optimizer=Sgd, optimizer.Sgd.momentum=0.9, layers=[64, 32]
only in --format json: loss
",
    );
}
