//! A hundred thousand texts for every parser: none makes it panic, and errors point at where the text stops making sense.

use super::overrides;
use crate::{
    base::Random,
    change::{file::ConfigFile, range},
    value::{ConfigType, Kind, Layer, Sample, notation, text},
};

const VALUE: &[&str] = &[
    "[", "]", "{", "}", "\"", ":", ",", " ", "\\", "\\u00", "\\\"", "a", "none", "null", "true",
    "1", "-0.5", "1e9", "..", "..=", "/", "/log", "/lin", "inf", "NaN", "0x", "_", "é", "\n", "10",
    "1h", "30m", "ms", "\"a\"", "a: 1", "=",
];

#[test]
fn the_notation_of_values_fails_where_it_stops_making_sense() {
    let mut random = Random::new(1);
    for _ in 0..100_000 {
        let text = random.text(VALUE);
        let Err(error) = notation::parse(&text) else {
            continue;
        };
        let at = error.offset;
        assert!(text.is_char_boundary(at), "{text:?}: {error} at {at}");
        // What is before the place can still become a value, so it fails at its end if at all.
        if let Err(earlier) = notation::parse(&text[..at]) {
            let rest = &text[earlier.offset..at];
            let is_at_end =
                rest.trim().is_empty() || earlier.to_string().contains("is missing at the end");
            assert!(
                is_at_end,
                "{text:?}: {error} at {at}, but {earlier} at {}",
                earlier.offset
            );
        }
        assert!(text.is_char_boundary(notation::locate(&text, &["a", "0", "1"])));
    }
}

#[test]
fn scalars_ranges_and_lists_never_panic() {
    let mut random = Random::new(2);
    let kinds = [Kind::U8, Kind::I128, Kind::F64, Kind::F32];
    for round in 0..100_000 {
        let written = random.text(VALUE);
        let parts: Vec<String> = text::split(&written).collect();
        assert!(
            parts.iter().map(String::len).sum::<usize>() <= written.len(),
            "{written:?}"
        );
        let _ = text::whole(Kind::U128, &written);
        let _ = text::whole(Kind::I8, &written);
        let _ = (
            text::float64(&written),
            text::float32(&written),
            text::boolean(&written),
        );
        let _ = (
            text::character(&written),
            text::read(&written),
            text::bytes(&written),
        );
        let _ = (
            text::duration(&written),
            text::is_none(&written),
            text::is_not_finite(&written),
        );
        // Long ranges take long; their numbers are small here.
        if written.len() < 12 && !written.contains(['e', 'E']) {
            let _ = range::values(&written, kinds[round % kinds.len()]);
        }
    }
}

const FIELDS: &[&str] = &[
    "name",
    "epochs",
    "learning_rate",
    "optimizer.momentum",
    "warm",
    "schedule.step.gamma",
    "schedule",
    "layers.0.units",
    "dims",
    "limit",
    "pair.1",
    "weights.a",
    "plain.mode.kind",
    "pause",
    "timeout",
    "big",
    "letter",
    "kind",
    "x",
    ".",
    "",
    "0",
];

#[test]
fn whole_assignments_are_applied_or_refused_in_their_own_words() {
    let mut random = Random::new(3);
    for _ in 0..6_000 {
        let field = FIELDS[random.below(FIELDS.len())];
        let written = format!("{field}={}", random.text(VALUE).replace("/l", "/"));
        if written.contains("..") && written.len() > field.len() + 12 {
            continue;
        }
        let (sets, sweeps) = ([written.as_str()], [written.as_str()]);
        for (sets, sweeps) in [(&sets[..], &[][..]), (&[][..], &sweeps[..])] {
            let made = overrides(sets, sweeps).and_then(|made| made.apply_to(&[Sample::default()]));
            let Err(error) = made else { continue };
            assert!(error.is_usage(), "{error}");
            let message = error.to_string();
            assert!(message.contains(&written), "{message}");
            if let Some((_, column)) = message.rsplit_once("(column ") {
                let column: Option<usize> = column
                    .split(' ')
                    .next()
                    .and_then(|column| column.parse().ok());
                let is_inside = column
                    .is_some_and(|column| (1..=written.chars().count() + 1).contains(&column));
                assert!(is_inside || written.contains("(column "), "{message}");
            }
        }
    }
}

const FILE: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    "\"units\"",
    "units",
    ":",
    "=",
    ",",
    "\n",
    " ",
    "[[config]]\n",
    "config",
    "units = 1\n",
    "\"units\": 1",
    "1",
    "-1",
    "0x1f",
    "1.5",
    "\"a\"",
    "#",
    "'",
    "\"\"\"",
    "\\",
    "é",
    "null",
    "true",
    "1979-05-27",
    ".",
    "[{",
    "}]",
    "{\"units\": 1}",
];

#[test]
fn files_of_configs_fail_at_a_line_and_column_that_they_have() {
    let mut random = Random::new(4);
    for round in 0..40_000 {
        let text = random.text(FILE);
        let name = ["a.json", "a.toml"][round % 2];
        let Err(error) = (ConfigFile { name, text: &text }).configs(ConfigType::of::<Layer>())
        else {
            continue;
        };
        let message = error.to_string();
        let place = message
            .strip_prefix(&format!("--configs {name}:"))
            .unwrap_or_default();
        let mut numbers = place.splitn(3, ':').map(str::parse);
        let (Some(Ok(line)), Some(Ok(column))) = (numbers.next(), numbers.next()) else {
            // Only the absence of a feature has no place.
            assert!(
                message.contains("without the feature"),
                "{text:?}: {message}"
            );
            continue;
        };
        let lines: Vec<&str> = text.split('\n').collect();
        let is_inside = (1..=lines.len()).contains(&line)
            && (1..=lines[line - 1].chars().count() + 1).contains(&column);
        assert!(is_inside, "{text:?}: {message}");
    }
}
