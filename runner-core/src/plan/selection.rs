//! [`select`]: patterns → runs.

use crate::base::{Error, did_you_mean, nearest, printable};

/// The places of the labels that any of `patterns` selects, in ascending order; all of them without patterns.
///
/// A pattern selects the labels that contain it, except that a whole label selects only itself: `base lr=0.1` must not
/// run `base lr=0.15` too. A label as it is shown, with escapes for what cannot be typed, is as good as the label itself.
///
/// # Errors
///
/// A usage error if a pattern selects nothing.
pub(crate) fn select<'a>(
    patterns: &[String],
    labels: impl ExactSizeIterator<Item = &'a str> + Clone,
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
        if selected.len() == before {
            return Err(selects_nothing(pattern, labels));
        }
    }
    selected.sort_unstable();
    selected.dedup();
    Ok(selected)
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
    Error::usage(format!(
        "no run's label contains `{}`{hint} (--list shows them)",
        printable(pattern)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [&str; 4] = ["base lr=0.1", "base lr=0.15", "fast", "wide fast"];

    fn selected(patterns: &[&str]) -> Result<Vec<usize>, String> {
        let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        select(&patterns, LABELS.into_iter()).map_err(|error| error.to_string())
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
        let selected = |pattern: &str| select(&[pattern.to_owned()], labels.into_iter()).ok();
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
