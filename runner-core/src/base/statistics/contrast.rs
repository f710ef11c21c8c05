//! [`contrast`]: one comparison, up to the level that others may share.

use std::collections::{HashMap, HashSet};

use super::{Direction, Interval, Moments, Rule, Verdict, Why, t_test::TTest};

/// The values of two sides, each with the name of its replicate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sides {
    pub(crate) before: Vec<(String, f64)>,
    pub(crate) after: Vec<(String, f64)>,
}

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Judged {
    /// The mean difference; on a logarithmic scale, the factor.
    pub(crate) change: f64,
    pub(crate) interval: Option<Interval>,
    /// The number of pairs; none if the sides were compared as a whole.
    pub(crate) pairs: Option<usize>,
    pub(crate) verdict: Verdict,
}

/// What is known of one comparison.
pub(super) enum Contrast {
    /// Whatever the level is.
    Fixed(Judged),
    Tested(Tested),
}

/// Tests of a difference.
pub(super) struct Tested {
    pub(super) plain: TTest,
    /// Of the difference and the margin: below zero, it is smaller by more than that.
    pub(super) low: TTest,
    /// Of the difference without the margin: above zero, it is larger by more than that.
    pub(super) high: TTest,
    /// The mean margin.
    pub(super) half: f64,
    /// The number of pairs, or of the values of the smaller side.
    pub(super) count: usize,
    /// The numbers of the three tests in each pair.
    pub(super) replicates: Vec<(String, [f64; 3])>,
}

impl Tested {
    /// The tests of differences in pairs. None for fewer than two.
    pub(super) fn paired(replicates: Vec<(String, [f64; 3])>, half: f64) -> Option<Self> {
        let of = |place: usize| {
            let numbers: Vec<f64> = replicates.iter().map(|(_, all)| all[place]).collect();
            TTest::of(&numbers)
        };
        Some(Self {
            plain: of(0)?,
            low: of(1)?,
            high: of(2)?,
            half,
            count: replicates.len(),
            replicates,
        })
    }
}

/// Compares two sides by a rule.
pub(super) fn contrast(rule: &Rule, sides: &Sides) -> Contrast {
    let scale = |(replicate, value): &(String, f64)| (replicate.clone(), rule.scaled(*value));
    let before: Vec<(String, f64)> = sides.before.iter().map(scale).collect();
    let after: Vec<(String, f64)> = sides.after.iter().map(scale).collect();
    let pairs = pairs(rule, &before, &after);
    let numbers = |side: &[(String, f64)]| side.iter().map(|(_, value)| *value).collect::<Vec<_>>();
    let (all_before, all_after) = (numbers(&before), numbers(&after));
    let difference = if pairs.is_empty() {
        Moments::of(&all_after).mean - Moments::of(&all_before).mean
    } else {
        let differences: Vec<f64> = pairs
            .iter()
            .map(|(_, before, after)| after - before)
            .collect();
        Moments::of(&differences).mean
    };
    let fixed = |verdict: Verdict| {
        Contrast::Fixed(Judged {
            change: if rule.is_log {
                difference.exp()
            } else {
                difference
            },
            interval: None,
            pairs: (!pairs.is_empty()).then_some(pairs.len()),
            verdict,
        })
    };
    match (before.is_empty(), after.is_empty()) {
        (true, _) => return fixed(Verdict::NotCompared(Why::OnlyHere)),
        (_, true) => return fixed(Verdict::NotCompared(Why::OnlyThere)),
        _ => {}
    }
    if rule.direction == Direction::Exact {
        return fixed(if is_equal(&pairs, &all_before, &all_after) {
            Verdict::Same
        } else {
            Verdict::Different
        });
    }
    let compared = if pairs.is_empty() {
        [all_before.clone(), all_after.clone()].concat()
    } else {
        pairs
            .iter()
            .flat_map(|(_, before, after)| [*before, *after])
            .collect()
    };
    let wrong = compared.iter().filter(|value| !value.is_finite()).count();
    if wrong > 0 {
        return fixed(Verdict::Unclear(Why::NotFinite(wrong)));
    }
    let tested = if pairs.len() >= 2 {
        in_pairs(rule, &pairs)
    } else {
        as_a_whole(rule, &all_before, &all_after)
    };
    let Some(tested) = tested else {
        return fixed(Verdict::Unclear(Why::OneRunEach));
    };
    let largest = compared
        .iter()
        .fold(0.0_f64, |largest, value| largest.max(value.abs()));
    // What is left of equal differences is the rounding of the values.
    if tested.plain.error > 4.0 * f64::EPSILON * largest {
        Contrast::Tested(tested)
    } else if difference.abs() <= 4.0 * f64::EPSILON * largest {
        fixed(Verdict::Same)
    } else {
        fixed(Verdict::Unclear(Why::Shifted(tested.count)))
    }
}

/// Returns the values of the replicates that both sides have once; fewer than two are none, if there are more without a partner.
fn pairs(
    rule: &Rule,
    before: &[(String, f64)],
    after: &[(String, f64)],
) -> Vec<(String, f64, f64)> {
    let is_unique = |side: &[(String, f64)]| {
        let names: HashSet<&str> = side
            .iter()
            .map(|(replicate, _)| replicate.as_str())
            .collect();
        names.len() == side.len()
    };
    if rule.is_unpaired || !is_unique(before) || !is_unique(after) {
        return Vec::new();
    }
    let others: HashMap<&str, f64> = after
        .iter()
        .map(|(replicate, value)| (replicate.as_str(), *value))
        .collect();
    let pairs: Vec<(String, f64, f64)> = before
        .iter()
        .filter_map(|(replicate, before)| {
            let after = others.get(replicate.as_str())?;
            Some((replicate.clone(), *before, *after))
        })
        .collect();
    if pairs.len() < 2 && before.len() >= 2 && after.len() >= 2 {
        return Vec::new();
    }
    pairs
}

fn is_equal(pairs: &[(String, f64, f64)], before: &[f64], after: &[f64]) -> bool {
    let is_same = |one: f64, other: f64| one == other || one.is_nan() && other.is_nan();
    if pairs.is_empty() {
        before
            .iter()
            .all(|one| after.iter().all(|other| is_same(*one, *other)))
    } else {
        pairs
            .iter()
            .all(|(_, before, after)| is_same(*before, *after))
    }
}

fn in_pairs(rule: &Rule, pairs: &[(String, f64, f64)]) -> Option<Tested> {
    let mut half = 0.0;
    let replicates = pairs.iter().map(|(replicate, before, after)| {
        let ([below, above], difference) = (rule.margins(*before), after - before);
        half += above / pairs.len() as f64;
        (
            replicate.clone(),
            [difference, difference + below, difference - above],
        )
    });
    let replicates = replicates.collect();
    Tested::paired(replicates, half)
}

fn as_a_whole(rule: &Rule, before: &[f64], after: &[f64]) -> Option<Tested> {
    let mut half = 0.0;
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    for value in before {
        let [below, above] = rule.margins(*value);
        half += above / before.len() as f64;
        lower.push(value - below);
        upper.push(value + above);
    }
    Some(Tested {
        plain: TTest::welch(before, after)?,
        low: TTest::welch(&lower, after)?,
        high: TTest::welch(&upper, after)?,
        half,
        count: before.len().min(after.len()),
        replicates: Vec::new(),
    })
}
