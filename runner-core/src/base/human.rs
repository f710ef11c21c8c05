//! Durations, sizes, names and words as people read and write them.

use std::{borrow::Cow, fmt::Display, time::Duration};

use console::measure_text_width;

/// A duration in at most three digits or two units: `350 ms`, `1.24 s`, `2 m 05 s`, `3 h 07 m`.
pub(crate) fn duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    // Each limit is where rounding would reach the next unit or lose a digit.
    match nanos {
        0 => "0 ms".to_owned(),
        1..=999_499 => format!("{} µs", rounded(nanos, 1_000).max(1)),
        999_500..=999_499_999 => format!("{} ms", rounded(nanos, 1_000_000)),
        999_500_000..=9_994_999_999 => decimal(rounded(nanos, 10_000_000), 2),
        9_995_000_000..=59_949_999_999 => decimal(rounded(nanos, 100_000_000), 1),
        _ => long(rounded(nanos, 1_000_000_000)),
    }
}

/// A duration that is still growing or only estimated, in whole seconds: `0 s`, `12 s`, `2 m 05 s`.
pub(crate) fn rough_duration(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => long(seconds.into()),
    }
}

/// A size in decimal units: `512 B`, `1.2 kB`, `3.4 GB`.
pub(crate) fn bytes(bytes: u64) -> String {
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let (mut unit, mut name) = (1_000_u128, "kB");
    for (larger, larger_name) in [
        (1_000_000, "MB"),
        (1_000_000_000, "GB"),
        (1_000_000_000_000, "TB"),
    ] {
        // 999.95 kB would be rounded to 1000.0 kB.
        if u128::from(bytes) >= larger - larger / 20_000 {
            (unit, name) = (larger, larger_name);
        }
    }
    let tenths = rounded(u128::from(bytes), unit / 10);
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

/// `1 run`, `2 runs`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Returns the text on one line, with control characters and those that change the direction of writing as escapes, so
/// that a name cannot steer the terminal or look like another one.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, steers)
}

/// Like [`printable`], but keeps line breaks and tabs.
pub(crate) fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |character| {
        steers(character) && !['\n', '\t'].contains(&character)
    })
}

/// Whether the character moves the cursor, changes the direction of writing or the like.
pub(crate) fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_escaped(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// Puts `start` and the pieces, with spaces between them, on lines of at most `width` columns, where no piece is broken.
pub(crate) fn wrap<S: AsRef<str>>(
    start: &str,
    pieces: impl IntoIterator<Item = S>,
    indent: &str,
    width: usize,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = start.to_owned();
    for piece in pieces {
        let piece = piece.as_ref();
        let joined = measure_text_width(&line) + 1 + measure_text_width(piece);
        if joined > width && !line.is_empty() {
            line.truncate(line.trim_end().len());
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
        } else if !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
        line.push_str(piece);
    }
    lines.push(line);
    lines
}

fn rounded(value: u128, unit: u128) -> u128 {
    (value + unit / 2) / unit
}

fn decimal(value: u128, places: u32) -> String {
    let one = 10_u128.pow(places);
    let width = places as usize;
    format!("{}.{:0width$} s", value / one, value % one)
}

fn long(seconds: u128) -> String {
    let (minutes, hours) = (rounded(seconds, 60), rounded(seconds, 3_600));
    if seconds < 3_600 {
        format!("{} m {:02} s", seconds / 60, seconds % 60)
    } else if minutes < 24 * 60 {
        format!("{} h {:02} m", minutes / 60, minutes % 60)
    } else {
        format!("{} d {:02} h", hours / 24, hours % 24)
    }
}

/// Returns the candidate that is nearest to `word`, if it is close enough to be meant.
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

/// Returns the number of mistakes, or `None` if it is another word. The start of a word counts as one mistake.
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

/// `; did you mean `x`?`, or nothing.
pub(crate) fn did_you_mean(meant: Option<impl Display>) -> String {
    meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_or_two_units() {
        for (nanos, expected) in [
            (0, "0 ms"),
            (1, "1 µs"),
            (120_400, "120 µs"),
            (999_499, "999 µs"),
            (999_500, "1 ms"),
            (350_000_000, "350 ms"),
            (999_499_999, "999 ms"),
            (999_500_000, "1.00 s"),
            (1_240_000_000, "1.24 s"),
            (9_994_999_999, "9.99 s"),
            (9_995_000_000, "10.0 s"),
            (59_949_999_999, "59.9 s"),
            (59_950_000_000, "1 m 00 s"),
            (125_000_000_000, "2 m 05 s"),
            (3_599_400_000_000, "59 m 59 s"),
            (3_599_500_000_000, "1 h 00 m"),
            (11_220_000_000_000, "3 h 07 m"),
            (86_369_000_000_000, "23 h 59 m"),
            (86_370_000_000_000, "1 d 00 h"),
            (183_600_000_000_000, "2 d 03 h"),
        ] {
            assert_eq!(duration(Duration::from_nanos(nanos)), expected, "{nanos}");
        }
        assert!(duration(Duration::MAX).ends_with(" h"));
    }

    #[test]
    fn rough_durations_have_no_fractions() {
        for (millis, expected) in [(999, "0 s"), (59_999, "59 s"), (125_999, "2 m 05 s")] {
            assert_eq!(rough_duration(Duration::from_millis(millis)), expected);
        }
    }

    #[test]
    fn sizes_have_one_decimal() {
        for (size, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (1_249, "1.2 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (3_400_000_000, "3.4 GB"),
            (u64::MAX, "18446744.1 TB"),
        ] {
            assert_eq!(bytes(size), expected, "{size}");
        }
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(printable("naïve 🦀"), "naïve 🦀");
        assert_eq!(printable("a\u{1b}[2J\nb"), "a\\u{1b}[2J\\nb");
        assert_eq!(printable("safe\u{202e}gpj.exe"), "safe\\u{202e}gpj.exe");
        assert_eq!(
            printable_lines("one\n\ttwo\r\u{1b}[2J\u{202e}"),
            "one\n\ttwo\\r\\u{1b}[2J\\u{202e}"
        );
    }

    fn check_nearest(word: &str, expected: Option<&str>) {
        let flags = ["report", "rerun", "list", "dry-run", "jobs", "output-dir"];
        assert_eq!(nearest(word, flags), expected, "{word}");
    }

    #[test]
    fn typing_mistakes_are_recognised() {
        check_nearest("reprot", Some("report"));
        check_nearest("Report", Some("report"));
        check_nearest("lsit", Some("list"));
        check_nearest("job", Some("jobs"));
        check_nearest("dryrun", Some("dry-run"));
        check_nearest("output", Some("output-dir"));
    }

    #[test]
    fn other_words_are_left_alone() {
        check_nearest("frobnicate", None);
        check_nearest("x", None);
        check_nearest("", None);
    }
}
