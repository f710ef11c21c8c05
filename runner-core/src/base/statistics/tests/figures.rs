//! Every figure against those of `SciPy` and `statsmodels` in `tests/scipy/figures.json`, which `make.py` beside it makes.

use std::sync::LazyLock;

use serde_json::Value;

use crate::base::statistics::{
    Count, Direction, Estimate, GridValue, Interval, Margin, Rule, Shares, Sides,
    contrast::{Contrast, Tested, contrast},
    holm::holm,
    student,
    suite::interquartile,
    t_test::TTest,
};

static FIGURES: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../../../tests/scipy/figures.json");
    serde_json::from_str(text).expect("the figures are JSON")
});

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of[name].as_array().expect("it is a list")
}

fn number(of: &Value) -> f64 {
    of.as_f64().expect("it is a number")
}

fn numbers(of: &Value, name: &str) -> Vec<f64> {
    list(of, name).iter().map(number).collect()
}

/// Fails unless the numbers agree to nine digits. An end of an interval may be close to zero; then they are those of its length.
fn check(found: &[f64], expected: &[f64], scale: f64) {
    assert_eq!(found.len(), expected.len());
    for (one, other) in found.iter().zip(expected) {
        let error = (one - other).abs() / other.abs().max(scale);
        assert!(error < 1e-9, "{found:?} instead of {expected:?}");
    }
}

fn check_interval(found: Interval, expected: &[f64]) {
    check(&[found.low, found.high], expected, found.high - found.low);
}

fn named(values: &[f64]) -> Vec<(String, f64)> {
    let names = values.iter().zip(0..);
    names
        .map(|(value, seed): (&f64, u32)| (seed.to_string(), *value))
        .collect()
}

fn tested(before: &[f64], after: &[f64], rule: &Rule) -> Tested {
    let sides = Sides {
        before: named(before),
        after: named(after),
    };
    match contrast(rule, &sides) {
        Contrast::Tested(tested) => tested,
        Contrast::Fixed(judged) => panic!("{judged:?}"),
    }
}

#[test]
fn tails_and_quantiles() {
    let tails = list(&FIGURES, "tails");
    assert!(tails.len() > 150);
    for tail in tails {
        let [df, t, p] = [0, 1, 2].map(|place| number(&tail[place]));
        check(&[student::two_sided(t, df)], &[p], 0.0);
        // Close to 1, p has not the digits of t.
        if p < 0.999 {
            check(&[student::quantile(p, df)], &[t], 0.0);
        }
    }
}

#[test]
fn intervals_of_means() {
    for case in list(&FIGURES, "compared") {
        let after = numbers(case, "after");
        let estimate = Estimate::of(&after, Count::new(after.len(), 0, 0));
        check(&[estimate.mean], &[number(&case["mean"])], estimate.sd);
        check(&[estimate.sd], &[number(&case["sd"])], 0.0);
        let interval = estimate.interval.expect("there are two values");
        check_interval(interval, &numbers(case, "interval"));
        if case.get("geometric").is_some() {
            let estimate = Estimate::of_logs(&after, Count::new(after.len(), 0, 0));
            let interval = estimate.interval.expect("there are two values");
            let found = [estimate.mean, interval.low, interval.high, estimate.sd];
            check(&found, &numbers(case, "geometric"), 0.0);
        }
    }
}

#[test]
fn differences_in_pairs_and_as_a_whole() {
    let paired = Rule::new(Direction::Maximize);
    let unpaired = Rule {
        is_unpaired: true,
        ..paired
    };
    for case in list(&FIGURES, "compared") {
        let [before, after] = ["before", "after"].map(|side| numbers(case, side));
        let test = tested(&before, &after, &paired).plain;
        let expected = numbers(case, "paired");
        check(&[test.p()], &expected[..1], 0.0);
        check_interval(test.interval(0.99), &expected[1..]);
        let shorter = &before[..2.max(before.len().saturating_sub(3))];
        for (before, name) in [(before.as_slice(), "welch"), (shorter, "uneven")] {
            let test = tested(before, &after, &unpaired).plain;
            let expected = numbers(case, name);
            check(&[test.df, test.p()], &expected[..2], 0.0);
            check_interval(test.interval(0.95), &expected[2..]);
        }
    }
}

#[test]
fn two_one_sided_tests() {
    for case in list(&FIGURES, "compared") {
        let [before, after] = ["before", "after"].map(|side| numbers(case, side));
        for (is_unpaired, name) in [(false, "same_paired"), (true, "same_welch")] {
            let rule = Rule {
                is_unpaired,
                margin: Some(Margin::from(number(&case["margin"]))),
                ..Rule::new(Direction::Maximize)
            };
            let test = tested(&before, &after, &rule);
            let p = test.low.p_above().max(test.high.p_below());
            check(&[p], &[number(&case[name])], 0.0);
        }
    }
}

#[test]
fn many_tests() {
    for case in list(&FIGURES, "corrected") {
        let [p, adjusted] = ["p", "adjusted"].map(|name| numbers(case, name));
        let rejected = |alpha: f64| holm(&p, alpha).into_iter().map(|step| step.is_rejected);
        let expected = list(case, "rejected")
            .iter()
            .map(|one| one == &Value::Bool(true));
        assert!(rejected(0.05).eq(expected));
        for (place, adjusted) in adjusted.iter().enumerate().filter(|(_, p)| **p < 1.0) {
            let is_rejected = |alpha: f64| rejected(alpha).nth(place) == Some(true);
            assert!(is_rejected(adjusted * (1.0 + 1e-9)) && !is_rejected(adjusted * (1.0 - 1e-9)));
        }
    }
}

#[test]
fn shares_of_variance() {
    for case in list(&FIGURES, "shares") {
        let level =
            |of: &Value| usize::try_from(of.as_u64().expect("it is a level")).expect("it is small");
        let values: Vec<GridValue> = list(case, "rows")
            .iter()
            .map(|row| GridValue {
                place: vec![level(&row[0]), level(&row[1])],
                value: number(&row[2]),
            })
            .collect();
        let shares = Shares::of(&["a".to_owned(), "b".to_owned()], &values).expect("it is full");
        let found = [
            shares.fields[0].1,
            shares.fields[1].1,
            shares.pairs[0].1,
            shares.replicates,
        ];
        check(&found, &numbers(case, "shares"), 1e-3);
        assert!(shares.others < 1e-12);
    }
}

#[test]
fn means_of_the_middle_half() {
    for case in list(&FIGURES, "middles") {
        let tasks: Vec<Vec<f64>> = numbers(case, "values")
            .chunks(5)
            .map(<[f64]>::to_vec)
            .collect();
        let count = Count::new(tasks.concat().len(), 0, 0);
        let estimate = interquartile(&tasks, count).expect("there are enough");
        check(&[estimate.mean], &[number(&case["mean"])], 0.0);
        let interval = estimate.interval.expect("it has one");
        assert!(interval.low < estimate.mean && estimate.mean < interval.high);
    }
}

#[test]
fn the_mean_of_independent_tests_has_the_smaller_error() {
    let one = TTest::of(&[1.0, 2.0, 3.0]).expect("there are three");
    let mean = TTest::mean(&[one; 4]).expect("there are four");
    check(
        &[mean.value, mean.error, mean.df],
        &[one.value, one.error / 2.0, 4.0 * one.df],
        0.0,
    );
}
