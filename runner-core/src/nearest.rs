//! Suggestions for misspelt words.

/// The candidate that is most like `word`, if any is like enough to be meant.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + word.len().min(candidate.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_likely_words_are_suggested() {
        let words = ["report", "rerun", "list"];
        assert_eq!(nearest("reprot", words), Some("report"));
        assert_eq!(nearest("lists", words), Some("list"));
        assert_eq!(nearest("verbose", words), None);
    }
}
