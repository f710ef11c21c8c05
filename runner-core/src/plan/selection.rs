//! Which of the planned runs are asked for.

use crate::{error::Error, nearest::nearest};

/// The indexes of the runs whose label contains one of `patterns`; all without patterns.
///
/// # Errors
///
/// If a pattern matches no label; the error suggests one.
pub(crate) fn select<'a>(
    patterns: &[String],
    count: usize,
    label: impl Fn(usize) -> &'a str,
) -> Result<Vec<usize>, Error> {
    if patterns.is_empty() {
        return Ok((0..count).collect());
    }
    for pattern in patterns {
        if !(0..count).any(|index| label(index).contains(pattern.as_str())) {
            let suggestion = nearest(pattern, (0..count).map(&label))
                .map(|label| format!("; did you mean `{label}`?"))
                .unwrap_or_default();
            return Err(Error::usage(format!(
                "no run matches `{pattern}`{suggestion} (--list shows all {count})"
            )));
        }
    }
    Ok((0..count)
        .filter(|&index| {
            patterns
                .iter()
                .any(|pattern| label(index).contains(pattern.as_str()))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [&str; 3] = ["base lr=0.1", "base lr=0.2", "fast"];

    fn check(patterns: &[&str], expected: Result<&[usize], &str>) {
        let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let selected = select(&patterns, LABELS.len(), |index| LABELS[index]);
        let selected = selected.map_err(|error| error.to_string());
        assert_eq!(selected.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn a_pattern_is_a_part_of_a_label() {
        check(&[], Ok(&[0, 1, 2]));
        check(&["base"], Ok(&[0, 1]));
        check(&["lr=0.2", "fast"], Ok(&[1, 2]));
    }

    #[test]
    fn a_pattern_that_selects_nothing_is_an_error_with_a_suggestion() {
        check(
            &["fats"],
            Err("no run matches `fats`; did you mean `fast`? (--list shows all 3)"),
        );
        check(
            &["fast", "zzzzzz"],
            Err("no run matches `zzzzzz` (--list shows all 3)"),
        );
    }
}
