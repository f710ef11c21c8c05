//! [`nearest`]: what somebody meant who wrote something else.

/// The candidate that `word` was most likely meant to be, if any is close enough to ask.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .filter_map(|candidate| Some((distance(&word, &candidate.to_lowercase())?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many mistakes away, or `None` if that is another word. The start of a word counts as one mistake.
fn distance(word: &str, candidate: &str) -> Option<usize> {
    let mistakes = strsim::osa_distance(word, candidate);
    if word.chars().count() >= 2 && candidate.starts_with(word) {
        return Some(mistakes.min(1));
    }
    let allowed = candidate
        .chars()
        .count()
        .min(word.chars().count())
        .div_ceil(3);
    (mistakes <= allowed).then_some(mistakes)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    fn check(word: &str, expected: Option<&str>) {
        let flags = ["report", "rerun", "list", "dry-run", "jobs", "output-dir"];
        assert_eq!(nearest(word, flags), expected, "{word}");
    }

    #[test]
    fn typing_mistakes_are_recognised() {
        check("reprot", Some("report"));
        check("Report", Some("report"));
        check("lsit", Some("list"));
        check("job", Some("jobs"));
        check("dryrun", Some("dry-run"));
        check("output", Some("output-dir"));
    }

    #[test]
    fn other_words_are_left_alone() {
        check("frobnicate", None);
        check("x", None);
        check("", None);
    }
}
