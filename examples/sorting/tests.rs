//! Tests of the pure parts.

use crate::*;

const ALGORITHMS: [Algorithm; 7] = [
    Algorithm::Std,
    Algorithm::Heap,
    Algorithm::Merge { cutoff: 0 },
    Algorithm::Merge { cutoff: 1 },
    Algorithm::Merge { cutoff: 16 },
    Algorithm::Quick {
        pivot: Pivot::First,
    },
    Algorithm::Quick {
        pivot: Pivot::Median,
    },
];

#[test]
fn every_algorithm_sorts_like_the_standard_library() {
    let mut random = Random(1);
    for length in 0..200 {
        for distinct in [1, 3, u32::MAX] {
            let items: Vec<u32> = (0..length).map(|_| random.next() % distinct).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            for algorithm in ALGORITHMS {
                let mut sorted = items.clone();
                sort(&mut sorted, algorithm, &mut u32::cmp);
                assert_eq!(sorted, expected, "{algorithm}");
            }
        }
    }
}

#[test]
fn the_first_item_is_a_bad_pivot_for_sorted_input() -> anyhow::Result<()> {
    let config = Sorting {
        algorithm: Algorithm::Quick {
            pivot: Pivot::First,
        },
        input: Input::Sorted,
        length: 1_000,
        repetitions: 1,
        seed: 0,
    };
    let lists = Lists::new(&config);
    let per_item = lists.count_comparisons(config.algorithm)? / lists.items_count();
    assert!((499.0..502.0).contains(&per_item), "{per_item}");
    Ok(())
}

#[test]
fn counts_depend_on_the_config_alone() -> anyhow::Result<()> {
    for config in SortingCost::configs()
        .into_iter()
        .filter(|config| config.length == 1_000)
    {
        let count = || Lists::new(&config).count_comparisons(config.algorithm);
        assert!((count()? - count()?).abs() < 0.5);
    }
    Ok(())
}

#[test]
fn the_median_is_the_middle_value() {
    assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(vec![]), None);
}
