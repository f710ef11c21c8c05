//! Scalars as people write them.

use std::time::Duration;

use super::{Kind, Whole, json};

/// Reads a number of an integer type: digits with `_` between them, or an exponent that leaves it whole (`1e6`).
///
/// # Errors
///
/// If it is no number or out of range; the text says which.
pub(crate) fn whole(kind: Kind, text: &str) -> Result<Whole, String> {
    let out_of_range = || format!("`{text}` is out of range ({})", Whole::range(kind));
    let digits = without_separators(text);
    let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(&digits);
    let is_decimal = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_decimal {
        digits.parse().ok()
    } else {
        let number = exact_float(&digits);
        Some(number.ok_or_else(|| format!("`{text}` is not a whole number"))?)
    };
    match number {
        Some(number) => Whole::new(kind, number).ok_or_else(out_of_range),
        // Only the largest of an `u128` are no `i128`.
        None => match digits.parse::<u128>() {
            Ok(number) if kind == Kind::U128 => Ok(number.into()),
            _ => Err(out_of_range()),
        },
    }
}

/// The largest float below which all whole numbers are exact.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

#[expect(
    clippy::cast_possible_truncation,
    reason = "the number is whole and small enough to be exact"
)]
fn exact_float(text: &str) -> Option<i128> {
    let number: f64 = text.parse().ok()?;
    let is_exact = number.fract() == 0.0 && number.abs() <= EXACT_MAX;
    is_exact.then_some(number as i128)
}

/// Reads a float.
///
/// # Errors
///
/// If it is no number, or too large for a finite one.
pub(crate) fn float64(text: &str) -> Result<f64, String> {
    float(text, f64::is_infinite)
}

/// As [`float64`], rounded only once.
///
/// # Errors
///
/// If it is no number, or too large for a finite one.
pub(crate) fn float32(text: &str) -> Result<f32, String> {
    float(text, f32::is_infinite)
}

fn float<F: Copy + std::str::FromStr>(text: &str, is_infinite: fn(F) -> bool) -> Result<F, String> {
    // JSON has no word for what is not finite, so there it is in quotes.
    let inside = json::unquoted(text).ok();
    let inside = inside
        .as_deref()
        .filter(|inside| is_not_finite_word(inside));
    let digits = without_separators(inside.unwrap_or(text));
    let number: F = digits
        .parse()
        .map_err(|_| format!("`{text}` is not a number"))?;
    let is_meant = digits.to_ascii_lowercase().contains("inf");
    if is_infinite(number) && !is_meant {
        return Err(format!("`{text}` is out of range (the largest is finite)"));
    }
    Ok(number)
}

/// The text without the `_` between its digits.
fn without_separators(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_digit = |index: Option<usize>| {
        index
            .and_then(|index| bytes.get(index))
            .is_some_and(u8::is_ascii_digit)
    };
    text.char_indices()
        .filter(|&(at, character)| {
            character != '_' || !is_digit(at.checked_sub(1)) || !is_digit(Some(at + 1))
        })
        .map(|(_, character)| character)
        .collect()
}

/// Reads `true` or `false`.
///
/// # Errors
///
/// If it is neither.
pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is neither `true` nor `false`"))
}

/// Reads a single character.
///
/// # Errors
///
/// If there are none or several.
pub(crate) fn character(text: &str) -> Result<char, String> {
    let inside = json::unquoted(text);
    let text = inside.as_deref().unwrap_or(text);
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(character),
        _ => Err(format!("`{text}` is not a single character")),
    }
}

/// Whether the text is the name of a float that is not finite.
pub(crate) fn is_not_finite(text: &str) -> bool {
    is_not_finite_word(text) && float64(text).is_ok()
}

fn is_not_finite_word(text: &str) -> bool {
    text.parse().is_ok_and(|number: f64| !number.is_finite())
        && !text.contains(|character: char| character.is_ascii_digit())
}

/// Whether the text says that an optional value is not there.
pub(crate) fn is_none(text: &str) -> bool {
    matches!(text, "none" | "null")
}

/// Reads a text: JSON if it is in quotes, else the text itself.
///
/// # Errors
///
/// If it may be either; the error shows how to write both.
pub(crate) fn read(text: &str) -> Result<String, String> {
    let trimmed = text.trim();
    let Some(quote @ ('"' | '\'')) = trimmed.chars().next() else {
        return Ok(text.to_owned());
    };
    let inside = &trimmed[1..];
    let inside = inside.strip_suffix(quote).unwrap_or(inside);
    match json::unquoted(text) {
        Ok(read) => match control_escape(inside) {
            None => Ok(read),
            Some((escape, name, code)) => Err(format!(
                "write `{}` for a backslash, or `{code}` in place of `{escape}` for a {name}: `{text}` may be either",
                quoted(inside)
            )),
        },
        // Blanks around it are part of a text without quotes.
        Err(_) if json::unquoted(trimmed).is_ok() => Err(format!(
            "write `{trimmed}`, or `{}` with its quotes and the blanks around them, not `{text}`",
            quoted(text)
        )),
        Err(_) => {
            let is_plain = !inside.is_empty() && !inside.contains(['"', '\'', '\\']);
            let plain = if is_plain {
                inside.to_owned()
            } else {
                quoted(inside)
            };
            Err(format!(
                "write `{plain}`, or `{}` with its quotes, not `{text}`",
                quoted(text)
            ))
        }
    }
}

/// Returns a text as it can be written wherever a text is read.
pub(crate) fn quoted(text: &str) -> String {
    json::json(text, json::Layout::Compact)
}

/// Finds an escape in quotes that is hardly meant as such: the control character that it stands for is in no text that
/// people write, but paths and formulas have a backslash before these letters.
fn control_escape(inside: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        match rest.as_bytes().get(at + 1) {
            Some(b'b') => return Some((r"\b", "backspace", r"\u0008")),
            Some(b'f') => return Some((r"\f", "form feed", r"\u000c")),
            _ => rest = rest.get(at + 2..).unwrap_or_default(),
        }
    }
    None
}

/// The fields of a [`Duration`] of the standard library, as serde names them.
pub(crate) const DURATION: &[&str] = &["secs", "nanos"];

/// Reads a duration with its units.
///
/// # Errors
///
/// If it is none.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| format!("`{text}` is not a duration such as 90s or 1h30m"))
}

/// Units of sizes, in bytes.
const UNITS: [(&str, f64); 5] = [
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("B", 1.0),
];

/// Reads a number of bytes with its unit.
///
/// # Errors
///
/// If it is none.
pub(crate) fn size(written: &str) -> Result<f64, String> {
    let unit = UNITS.into_iter().find_map(|(unit, bytes)| {
        let number = written.len().checked_sub(unit.len())?;
        let (number, name) = written.split_at_checked(number)?;
        name.eq_ignore_ascii_case(unit).then_some((number, bytes))
    });
    unit.and_then(|(number, bytes)| Some(float64(number.trim()).ok()? * bytes))
        .filter(|bytes| bytes.is_finite())
        .ok_or_else(|| format!("`{written}` is not a size such as 500MB or 1.5GB"))
}

/// The values between commas, without the blanks around them; `\,` is a comma inside a value, and so is one inside `[…]`,
/// `{…}` or `"…"`.
pub(crate) fn split(text: &str) -> impl Iterator<Item = String> {
    let mut values = vec![String::new()];
    let mut depth = 0_usize;
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_nested = depth > 0 || is_quoted;
        let starts_value = values.last().is_some_and(String::is_empty);
        match character {
            '\\' if !is_nested && characters.peek() == Some(&',') => {
                characters.next();
                push(&mut values, ',');
                continue;
            }
            '\\' if is_quoted => {
                push(&mut values, character);
                if let Some(next) = characters.next() {
                    push(&mut values, next);
                }
                continue;
            }
            ',' if !is_nested => {
                values.push(String::new());
                continue;
            }
            blank if starts_value && blank.is_whitespace() => continue,
            '"' if is_nested || starts_value => is_quoted = !is_quoted,
            '[' | '{' if !is_quoted && (is_nested || starts_value) => depth += 1,
            ']' | '}' if !is_quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        push(&mut values, character);
    }
    values.into_iter().map(|mut value| {
        value.truncate(value.trim_end().len());
        value
    })
}

fn push(values: &mut [String], character: char) {
    if let Some(value) = values.last_mut() {
        value.push(character);
    }
}

/// The bytes of a text: hexadecimal after `0x`, the text's own otherwise.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let hexadecimal = text.strip_prefix("0x").and_then(|digits| {
        let pairs = digits.as_bytes().chunks(2);
        pairs
            .map(|pair| match pair {
                [high, low] => Some(hex_digit(*high)? << 4 | hex_digit(*low)?),
                _ => None,
            })
            .collect()
    });
    hexadecimal.unwrap_or_else(|| text.as_bytes().to_vec())
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn whole_numbers_are_read_within_the_range_of_their_type() {
        let check = |kind, text: &str, expected: Result<Value, &str>| {
            let read = whole(kind, text).map(Whole::value);
            assert_eq!(read, expected.map_err(str::to_owned));
        };
        check(Kind::U8, "255", Ok(Value::Int(255)));
        check(Kind::I8, "-128", Ok(Value::Int(-128)));
        check(Kind::U64, "1_000_000", Ok(Value::Int(1_000_000)));
        check(Kind::U64, "1e6", Ok(Value::Int(1_000_000)));
        check(
            Kind::U128,
            "340282366920938463463374607431768211455",
            Ok(Value::Uint(u128::MAX)),
        );
        check(Kind::U8, "256", Err("`256` is out of range (0 to 255)"));
        check(Kind::U8, "-1", Err("`-1` is out of range (0 to 255)"));
        check(
            Kind::I8,
            "99999999999999999999999999999999999999999999",
            Err("`99999999999999999999999999999999999999999999` is out of range (-128 to 127)"),
        );
        check(Kind::U8, "1.5", Err("`1.5` is not a whole number"));
        check(Kind::U8, "", Err("`` is not a whole number"));
        check(Kind::U8, "_1", Err("`_1` is not a whole number"));
    }

    #[test]
    fn floats_are_finite_unless_infinity_is_meant() {
        assert_eq!(float64("1e-4"), Ok(1e-4));
        assert_eq!(float64("-inf"), Ok(f64::NEG_INFINITY));
        assert!(float64("NaN").is_ok_and(f64::is_nan));
        assert!(float64("1e999").is_err());
        assert!(float32("1e39").is_err());
        assert_eq!(float32("0.1"), Ok(0.1));
    }

    #[test]
    fn a_json_string_is_what_is_inside_and_anything_else_is_itself() {
        assert_eq!(read(r#""a\"b\n""#).as_deref(), Ok("a\"b\n"));
        assert_eq!(read(r#"say "hi""#).as_deref(), Ok(r#"say "hi""#));
        for plain in ["", " a ", "it's", "5\"", r"C:\bin"] {
            assert_eq!(read(plain).as_deref(), Ok(plain));
        }
    }

    /// Single quotes, quotes without an end and escapes that were none became part of the value without a word.
    #[test]
    fn a_text_that_may_mean_two_things_shows_how_to_write_both() {
        let check = |text: &str, expected: &str| {
            assert_eq!(read(text), Err(expected.to_owned()));
        };
        check(
            "'a b'",
            r#"write `a b`, or `"'a b'"` with its quotes, not `'a b'`"#,
        );
        check(
            "'tis",
            r#"write `tis`, or `"'tis"` with its quotes, not `'tis`"#,
        );
        check(
            r#""a"#,
            r#"write `a`, or `"\"a"` with its quotes, not `"a`"#,
        );
        check(r#"""#, r#"write `""`, or `"\""` with its quotes, not `"`"#);
        check(
            r#""a" b"#,
            r#"write `"a\" b"`, or `"\"a\" b"` with its quotes, not `"a" b`"#,
        );
        check(
            r#""C:\Users""#,
            r#"write `"C:\\Users"`, or `"\"C:\\Users\""` with its quotes, not `"C:\Users"`"#,
        );
        check(
            r#" "a" "#,
            r#"write `"a"`, or `" \"a\" "` with its quotes and the blanks around them, not ` "a" `"#,
        );
        check(
            r#""foo\bar""#,
            r#"write `"foo\\bar"` for a backslash, or `\u0008` in place of `\b` for a backspace: `"foo\bar"` may be either"#,
        );
        assert_eq!(read(r#""\\bar""#).as_deref(), Ok(r"\bar"));
    }

    #[test]
    fn blanks_around_commas_are_part_of_no_value() {
        let values = |text: &str| split(text).collect::<Vec<_>>();
        assert_eq!(values(" a , b c ,d "), ["a", "b c", "d"]);
        assert_eq!(
            values(r#"a, "b, c" , [1, 2]"#),
            ["a", r#""b, c""#, "[1, 2]"]
        );
        assert_eq!(values(r"a\, b, c"), ["a, b", "c"]);
    }
}
