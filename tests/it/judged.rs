//! Metrics in whole programs.

use expect_test::expect;

use crate::program::Session;

fn judged(wrong: &str) -> Session {
    Session::new(env!("CARGO_BIN_EXE_judged")).with("JUDGED", wrong)
}

#[test]
fn a_table_says_what_is_best_and_how_many_results_that_is_of() {
    let session = judged("");
    let ended = session.start(&["-q"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    expect![[r#"
        learning_rate    runs           accuracy         time (s)  steps  loss  duration
        ─────────────  ──────  ─────────────────  ───────────────  ─────  ────  ────────
                 0.30  4 of 5  0.9447 ± 0.0026    2.044 ×÷ 1.01     1200  0.30 TIME
                 0.10  5 of 5  0.9548 ± 0.0023 *  2.040 ×÷ 1.01 ≈   1200  0.10 TIME
                 0.03  5 of 5  0.9513 ± 0.0014    2.039 ×÷ 1.01 *   1200  0.03 TIME
        mean ± sample standard deviation over seed
        geometric mean ×÷ geometric standard deviation: time
        * best, ≈ not told from the best: t tests, in pairs of seed where both have it, 5 % for all rows of a column (Holm)
    "#]].assert_eq(&ended.stdout);
    let ended = session.start(&[
        "-q",
        "--report",
        "--format",
        "markdown",
        "--where",
        "learning_rate<0.2",
    ]);
    assert_eq!(ended.code, Some(0), "{ended}");
    expect![[r#"
        | learning_rate | runs |                   accuracy |                time (s) | steps | loss | duration |
        | ------------: | ---: | -------------------------: | ----------------------: | ----: | ---: | -------: |
        |          0.10 |    5 | 0.9548 [0.9520, 0.9576] \* |  2.040 [2.016, 2.064] ≈ |  1200 | 0.10 | TIME |
        |          0.03 |    5 |  0.9513 [0.9496, 0.9530]   | 2.039 [2.016, 2.062] \* |  1200 | 0.03 | TIME |

        mean [95 % interval by Student's t] over seed

        geometric mean, its interval from the logarithms: time

        * best, ≈ not told from the best: t tests, in pairs of seed where both have it, 5 % for all rows of a column (Holm)
    "#]].assert_eq(&ended.stdout);
}

#[test]
fn mistakes_in_metrics_are_told_before_anything_runs() {
    for (wrong, code, error) in [
        (
            "twice",
            2,
            "error: rename one of the metrics `steps`: two have that name\n",
        ),
        ("panics", 1, "error: `metrics` panicked: no metrics today"),
    ] {
        let session = judged(wrong);
        let ended = session.start(&[]);
        assert_eq!(ended.code, Some(code), "{ended}");
        assert!(ended.stderr.starts_with(error), "{ended}");
        assert!(!session.path("out").exists());
    }
}

#[test]
fn a_value_that_panics_takes_nothing_else_away() {
    let session = judged("value");
    let ended = session.start(&["-q", "--where", "learning_rate<0.2"]);
    assert_eq!(
        (ended.code, ended.stderr.as_str()),
        (Some(0), ""),
        "{ended}"
    );
    expect![[r#"
        learning_rate  runs           accuracy  time (s)  steps  loss  duration
        ─────────────  ────  ─────────────────  ────────  ─────  ────  ────────
                 0.10     5  0.9548 ± 0.0023 *         -   1200  0.10 TIME
                 0.03     5  0.9513 ± 0.0014           -   1200  0.03 TIME
        mean ± sample standard deviation over seed
        geometric mean ×÷ geometric standard deviation: time
        * best, ≈ not told from the best: t tests, in pairs of seed where both have it, 5 % for all rows of a column (Holm)
        time panicked (no clock (at tests/programs/judged.rs:LINE)) in 10 runs, such as Judged learning_rate=0.1 seed=0
    "#]].assert_eq(&ended.stdout);
}
