//! [`judge`]: many comparisons, and a level that holds for all of them together.

use std::collections::HashMap;

use super::{
    Direction, Judged, Moments, Rule, Sides, Verdict, Why,
    contrast::{Contrast, Tested, contrast},
    holm::{HolmStep, holm},
    t_test::TTest,
};

/// What all comparisons say.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    pub(crate) rows: Vec<Judged>,
    /// The comparison of the means over all rows of each rule, where there are several.
    pub(crate) overall: Vec<Option<Judged>>,
}

/// Judges comparisons, each by one of the rules, so that one or more say better or worse without a reason in at most `alpha` of
/// the cases. If there is a row over several others, it has half of that and the others share the rest.
pub(crate) fn judge(rules: &[Rule], comparisons: &[(usize, Sides)], alpha: f64) -> Judgement {
    let contrasts: Vec<Contrast> = comparisons
        .iter()
        .map(|(rule, sides)| contrast(&rules[*rule], sides))
        .collect();
    let of_rule = |rule: usize| {
        let of_rule = comparisons.iter().zip(&contrasts);
        of_rule.filter_map(move |((of, _), contrast)| match contrast {
            Contrast::Tested(tested) if *of == rule => Some(tested),
            _ => None,
        })
    };
    let overall: Vec<Option<Contrast>> = (0..rules.len())
        .map(|rule| overall(&of_rule(rule).collect::<Vec<_>>()).map(Contrast::Tested))
        .collect();
    let has_overall = overall.iter().any(Option::is_some);
    let alpha = if has_overall { alpha / 2.0 } else { alpha };
    let of_comparisons = contrasts
        .iter()
        .zip(comparisons.iter().map(|(rule, _)| *rule));
    let of_overall = overall
        .iter()
        .zip(0..)
        .filter_map(|(of, rule)| Some((of.as_ref()?, rule)));
    let mut of_overall = share(rules, of_overall.collect(), alpha).into_iter();
    Judgement {
        rows: share(rules, of_comparisons.collect(), alpha),
        overall: overall
            .iter()
            .map(|contrast| contrast.as_ref().and_then(|_| of_overall.next()))
            .collect(),
    }
}

/// Judges contrasts, each by its rule, which share a level.
fn share(rules: &[Rule], contrasts: Vec<(&Contrast, usize)>, alpha: f64) -> Vec<Judged> {
    let p = contrasts.iter().filter_map(|(contrast, _)| match contrast {
        Contrast::Tested(tested) => Some(tested.p()),
        Contrast::Fixed(_) => None,
    });
    let mut steps = holm(&p.collect::<Vec<_>>(), alpha).into_iter();
    let judged = contrasts.into_iter().map(|(contrast, rule)| {
        let rule = &rules[rule];
        let judged = match contrast {
            Contrast::Fixed(judged) => *judged,
            Contrast::Tested(tested) => {
                let step = steps
                    .next()
                    .unwrap_or_else(|| unreachable!("each test has a step"));
                tested.judged(rule, step)
            }
        };
        match (rule.direction, judged.verdict) {
            (Direction::Shown, Verdict::NotCompared(_)) => judged,
            (Direction::Shown, _) => Judged {
                verdict: Verdict::NotCompared(Why::NotJudged),
                ..judged
            },
            _ => judged,
        }
    });
    judged.collect()
}

impl Tested {
    /// Returns the probability of a difference as far beyond the margin, to either side, if there is none.
    pub(super) fn p(&self) -> f64 {
        (2.0 * self.low.p_below().min(self.high.p_above())).min(1.0)
    }

    fn judged(&self, rule: &Rule, step: HolmStep) -> Judged {
        let interval = self.plain.interval(1.0 - step.level);
        // D. J. Schuirmann's two one-sided tests, J. Pharmacokinet. Biopharm. 15, 1987.
        let is_within = self.low.p_above().max(self.high.p_below()) <= step.level / 2.0;
        let is_larger = self.low.p_below() > self.high.p_above();
        let verdict = if step.is_rejected {
            if is_larger == (rule.direction == Direction::Maximize) {
                Verdict::Better
            } else {
                Verdict::Worse
            }
        } else if rule.margin.is_none() {
            Verdict::Unclear(Why::NoMargin)
        } else if is_within {
            Verdict::Same
        } else {
            let needed = self.plain.needed(self.count, self.half, 1.0 - step.level);
            Verdict::Unclear(Why::Noise {
                replicates_needed: needed.filter(|needed| *needed > self.count),
            })
        };
        let shown = |number: f64| if rule.is_log { number.exp() } else { number };
        Judged {
            change: shown(self.plain.value),
            interval: Some(interval.map(shown)),
            pairs: (!self.replicates.is_empty()).then_some(self.count),
            verdict,
        }
    }
}

/// Returns the contrast of the means over several comparisons: in pairs, the mean of each replicate that all have. None for
/// fewer than two comparisons or replicates.
fn overall(tests: &[&Tested]) -> Option<Tested> {
    let count = tests.len() as f64;
    if tests.len() < 2 {
        return None;
    }
    let half = tests.iter().map(|test| test.half).sum::<f64>() / count;
    if tests.iter().all(|test| test.replicates.is_empty()) {
        let mean = |of: fn(&Tested) -> TTest| {
            TTest::mean(&tests.iter().map(|test| of(test)).collect::<Vec<_>>())
        };
        return Some(Tested {
            plain: mean(|test| test.plain)?,
            low: mean(|test| test.low)?,
            high: mean(|test| test.high)?,
            half,
            count: tests.iter().map(|test| test.count).min()?,
            replicates: Vec::new(),
        });
    }
    let mut sums: HashMap<&str, (f64, [f64; 3])> = HashMap::new();
    for (replicate, differences) in tests.iter().flat_map(|test| &test.replicates) {
        let (known, sum) = sums.entry(replicate).or_default();
        *known += 1.0;
        for (sum, difference) in sum.iter_mut().zip(differences) {
            *sum += difference / count;
        }
    }
    // In the order of the first comparison, as sums depend on it.
    let replicates = tests[0].replicates.iter().filter_map(|(replicate, _)| {
        let (known, means) = sums[replicate.as_str()];
        (known == count).then(|| (replicate.clone(), means))
    });
    let tested = Tested::paired(replicates.collect(), half)?;
    (!tested.is_constant()).then_some(tested)
}

impl Tested {
    /// Whether the differences in pairs have no spread.
    fn is_constant(&self) -> bool {
        let differences: Vec<f64> = self
            .replicates
            .iter()
            .map(|(_, [plain, ..])| *plain)
            .collect();
        Moments::of(&differences).variance == 0.0
    }
}
