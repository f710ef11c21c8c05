//! [`spread`]: a part of the runs in which the values of all fields occur about equally often.

use std::collections::HashMap;

use crate::value::Key;

/// Number of runs that are chosen by their fields; the rest of a larger part covers them by chance.
const CHOSEN_MAX: usize = 200;

/// Returns the places of so many runs: each is the one whose fields have been chosen least, and of those the one with the least key, so
/// that it is the same ones each time. `leaves` are the hashes of the fields of each run.
pub(crate) fn spread(runs: &[(Key, Vec<u64>)], number: usize) -> Vec<usize> {
    let mut left: Vec<usize> = (0..runs.len()).collect();
    left.sort_by_key(|place| runs[*place].0);
    let mut chosen = Vec::with_capacity(number);
    let mut counts: HashMap<u64, u32> = HashMap::new();
    while chosen.len() < number.min(CHOSEN_MAX) {
        let count = |leaf: &u64| counts.get(leaf).copied().unwrap_or(0);
        let seen = |place: usize| -> u32 { runs[place].1.iter().map(count).sum() };
        let least = left
            .iter()
            .enumerate()
            .min_by_key(|(_, place)| seen(**place));
        let Some((index, _)) = least else { break };
        let place = left.remove(index);
        for leaf in &runs[place].1 {
            *counts.entry(*leaf).or_default() += 1;
        }
        chosen.push(place);
    }
    let more = number.saturating_sub(chosen.len());
    chosen.extend(left.into_iter().take(more));
    chosen
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// A product of so many values of each field.
    fn grid(fields: &[u64]) -> Vec<(Key, Vec<u64>)> {
        let mut runs = vec![Vec::new()];
        for (field, values) in (1..).zip(fields) {
            let with = |run: &Vec<u64>| {
                let run = run.clone();
                (0..*values).map(move |value| [run.clone(), vec![field * 100 + value]].concat())
            };
            runs = runs.iter().flat_map(with).collect();
        }
        // Keys are in no order.
        let key = |place: u128| Key::from_u128(place.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 1_009);
        (0..).map(key).zip(runs).collect()
    }

    #[test]
    fn a_part_has_every_value_of_every_field() {
        let runs = grid(&[8, 3, 5]);
        let chosen = spread(&runs, 8);
        let values: HashSet<u64> = chosen
            .iter()
            .flat_map(|&place| runs[place].1.clone())
            .collect();
        assert_eq!((chosen.len(), values.len()), (8, 16));
        assert_eq!(spread(&runs, 8), chosen);
        let mut all = spread(&runs, 1000);
        all.sort_unstable();
        assert_eq!(all, (0..120).collect::<Vec<_>>());
        assert!(spread(&runs, 0).is_empty());
    }
}
