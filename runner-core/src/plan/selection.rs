//! [`select`]: patterns → runs, and [`Shard`]: a part of them.

use std::{fmt, str::FromStr};

use crate::{
    base::{Error, did_you_mean, nearest, printable},
    value::Key,
};

/// Returns the places of the runs that any of `patterns` selects, in ascending order; all of them without patterns.
///
/// A pattern selects the labels that contain it, except that a whole label selects only itself: `base lr=0.1` must not
/// run `base lr=0.15` too. A label as it is shown, with escapes for what cannot be typed, is as good as the label itself.
/// A pattern that no label contains selects the keys that begin with it.
///
/// # Errors
///
/// A usage error if a pattern selects nothing.
pub(crate) fn select<'a>(
    patterns: &[String],
    labels: impl ExactSizeIterator<Item = &'a str> + Clone,
    key_of: impl Fn(usize) -> Key,
) -> Result<Vec<usize>, Error> {
    if patterns.is_empty() {
        // Counting by looking at each would compute all labels.
        return Ok((0..labels.len()).collect());
    }
    let mut selected = Vec::new();
    for pattern in patterns {
        let before = selected.len();
        let rules: [&dyn Fn(&str) -> bool; 4] = [
            &|label| label == pattern,
            &|label| printable(label) == *pattern,
            &|label| label.contains(pattern),
            &|label| printable(label).contains(pattern),
        ];
        for rule in rules {
            if selected.len() == before {
                selected.extend(places(labels.clone(), rule));
            }
        }
        if selected.len() == before && may_be_key(pattern) {
            let digits = pattern.to_ascii_lowercase();
            let is_meant = |place: &usize| key_of(*place).to_string().starts_with(&digits);
            selected.extend((0..labels.len()).filter(is_meant));
        }
        if selected.len() == before {
            return Err(selects_nothing(pattern, labels));
        }
    }
    selected.sort_unstable();
    selected.dedup();
    Ok(selected)
}

/// Minimum number of digits of a key; fewer are rather a mistyped label.
const KEY_DIGITS_MIN: usize = 4;

fn may_be_key(pattern: &str) -> bool {
    pattern.len() >= KEY_DIGITS_MIN && pattern.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn places<'a>(
    labels: impl Iterator<Item = &'a str>,
    matches: impl Fn(&str) -> bool,
) -> impl Iterator<Item = usize> {
    labels
        .enumerate()
        .filter(move |(_, label)| matches(label))
        .map(|(place, _)| place)
}

fn selects_nothing<'a>(pattern: &str, labels: impl Iterator<Item = &'a str> + Clone) -> Error {
    let words = labels.clone().flat_map(str::split_whitespace);
    let hint = did_you_mean(nearest(pattern, labels.chain(words)).map(printable));
    let or_key = if may_be_key(pattern) {
        ", and no key begins with it"
    } else {
        ""
    };
    Error::usage(format!(
        "no run's label contains `{}`{or_key}{hint} (--list shows them)",
        printable(pattern)
    ))
}

/// Part `number` of `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    by: By,
    /// From 1 to `count`.
    number: u64,
    count: u64,
}

/// A way to divide runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// By their keys: a run stays in its part whatever else is there.
    Key,
    /// By their places, in turn: parts differ by at most one run.
    Place,
}

impl Shard {
    /// The runs of this part, in their order.
    pub(crate) fn of(self, selected: Vec<usize>, key_of: impl Fn(usize) -> Key) -> Vec<usize> {
        let Self { by, number, count } = self;
        let part_of = |place: usize, run: usize| match by {
            // A key is a hash already, so its parts are about equal.
            By::Key => key_of(run).as_u128() % u128::from(count),
            By::Place => place as u128 % u128::from(count),
        };
        let runs = selected.into_iter().enumerate();
        runs.filter(|&(place, run)| part_of(place, run) == u128::from(number - 1))
            .map(|(_, run)| run)
            .collect()
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (by, numbers) = match text.split_once(':') {
            None => (By::Key, text),
            Some(("slice", numbers)) => (By::Place, numbers),
            Some((other, numbers)) => {
                return Err(format!(
                    "unknown way to divide runs: `{other}`; write `slice:{numbers}` to divide them evenly, \
                     or `{numbers}` to divide them by their keys"
                ));
            }
        };
        let parsed = numbers
            .split_once('/')
            .and_then(|(number, count)| Some((number.parse().ok()?, count.parse().ok()?)));
        match parsed {
            None => Err(format!(
                "write the shard's number and how many there are, such as `1/4` or `slice:1/4`, not `{text}`"
            )),
            Some((_, 0)) => Err(format!(
                "write how many shards there are as the second number, such as `1/4`, not `{text}`"
            )),
            Some((0, count)) => Err(format!(
                "write `1/{count}` for the first shard of {count}; they are counted from 1"
            )),
            Some((number, count)) if number > count => Err(format!(
                "write `{count}/{count}` for the last shard; there is no shard {number} of {count}"
            )),
            Some((number, count)) => Ok(Self { by, number, count }),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.by {
            By::Key => "",
            By::Place => "slice:",
        };
        write!(f, "{way}{}/{}", self.number, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [&str; 4] = ["base lr=0.1", "base lr=0.15", "fast", "wide fast"];

    fn selected(patterns: &[&str]) -> Result<Vec<usize>, String> {
        let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        let key_of = |place: usize| Key::from_u128((0xfa57_e000 + place as u128) << 96);
        select(&patterns, LABELS.into_iter(), key_of).map_err(|error| error.to_string())
    }

    #[test]
    fn the_beginning_of_a_key_selects_its_runs_if_no_label_contains_it() {
        assert_eq!(selected(&["fa57e002"]), Ok(vec![2]));
        assert_eq!(selected(&["FA57E"]), Ok(vec![0, 1, 2, 3]));
        assert_eq!(selected(&["fa57e00200000000", "fast"]), Ok(vec![2]));
        // Three digits are rather a label.
        assert!(selected(&["fa5"]).is_err());
        let error = "no run's label contains `fa58`, and no key begins with it; did you mean `fast`? (--list shows them)";
        assert_eq!(selected(&["fa58"]), Err(error.to_owned()));
    }

    #[test]
    fn patterns_are_parts_of_labels() {
        assert_eq!(selected(&[]), Ok(vec![0, 1, 2, 3]));
        assert_eq!(selected(&["base"]), Ok(vec![0, 1]));
        assert_eq!(selected(&["lr=0.1"]), Ok(vec![0, 1]));
        assert_eq!(selected(&["wide", "lr=0.15", "base"]), Ok(vec![0, 1, 3]));
    }

    /// A name may have what no argument of a process can hold.
    #[test]
    fn a_label_as_it_is_shown_selects_as_well() {
        let labels = ["nul\0", "nul\0 \u{1b}[2J", r"nul\u{0} twice"];
        let selected = |pattern: &str| {
            select(&[pattern.to_owned()], labels.into_iter(), |_| {
                Key::from_u128(0)
            })
            .ok()
        };
        assert_eq!(selected(r"nul\u{0}"), Some(vec![0]));
        assert_eq!(selected(r"nul\u{0} t"), Some(vec![2]));
        assert_eq!(selected(r"nul\u{0} \u{1b}[2J"), Some(vec![1]));
        assert_eq!(selected(r"\u{1b}"), Some(vec![1]));
        assert_eq!(selected(r"\u{2}"), None);
    }

    #[test]
    fn a_whole_label_selects_only_itself() {
        assert_eq!(selected(&["base lr=0.1"]), Ok(vec![0]));
        assert_eq!(selected(&["fast"]), Ok(vec![2]));
    }

    #[test]
    fn a_pattern_that_selects_nothing_is_a_mistake() {
        for (pattern, expected) in [
            (
                "bsae",
                "no run's label contains `bsae`; did you mean `base`? (--list shows them)",
            ),
            (
                "base lr=0.2",
                "no run's label contains `base lr=0.2`; did you mean `base lr=0.1`? (--list shows them)",
            ),
            (
                "momentum",
                "no run's label contains `momentum` (--list shows them)",
            ),
        ] {
            assert_eq!(selected(&["fast", pattern]), Err(expected.to_owned()));
        }
    }
}

#[cfg(test)]
mod shard_tests {
    use super::*;
    use crate::value::Digest;

    fn shard(text: &str) -> Shard {
        text.parse().expect("it is a shard")
    }

    /// A key as good as any; the same one for the same run.
    fn key(run: usize) -> Key {
        Key::from_u128(Digest::of(&run.to_le_bytes()).as_u128())
    }

    fn parts(way: &str, runs: &[usize], count: usize) -> Vec<Vec<usize>> {
        (1..=count)
            .map(|number| shard(&format!("{way}{number}/{count}")).of(runs.to_vec(), key))
            .collect()
    }

    #[test]
    fn parts_are_disjoint_and_cover_everything() {
        for way in ["", "slice:"] {
            for runs in 0..40 {
                // Selected runs, of which some are not.
                let selected: Vec<usize> = (0..runs).map(|run| 3 * run + 1).collect();
                for count in 1..12 {
                    let parts = parts(way, &selected, count);
                    assert!(parts.iter().all(|part| part.is_sorted()));
                    let mut all = parts.concat();
                    all.sort_unstable();
                    assert_eq!(all, selected, "{way} {runs} {count}");
                }
            }
        }
    }

    #[test]
    fn slices_differ_by_one_run_at_most() {
        for runs in 0..60 {
            let selected: Vec<usize> = (0..runs).collect();
            for count in 1..20 {
                let sizes = parts("slice:", &selected, count);
                let sizes = sizes.iter().map(Vec::len);
                let (least, most) = (sizes.clone().min(), sizes.max());
                assert!(most.unwrap_or(0) - least.unwrap_or(0) <= 1);
            }
        }
        assert_eq!(
            parts("slice:", &[10, 11, 12, 13, 14], 2),
            [vec![10, 12, 14], vec![11, 13]]
        );
    }

    #[test]
    fn more_configs_move_no_other_to_another_part() {
        for count in 1..12 {
            for few in 0..30 {
                let (before, after): (Vec<usize>, Vec<usize>) =
                    ((10..10 + few).collect(), (0..50).collect());
                for (small, large) in parts("", &before, count)
                    .iter()
                    .zip(parts("", &after, count))
                {
                    assert!(small.iter().all(|run| large.contains(run)));
                }
            }
        }
    }

    #[test]
    fn keys_are_divided_about_evenly() {
        let runs: Vec<usize> = (0..10_000).collect();
        for part in parts("", &runs, 8) {
            assert!((1_100..1_400).contains(&part.len()), "{}", part.len());
        }
    }

    #[test]
    fn mistakes_come_with_a_remedy() {
        for text in ["1/1", "3/7", "slice:7/7"] {
            assert_eq!(shard(text).to_string(), text);
        }
        for (text, expected) in [
            (
                "0/4",
                "write `1/4` for the first shard of 4; they are counted from 1",
            ),
            (
                "5/4",
                "write `4/4` for the last shard; there is no shard 5 of 4",
            ),
            (
                "1/0",
                "write how many shards there are as the second number, such as `1/4`, not `1/0`",
            ),
            (
                "hash:1/2",
                "unknown way to divide runs: `hash`; write `slice:1/2` to divide them evenly, or `1/2` to divide them \
                 by their keys",
            ),
            (
                "2",
                "write the shard's number and how many there are, such as `1/4` or `slice:1/4`, not `2`",
            ),
            (
                "1/-2",
                "write the shard's number and how many there are, such as `1/4` or `slice:1/4`, not `1/-2`",
            ),
        ] {
            assert_eq!(text.parse::<Shard>(), Err(expected.to_owned()));
        }
    }
}
