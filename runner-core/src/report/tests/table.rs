use std::collections::BTreeMap;

use runner_derive::Config;
use serde::{Deserialize, Serialize};

use super::{check, wide::Study};
use crate::{
    api::Runs,
    base::{ColorChoice, Style},
    report::{
        format::Format,
        rows::Rows,
        sample::{Metrics, Optimizer, Train, Training, base, fail, lose, metrics, runs, sweep},
        text::{Screen, terminal},
    },
};

/// Runs that each have their own name.
fn named<const N: usize>(names: [&str; N]) -> Runs<Training> {
    runs(names.map(|name| {
        let config = Train {
            name: name.to_owned(),
            ..base()
        };
        (config, metrics(0.5))
    }))
}

#[test]
fn a_table_has_what_differs_and_lists_the_rest_once() {
    check(
        &sweep(),
        Format::Table,
        "\
learning_rate  optimizer         accuracy  steps  converged  duration
─────────────  ────────────────  ────────  ─────  ─────────  ────────
         0.10  Sgd momentum=0.9  0.973100   1200  true         1.25 s
         0.10  Adam              0.980000   1200  true         1.25 s
         0.01  Sgd momentum=0.9  0.910000   1200  true         1.25 s
         0.01  Adam              0.954322   1200  true         1.25 s
same for all: epochs=10, layers=[64, 32], seed=0
only in --format json: loss
",
    );
}

#[test]
fn markdown_has_the_same_columns() {
    check(
        &sweep(),
        Format::Markdown,
        "\
| learning_rate | optimizer        | accuracy | steps | converged | duration |
| ------------: | ---------------- | -------: | ----: | --------- | -------: |
|          0.10 | Sgd momentum=0.9 | 0.973100 |  1200 | true      |   1.25 s |
|          0.10 | Adam             | 0.980000 |  1200 | true      |   1.25 s |
|          0.01 | Sgd momentum=0.9 | 0.910000 |  1200 | true      |   1.25 s |
|          0.01 | Adam             | 0.954322 |  1200 | true      |   1.25 s |

same for all: epochs=10, layers=[64, 32], seed=0

only in --format json: loss
",
    );
}

#[test]
fn names_take_the_width_that_they_have_on_the_screen() {
    check(&named(["短い", "naïve 🦀", "x"]), Format::Table, "\
name      accuracy  steps  converged  duration
────────  ────────  ─────  ─────────  ────────
短い           0.5   1200  true         1.25 s
naïve 🦀       0.5   1200  true         1.25 s
x              0.5   1200  true         1.25 s
same for all: learning_rate=0.1, epochs=10, optimizer=Sgd, optimizer.Sgd.momentum=0.9, layers=[64, 32], seed=0
only in --format json: loss
");
}

#[test]
fn one_run_has_its_name_and_outputs() {
    check(&named(["base"]), Format::Table, "\
name  accuracy  steps  converged  duration
────  ────────  ─────  ─────────  ────────
base       0.5   1200  true         1.25 s
same for all: learning_rate=0.1, epochs=10, optimizer=Sgd, optimizer.Sgd.momentum=0.9, layers=[64, 32], seed=0
only in --format json: loss
");
}

#[test]
fn what_is_not_finite_or_not_there_is_shown() {
    let pairs = [f64::NAN, f64::INFINITY, 0.25].map(|accuracy| {
        let learning_rate = if accuracy.is_nan() { f64::NAN } else { 1e-7 };
        let output = Metrics {
            note: accuracy.is_nan().then(|| "diverged".to_owned()),
            ..metrics(accuracy)
        };
        let config = Train {
            learning_rate,
            layers: vec![1; if accuracy.is_infinite() { 20 } else { 3 }],
            ..base()
        };
        (config, output)
    });
    check(
        &runs(pairs),
        Format::Table,
        "\
learning_rate  layers      accuracy  steps  converged  note      duration
─────────────  ──────────  ────────  ─────  ─────────  ────────  ────────
          NaN  [1, 1, 1]        NaN   1200  true       diverged    1.25 s
         1e-7  [20 items]       inf   1200  true       none        1.25 s
         1e-7  [1, 1, 1]       0.25   1200  true       none        1.25 s
same for all: epochs=10, optimizer=Sgd, optimizer.Sgd.momentum=0.9, seed=0
only in --format json: loss
",
    );
}

#[test]
fn text_cannot_steer_the_terminal_or_break_the_table() {
    let runs = named(["a|b*", "a\u{1b}[2J\nb", "a\u{202e}b"]);
    check(
        &runs,
        Format::Table,
        r"name           accuracy  steps  converged  duration
─────────────  ────────  ─────  ─────────  ────────
a|b*                0.5   1200  true         1.25 s
a\u{1b}[2J\nb       0.5   1200  true         1.25 s
a\u{202e}b          0.5   1200  true         1.25 s
same for all: learning_rate=0.1, epochs=10, optimizer=Sgd, optimizer.Sgd.momentum=0.9, layers=[64, 32], seed=0
only in --format json: loss
",
    );
    check(
        &runs,
        Format::Markdown,
        r"| name            | accuracy | steps | converged | duration |
| --------------- | -------: | ----: | --------- | -------: |
| a\|b\*          |      0.5 |  1200 | true      |   1.25 s |
| a\\u{1b}[2J\\nb |      0.5 |  1200 | true      |   1.25 s |
| a\\u{202e}b     |      0.5 |  1200 | true      |   1.25 s |

same for all: learning_rate=0.1, epochs=10, optimizer=Sgd, optimizer.Sgd.momentum=0.9, layers=[64, 32], seed=0

only in --format json: loss
",
    );
}

#[test]
fn no_results_are_said_to_be_none() {
    check(&named([]), Format::Table, "no runs\n");
    check(&named([]), Format::Markdown, "no runs\n");
    let mut runs = named(["a", "b", "c"]);
    lose(&mut runs, 2);
    fail(&mut runs, 0, "out of memory");
    lose(&mut runs, 0);
    check(&runs, Format::Table, "no results: 1 failed, 2 missing\n");
}

#[test]
fn fields_in_which_only_failed_runs_differ_have_a_column() {
    let mut runs = sweep();
    fail(&mut runs, 3, "out of memory");
    lose(&mut runs, 2);
    check(
        &runs,
        Format::Table,
        "\
learning_rate  optimizer         accuracy  steps  converged  duration
─────────────  ────────────────  ────────  ─────  ─────────  ────────
          0.1  Sgd momentum=0.9    0.9731   1200  true         1.25 s
          0.1  Adam                0.9800   1200  true         1.25 s
same for all: epochs=10, layers=[64, 32], seed=0
only in --format json: loss
",
    );
}

#[test]
fn headings_are_broken_first() {
    assert_eq!(
        format!("\n{:66}", sweep()),
        "
learning_
     rate  optimizer         accuracy  steps  converged  duration
─────────  ────────────────  ────────  ─────  ─────────  ────────
     0.10  Sgd momentum=0.9  0.973100   1200  true         1.25 s
     0.10  Adam              0.980000   1200  true         1.25 s
     0.01  Sgd momentum=0.9  0.910000   1200  true         1.25 s
     0.01  Adam              0.954322   1200  true         1.25 s
same for all: epochs=10, layers=[64, 32], seed=0
only in --format json: loss
"
    );
}

#[test]
fn then_text_is_shortened() {
    let runs = named(["a name that is too long for any table", "b"]);
    assert_eq!(
        format!("{runs:60}"),
        "\
name                    accuracy  steps  converged  duration
──────────────────────  ────────  ─────  ─────────  ────────
a name that is too lo…       0.5   1200  true         1.25 s
b                            0.5   1200  true         1.25 s
same for all: learning_rate=0.1, epochs=10, optimizer=Sgd,
  optimizer.Sgd.momentum=0.9, layers=[64, 32], seed=0
only in --format json: loss
"
    );
}

#[test]
fn then_columns_are_left_out_and_named() {
    assert_eq!(
        format!("{:40}", sweep()),
        "\
learning_
     rate  optimizer         accuracy
─────────  ────────────────  ────────
     0.10  Sgd momentum=0.9  0.973100
     0.10  Adam              0.980000
     0.01  Sgd momentum=0.9  0.910000
     0.01  Adam              0.954322
… 3 more columns; --format csv has all:
  steps, converged, duration
same for all: epochs=10,
  layers=[64, 32], seed=0
only in --format json: loss
"
    );
    assert_eq!(
        format!("{:1}", sweep()),
        "\
learning_
     rate  accuracy
─────────  ────────
     0.10  0.973100
     0.10  0.980000
     0.01  0.910000
     0.01  0.954322
… 4 more columns; --format csv has all:
  optimizer,
  steps,
  converged,
  duration
same for all:
  epochs=10,
  layers=[64, 32],
  seed=0
only in --format json:
  loss
"
    );
}

#[test]
fn many_rows_are_cut_with_a_note() {
    let runs = runs((0..1_234).map(|epochs| (Train { epochs, ..base() }, metrics(0.5))));
    let text = runs.to_string();
    assert_eq!(text.lines().count(), 2 + 200 + 3);
    let note = text.lines().nth(202);
    assert_eq!(note, Some("… 1,034 more rows; --format csv has all"));
}

#[test]
fn a_terminal_gets_a_bold_heading() {
    let page = Screen {
        width: None,
        style: Style::for_stdout(ColorChoice::Always),
    };
    assert_eq!(terminal(&Rows::of(&named(["base"])), page), "\
\u{1b}[1mname  accuracy  steps  converged  duration\u{1b}[0m
\u{1b}[2m────  ────────  ─────  ─────────  ────────\u{1b}[0m
base       0.5   1200  true         1.25 s
\u{1b}[2msame for all: learning_rate=0.1, epochs=10, optimizer=Sgd, optimizer.Sgd.momentum=0.9, layers=[64, 32], seed=0\u{1b}[0m
\u{1b}[2monly in --format json: loss\u{1b}[0m
");
}

#[test]
fn variants_without_fields_have_none() {
    let pairs = [Optimizer::Adam, Optimizer::Sgd { momentum: 0.0 }].map(|optimizer| {
        let config = Train {
            optimizer,
            ..base()
        };
        (config, metrics(1.0))
    });
    check(
        &runs(pairs),
        Format::Table,
        "\
optimizer       accuracy  steps  converged  duration
──────────────  ────────  ─────  ─────────  ────────
Adam                   1   1200  true         1.25 s
Sgd momentum=0         1   1200  true         1.25 s
same for all: learning_rate=0.1, epochs=10, layers=[64, 32], seed=0
only in --format json: loss
",
    );
}

#[test]
fn a_field_that_is_not_there_is_no_none() {
    #[derive(Clone, Serialize, Deserialize, Config)]
    #[config(crate = crate)]
    struct Tagged {
        tags: BTreeMap<String, Option<u8>>,
    }
    let pairs = [("a", None), ("b", Some(1))].map(|(tag, value)| {
        let tags = BTreeMap::from([(tag.to_owned(), value)]);
        (Tagged { tags }, 0.5)
    });
    check(
        &Study::<Tagged, f64>::detached(pairs),
        Format::Table,
        "\
tags.b  tags.a  output  duration
──────  ──────  ──────  ────────
     -    none     0.5      0 ms
     1       -     0.5      0 ms
",
    );
}
