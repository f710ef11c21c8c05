//! What the methods promise, counted in simulations. `SIMULATIONS` sets their number; each has its own fixed seed, so that a
//! count is the same in every run.

use crate::base::statistics::{
    Count, Direction, Estimate, Rule, Sides, Verdict, judge, percent, rank, suite::Random,
};

/// Returns the number of repetitions, and how far a share may be from what is promised: four standard deviations.
fn repetitions(share: f64) -> (u64, f64) {
    let asked = std::env::var("SIMULATIONS").ok();
    let count = asked.map_or(1_000, |count| {
        count.parse().expect("`SIMULATIONS` is a number")
    });
    (count, 4.0 * (share * (1.0 - share) / count as f64).sqrt())
}

impl Random {
    /// A number between 0 and 1, without these.
    fn part(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// A number of the normal distribution (G. E. P. Box and M. E. Muller, 1958).
    fn normal(&mut self) -> f64 {
        let (one, other) = (self.part(), self.part());
        (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos()
    }
}

/// Two sides of configs with seeds of which the runs have 0.7 of the noise in common; `shift` is what changed.
fn table(random: &mut Random, configs: usize, seeds: usize, shift: f64) -> Vec<(usize, Sides)> {
    let common: Vec<f64> = (0..seeds).map(|_| random.normal()).collect();
    let mut side = |shift: f64| {
        let run = |(seed, common): (usize, &f64)| {
            let noise = 0.7_f64.sqrt() * common + 0.3_f64.sqrt() * random.normal();
            (seed.to_string(), 100.0 + shift + noise)
        };
        common.iter().enumerate().map(run).collect::<Vec<_>>()
    };
    let sides = (0..configs).map(|_| Sides {
        before: side(0.0),
        after: side(shift),
    });
    sides.map(|sides| (0, sides)).collect()
}

/// Returns how often a table says that something is better or worse.
fn alarms(rule: Rule, configs: usize, seeds: usize, count: u64) -> f64 {
    let is_alarm = |seed: &u64| {
        let comparisons = table(&mut Random(*seed << 20), configs, seeds, 0.0);
        let judged = judge(&[rule], &comparisons, 0.05);
        let mut all = judged.rows.iter().chain(judged.overall.iter().flatten());
        all.any(|judged| matches!(judged.verdict, Verdict::Better | Verdict::Worse))
    };
    (0..count).filter(is_alarm).count() as f64 / count as f64
}

#[test]
fn intervals_hold_the_mean_as_often_as_they_say() {
    let (count, off) = repetitions(0.95);
    for size in [2, 3, 5, 10] {
        let holds = |seed: &u64| {
            let mut random = Random(*seed << 20);
            let values: Vec<f64> = (0..size).map(|_| 7.0 + random.normal()).collect();
            let interval = Estimate::of(&values, Count::new(size, 0, 0)).interval;
            interval.is_some_and(|interval| (interval.low..interval.high).contains(&7.0))
        };
        let held = (0..count).filter(holds).count() as f64 / count as f64;
        assert!(
            (held - 0.95).abs() < off,
            "{held} of intervals of {size} values"
        );
    }
}

#[test]
fn a_table_in_which_nothing_changed_is_quiet_in_19_of_20_cases() {
    let (count, off) = repetitions(0.05);
    for (configs, seeds) in [(12, 3), (12, 5), (50, 5)] {
        let rule = Rule::new(Direction::Maximize);
        let rate = alarms(rule, configs, seeds, count);
        println!("{configs} × {seeds}: {rate}");
        assert!(
            (rate - 0.05).abs() < off.max(0.01),
            "{rate} at {configs} × {seeds}"
        );
    }
}

#[test]
fn other_rules_are_not_louder() {
    let (count, off) = repetitions(0.05);
    let plain = Rule::new(Direction::Minimize);
    let unpaired = Rule {
        is_unpaired: true,
        ..plain
    };
    let logs = Rule {
        is_log: true,
        ..plain
    };
    let margin = Rule {
        margin: Some(percent(1.0)),
        ..plain
    };
    for rule in [unpaired, logs, margin] {
        let rate = alarms(rule, 12, 5, count / 4);
        assert!(rate < 0.05 + 2.0 * off, "{rate} with {rule:?}");
    }
}

#[test]
fn a_change_everywhere_is_seen_in_the_row_over_all() {
    let (count, _) = repetitions(0.5);
    let rule = Rule::new(Direction::Maximize);
    let is_seen = |seed: &u64| {
        let comparisons = table(&mut Random(*seed << 20), 12, 3, -1.0);
        let overall = judge(&[rule], &comparisons, 0.05).overall;
        overall[0].is_some_and(|judged| judged.verdict == Verdict::Worse)
    };
    let seen = (0..count).filter(is_seen).count() as f64 / count as f64;
    assert!(seen > 0.7, "{seen}");
}

#[test]
fn the_true_best_is_among_the_best() {
    let (count, _) = repetitions(0.5);
    let rule = Rule::new(Direction::Maximize);
    let is_there = |seed: &u64| {
        let mut random = Random(*seed << 20);
        let true_means: Vec<f64> = (0..12).map(|_| random.normal()).collect();
        let row = |mean: &f64| {
            let values = (0..5).map(|seed: u32| (seed.to_string(), mean + random.normal()));
            values.collect::<Vec<_>>()
        };
        let rows: Vec<_> = true_means.iter().map(row).collect();
        let largest = true_means.iter().copied().fold(f64::MIN, f64::max);
        let ranking = rank(&rule, &rows, 0.05).expect("there is a best");
        let mut kept = ranking.ties.iter().chain([&ranking.best]);
        kept.any(|row| true_means[*row] == largest)
    };
    let there = (0..count).filter(is_there).count() as f64 / count as f64;
    assert!(there > 0.98, "{there}");
}
