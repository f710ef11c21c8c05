//! [`rank`]: the best of several rows, and those that cannot be told from it.

use super::{
    Direction, Judged, Moments, Rule, Sides, Verdict, Why,
    contrast::{Contrast, contrast},
    holm::holm,
};

/// The best of several rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ranking {
    pub(crate) best: usize,
    /// The other rows that cannot be told from it, in their order.
    pub(crate) ties: Vec<usize>,
}

/// Returns the best of several rows, each of which has values with the names of their replicates, by a rule that says what is
/// better; none if no row has a value. Each row is tested against the best; the level is shared.
pub(crate) fn rank(rule: &Rule, rows: &[Vec<(String, f64)>], alpha: f64) -> Option<Ranking> {
    let sign = match rule.direction {
        Direction::Maximize => 1.0,
        Direction::Minimize => -1.0,
        Direction::Exact | Direction::Shown => return None,
    };
    let rule = Rule {
        margin: None,
        ..*rule
    };
    let means = rows.iter().map(|row| {
        let values: Vec<f64> = row
            .iter()
            .map(|(_, value)| sign * rule.scaled(*value))
            .collect();
        Moments::of(&values).mean
    });
    let means: Vec<f64> = means.collect();
    let known = (0..rows.len()).filter(|row| means[*row].is_finite());
    // The first of equal ones.
    let best = known
        .rev()
        .max_by(|one, other| means[*one].total_cmp(&means[*other]))?;
    let mut tests = Vec::new();
    let mut ties = Vec::new();
    for (row, values) in rows.iter().enumerate().filter(|(row, _)| *row != best) {
        if !means[row].is_finite() {
            continue;
        }
        let sides = Sides {
            before: values.clone(),
            after: rows[best].clone(),
        };
        match contrast(&rule, &sides) {
            Contrast::Tested(tested) => tests.push((row, tested.p())),
            // By chance, numbers of few digits differ by the same in two pairs, but seldom in three.
            Contrast::Fixed(Judged {
                verdict: Verdict::Unclear(Why::Shifted(3..)),
                ..
            }) => {}
            Contrast::Fixed(_) => ties.push(row),
        }
    }
    let p: Vec<f64> = tests.iter().map(|(_, p)| *p).collect();
    let steps = holm(&p, alpha).into_iter().zip(&tests);
    ties.extend(
        steps
            .filter(|(step, _)| !step.is_rejected)
            .map(|(_, (row, _))| *row),
    );
    ties.sort_unstable();
    Some(Ranking { best, ties })
}
