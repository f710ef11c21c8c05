//! Comparisons and rankings at their edges.

use crate::base::statistics::{
    Count, Direction, Estimate, GridValue, Judged, Margin, Method, Rule, Shares, Sides, Verdict,
    Why, interquartile, judge, percent, rank,
};

fn named(values: &[f64]) -> Vec<(String, f64)> {
    let names = (0..).map(|seed: u32| seed.to_string());
    names.zip(values.iter().copied()).collect()
}

fn sides(before: &[f64], after: &[f64]) -> Sides {
    Sides {
        before: named(before),
        after: named(after),
    }
}

fn judged(rule: Rule, before: &[f64], after: &[f64]) -> Judged {
    judge(&[rule], &[(0, sides(before, after))], 0.05).rows[0]
}

fn check(rule: Rule, before: &[f64], after: &[f64], expected: Verdict) {
    let found = judged(rule, before, after);
    assert_eq!(found.verdict, expected, "{found:?}");
    // The interval says the same, if the margin is a number.
    let Some(interval) = found.interval.filter(|_| !rule.is_log) else {
        return;
    };
    let half = rule.margin.map_or(0.0, |_| rule.margins(before[0])[0]);
    let is_outside = interval.low > half || interval.high < -half;
    let is_decided = matches!(expected, Verdict::Better | Verdict::Worse);
    assert_eq!(is_outside, is_decided, "{found:?}");
    if expected == Verdict::Same {
        assert!(interval.low > -half && interval.high < half, "{found:?}");
    }
}

const MORE: Rule = Rule::new(Direction::Maximize);
const LESS: Rule = Rule::new(Direction::Minimize);
const EXACT: Rule = Rule::new(Direction::Exact);

fn with(rule: Rule, margin: impl Into<Margin>) -> Rule {
    Rule {
        margin: Some(margin.into()),
        ..rule
    }
}

const OLD: [f64; 4] = [10.0, 12.0, 11.0, 13.0];
const LARGER: [f64; 4] = [11.1, 13.0, 11.9, 14.0];

#[test]
fn a_direction_says_what_is_better() {
    check(MORE, &OLD, &LARGER, Verdict::Better);
    check(LESS, &OLD, &LARGER, Verdict::Worse);
    check(MORE, &LARGER, &OLD, Verdict::Worse);
    check(LESS, &LARGER, &OLD, Verdict::Better);
    let shown = Rule::new(Direction::Shown);
    let found = judged(shown, &OLD, &LARGER);
    assert_eq!(found.verdict, Verdict::NotCompared(Why::NotJudged));
    assert!(found.interval.is_some());
}

#[test]
fn a_margin_is_what_does_not_matter() {
    check(with(MORE, 0.5), &OLD, &LARGER, Verdict::Better);
    check(with(MORE, 2.0), &OLD, &LARGER, Verdict::Same);
    check(with(MORE, percent(20.0)), &OLD, &LARGER, Verdict::Same);
    check(with(MORE, percent(1.0)), &OLD, &LARGER, Verdict::Better);
    let unclear = Verdict::Unclear(Why::Noise {
        replicates_needed: None,
    });
    check(with(MORE, 1.0), &OLD, &LARGER, unclear);
    // A part of nothing is no margin.
    let found = judged(
        with(MORE, percent(5.0)),
        &[0.0, 0.0, 0.0],
        &[0.1, -0.1, 0.05],
    );
    let needed = Why::Noise {
        replicates_needed: None,
    };
    assert_eq!(found.verdict, Verdict::Unclear(needed));
    let logs = Rule {
        is_log: true,
        ..with(LESS, percent(5.0))
    };
    check(
        logs,
        &OLD,
        &OLD.map(|old| old * 1.01),
        Verdict::Unclear(Why::Shifted(4)),
    );
    check(logs, &OLD, &[10.1, 12.0, 11.05, 13.2], Verdict::Same);
    check(logs, &OLD, &[12.1, 14.0, 13.05, 15.2], Verdict::Worse);
}

#[test]
fn noise_says_how_many_replicates_would_tell() {
    let after = [10.9, 11.2, 11.7, 12.9];
    check(MORE, &OLD, &after, Verdict::Unclear(Why::NoMargin));
    // The interval reaches 1.24 to each side: (1.24 / 0.5)² · 4 pairs.
    let needed = Why::Noise {
        replicates_needed: Some(25),
    };
    check(with(MORE, 0.5), &OLD, &after, Verdict::Unclear(needed));
    let text = Verdict::Unclear(needed).to_string();
    assert_eq!(text, "unclear: up to about 25 replicates would tell");
}

#[test]
fn equal_values_and_equal_shifts_have_no_spread() {
    check(MORE, &OLD, &OLD, Verdict::Same);
    check(
        MORE,
        &OLD,
        &OLD.map(|old| old + 0.1),
        Verdict::Unclear(Why::Shifted(4)),
    );
    check(MORE, &[1.0], &[1.0], Verdict::Unclear(Why::OneRunEach));
    check(MORE, &[1.0], &[2.0], Verdict::Unclear(Why::OneRunEach));
    // Far from zero, the rounding of the values is all the spread that is left.
    let far = [1e9, 2e9, 3e9];
    check(
        MORE,
        &far,
        &far.map(|old| old + 0.1),
        Verdict::Unclear(Why::Shifted(3)),
    );
}

#[test]
fn what_is_no_number_is_not_compared() {
    let nan = [f64::NAN, 12.0, f64::INFINITY, 13.0];
    check(MORE, &OLD, &nan, Verdict::Unclear(Why::NotFinite(2)));
    let logs = Rule {
        is_log: true,
        ..LESS
    };
    check(
        logs,
        &[0.0, 1.0],
        &[1.0, 2.0],
        Verdict::Unclear(Why::NotFinite(1)),
    );
    check(MORE, &[], &OLD, Verdict::NotCompared(Why::OnlyHere));
    check(MORE, &OLD, &[], Verdict::NotCompared(Why::OnlyThere));
}

#[test]
fn exact_values_are_equal_or_different() {
    check(EXACT, &[3.0, 4.0], &[3.0, 4.0], Verdict::Same);
    check(EXACT, &[3.0], &[3.0], Verdict::Same);
    check(EXACT, &[3.0, 4.0], &[3.0, 5.0], Verdict::Different);
    check(EXACT, &[f64::NAN], &[f64::NAN], Verdict::Same);
}

#[test]
fn replicates_that_do_not_match_are_compared_as_a_whole() {
    let mut both = sides(&OLD, &LARGER);
    assert_eq!(
        judge(&[MORE], &[(0, both.clone())], 0.05).rows[0].pairs,
        Some(4)
    );
    both.after.pop();
    assert_eq!(
        judge(&[MORE], &[(0, both.clone())], 0.05).rows[0].pairs,
        Some(3)
    );
    for (seed, (name, _)) in both.after.iter_mut().enumerate() {
        *name = format!("other {seed}");
    }
    let whole = judge(&[MORE], &[(0, both.clone())], 0.05).rows[0];
    assert_eq!(
        (whole.pairs, whole.verdict),
        (None, Verdict::Unclear(Why::NoMargin))
    );
    // Two with one name cannot be told apart.
    both.after = sides(&[], &LARGER).after;
    both.after[0].0 = "1".to_owned();
    assert_eq!(judge(&[MORE], &[(0, both)], 0.05).rows[0].pairs, None);
}

#[test]
fn many_comparisons_need_more_than_one() {
    let one = (0, sides(&OLD, &[10.9, 13.1, 11.6, 14.2]));
    assert_eq!(
        judge(&[MORE], std::slice::from_ref(&one), 0.05).rows[0].verdict,
        Verdict::Better
    );
    let noise = (0, sides(&OLD, &[10.3, 11.8, 11.2, 12.6]));
    let mut many = vec![one];
    many.extend(vec![noise; 19]);
    let judged = judge(&[MORE], &many, 0.05);
    assert_eq!(judged.rows[0].verdict, Verdict::Unclear(Why::NoMargin));
    assert!(judged.overall[0].is_some());
}

#[test]
fn swapped_sides_have_the_opposite_change() {
    let [there, back] = [judged(MORE, &OLD, &LARGER), judged(MORE, &LARGER, &OLD)];
    assert_eq!(there.change.to_bits(), (-back.change).to_bits());
    let [there, back] = [there, back].map(|judged| judged.interval.expect("there is one"));
    assert_eq!(there.low.to_bits(), (-back.high).to_bits());
}

#[test]
fn ties_are_all_that_cannot_be_told_from_the_best() {
    let rows = |rows: &[&[f64]]| rows.iter().map(|row| named(row)).collect::<Vec<_>>();
    let found = |rule: Rule, values: &[&[f64]]| {
        let ranking = rank(&rule, &rows(values), 0.05)?;
        Some((ranking.best, ranking.ties))
    };
    let low = OLD.map(|value| value - 5.0 + value * value / 100.0);
    assert_eq!(
        found(MORE, &[&low, &OLD, &[10.1, 11.9, 11.2, 12.7]]),
        Some((1, vec![2]))
    );
    assert_eq!(found(LESS, &[&low, &OLD, &LARGER]), Some((0, vec![])));
    // The first of equal ones; what differs by the same in three pairs is told apart, in two it is not.
    assert_eq!(found(MORE, &[&OLD, &OLD]), Some((0, vec![1])));
    assert_eq!(
        found(MORE, &[&[1.0, 1.0, 1.0], &[2.0, 2.0, 2.0]]),
        Some((1, vec![]))
    );
    assert_eq!(found(MORE, &[&[1.0, 1.0], &[2.0, 2.0]]), Some((1, vec![0])));
    // What has no mean takes no part.
    assert_eq!(
        found(MORE, &[&[], &[f64::NAN, 1.0], &[f64::INFINITY], &[1.0]]),
        Some((3, vec![]))
    );
    assert_eq!(found(MORE, &[&[], &[f64::NAN]]), None);
    assert_eq!(found(EXACT, &[&OLD, &LARGER]), None);
}

#[test]
fn estimates_of_little_have_no_interval() {
    let of = |values: &[f64]| Estimate::of(values, Count::new(values.len(), 0, 0));
    assert!(of(&[]).mean.is_nan() && of(&[]).method == Method::NoValue);
    assert_eq!((of(&[2.0]).sd.to_bits(), of(&[2.0]).interval), (0, None));
    let wrong = of(&[1.0, f64::NAN, 2.0]);
    assert!(wrong.mean.is_nan() && wrong.interval.is_none());
    let endless = of(&[1.0, f64::INFINITY]);
    assert!(endless.mean.is_infinite() && endless.interval.is_none() && endless.sd.is_nan());
    let same = of(&[0.5, 0.5]).interval.expect("there are two");
    assert_eq!(
        [same.low.to_bits(), same.high.to_bits()],
        [0.5_f64.to_bits(); 2]
    );
}

#[test]
fn few_tasks_have_no_interquartile_mean() {
    let count = Count::new(19, 0, 0);
    assert!(interquartile(&[vec![1.0; 19]], count).is_none());
    assert!(interquartile(&[vec![f64::NAN; 20]], count).is_none());
    let tasks: Vec<Vec<f64>> = (0..10).map(|task: u32| vec![f64::from(task); 2]).collect();
    let estimate = interquartile(&tasks, Count::new(20, 0, 0)).expect("there are 20");
    // Without noise in the tasks, the bootstrap has nothing to vary.
    let interval = estimate.interval.expect("there is one");
    assert_eq!([interval.low, interval.high, estimate.mean], [4.5; 3]);
}

#[test]
fn shares_need_a_full_grid() {
    let value = |place: &[usize], value: f64| GridValue {
        place: place.to_vec(),
        value,
    };
    let fields = ["a", "b"].map(str::to_owned);
    let mut values = vec![
        value(&[0, 0], 1.0),
        value(&[0, 1], 2.0),
        value(&[1, 0], 4.0),
    ];
    let shares =
        |values: &[GridValue]| Shares::of(&fields, values).map(|shares| shares.to_string());
    let incomplete = "the grid is not full, with as many results everywhere";
    assert_eq!(shares(&values), Err(incomplete.to_owned()));
    values.push(value(&[1, 1], 5.0));
    assert_eq!(shares(&values).as_deref(), Ok("a 90 %, b 10 %"));
    values.push(value(&[1, 1], 5.0));
    assert_eq!(shares(&values), Err(incomplete.to_owned()));
    values.pop();
    values[0].value = f64::NAN;
    assert_eq!(shares(&values), Err("a value is NaN".to_owned()));
    for value in &mut values {
        value.value = 1.0;
    }
    assert_eq!(shares(&values), Err("all values are equal".to_owned()));
    assert_eq!(shares(&[]), Err("there are no results".to_owned()));
}
