//! The ranges of `--sweep`: `1..5`, `0..=100/10`, `1e-4..1e-1/log7`, `0..1/lin5`.

use crate::value::{Kind, Value, text};

/// Maximum number of values of one sweep; more are a slip of the pen.
pub(crate) const VALUES_MAX: usize = 1_000_000;

/// Digits that survive in the points of a geometric or linear range, so that they are the same on every machine and
/// read like numbers that people choose.
const DIGITS: usize = 12;

/// Maximum number of decimals that are written as such.
const DECIMALS_MAX: usize = 40;

/// The way of the values from the start to the end.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Course<'a> {
    /// One by one.
    Ones,
    Step(&'a str),
    /// This number of points with equal ratios, both ends included.
    Geometric(usize),
    /// This number of points with equal distances, both ends included.
    Linear(usize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Range<'a> {
    start: &'a str,
    end: &'a str,
    is_inclusive: bool,
    course: Course<'a>,
}

/// Returns the values of a range as texts; `None` if `text` is no range.
///
/// # Errors
///
/// If it is a range that makes no sense for what the field takes.
pub(super) fn values(text: &str, kind: Kind) -> Option<Result<Vec<String>, String>> {
    let range = match Range::parse(text)? {
        Ok(range) => range,
        Err(error) => return Some(Err(error)),
    };
    let values = match (kind.is_whole(), range.course) {
        (true, Course::Ones | Course::Step(_)) => range.whole(),
        (_, Course::Ones) => Err(
            "a range of floats needs a step or a count: add `/0.1`, `/lin5` or `/log5`".to_owned(),
        ),
        (_, Course::Step(step)) => range.stepped(step),
        (_, Course::Geometric(count)) => range.geometric(count),
        (_, Course::Linear(count)) => range.linear(count),
    };
    let values = values.and_then(|values| match (values.len(), kind.is_whole()) {
        (0, _) => Err(format!("the range `{text}` is empty")),
        (_, true) => Ok(rounded(values)),
        _ => Ok(values),
    });
    Some(values)
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Result<Self, String>> {
        let (start, rest) = text.split_once("..")?;
        let (end, course) = match rest.split_once('/') {
            None => (rest, Ok(Course::Ones)),
            Some((end, course)) => (end, Course::parse(course)),
        };
        let (is_inclusive, end) = match end.strip_prefix('=') {
            Some(end) => (true, end),
            None => (false, end),
        };
        if start.is_empty() || end.is_empty() {
            return Some(Err(format!("the range `{text}` needs both ends")));
        }
        Some(course.map(|course| Self {
            start,
            end,
            is_inclusive,
            course,
        }))
    }

    /// Whole numbers, in steps.
    fn whole(self) -> Result<Vec<String>, String> {
        let start = whole(self.start)?;
        let end = whole(self.end)?;
        let step = match self.course {
            Course::Step(step) => whole(step)?,
            _ => 1,
        };
        if step == 0 {
            return Err("the step is 0".to_owned());
        }
        let mut values = Vec::new();
        let mut next = Some(start);
        while let Some(value) = next.filter(|value| self.has(value, &end, step > 0)) {
            if values.len() == VALUES_MAX {
                return Err(too_many());
            }
            values.push(value.to_string());
            next = value.checked_add(step);
        }
        Ok(values)
    }

    /// Floats in steps, rounded to as many decimals as the start and the step are written with.
    fn stepped(self, step_text: &str) -> Result<Vec<String>, String> {
        let (start, end) = self.ends()?;
        let step = finite(step_text)?;
        if step == 0.0 {
            return Err("the step is 0".to_owned());
        }
        if (end - start) / step > float(VALUES_MAX) {
            return Err(too_many());
        }
        let decimals = decimals(self.start).max(decimals(step_text));
        let mut values = Vec::new();
        loop {
            if values.len() > VALUES_MAX {
                return Err(too_many());
            }
            let exact = start + float(values.len()) * step;
            let value = match text::float64(&rounded_to(exact, decimals)) {
                Ok(value) if value.is_finite() => value,
                _ => return Err(format!("`{exact}` is out of range")),
            };
            if !self.has(&value, &end, step > 0.0) {
                return Ok(values);
            }
            values.push(shortest(value));
        }
    }

    fn has<T: PartialOrd>(self, value: &T, end: &T, is_rising: bool) -> bool {
        match (is_rising, self.is_inclusive) {
            (true, false) => value < end,
            (true, true) => value <= end,
            (false, false) => value > end,
            (false, true) => value >= end,
        }
    }

    fn geometric(self, count: usize) -> Result<Vec<String>, String> {
        let (start, end) = self.ends()?;
        if start == 0.0 || end == 0.0 || (start < 0.0) != (end < 0.0) {
            return Err("both ends of a geometric range must be above 0, or both below".to_owned());
        }
        let ratio = end / start;
        Ok(self.points(count, |share| start * ratio.powf(share)))
    }

    fn linear(self, count: usize) -> Result<Vec<String>, String> {
        let (start, end) = self.ends()?;
        let noise = start.abs().max(end.abs()) * 1e-12;
        Ok(self.points(count, |share| {
            let value = start * (1.0 - share) + end * share;
            if value.abs() < noise { 0.0 } else { value }
        }))
    }

    /// The ends as they are written, and what is between them.
    fn points(self, count: usize, at: impl Fn(f64) -> f64) -> Vec<String> {
        let last = count - 1;
        let between = (1..last).map(|index| {
            let value = at(float(index) / float(last));
            let digits = DIGITS - 1;
            text::float64(&format!("{value:.digits$e}"))
                .map_or_else(|_| value.to_string(), shortest)
        });
        let mut points = vec![self.start.to_owned()];
        points.extend(between);
        points.push(self.end.to_owned());
        points
    }

    fn ends(self) -> Result<(f64, f64), String> {
        Ok((finite(self.start)?, finite(self.end)?))
    }
}

impl<'a> Course<'a> {
    fn parse(text: &'a str) -> Result<Self, String> {
        let count = |number: &str| match number.parse() {
            Ok(count) if (2..=VALUES_MAX).contains(&count) => Ok(count),
            _ => Err(format!(
                "`{number}` is not a number of points from 2 to {VALUES_MAX}"
            )),
        };
        if let Some(number) = text.strip_prefix("log") {
            count(number).map(Self::Geometric)
        } else if let Some(number) = text.strip_prefix("lin") {
            count(number).map(Self::Linear)
        } else {
            Ok(Self::Step(text))
        }
    }
}

/// Writes a number with this number of decimals.
fn rounded_to(number: f64, decimals: usize) -> String {
    // Writing hundreds of decimals takes long; a float has no more than 17 digits.
    if decimals <= DECIMALS_MAX || number == 0.0 {
        return format!("{number:.decimals$}");
    }
    let one = format!("{number:e}");
    let exponent = one
        .split_once('e')
        .and_then(|(_, digits)| digits.parse().ok());
    let digits = decimals.checked_add_signed(exponent.unwrap_or(0));
    let digits = digits.unwrap_or(0).min(17);
    format!("{number:.digits$e}")
}

/// The nearest whole numbers, each once.
fn rounded(values: Vec<String>) -> Vec<String> {
    let mut rounded: Vec<String> = values
        .into_iter()
        .map(|value| match text::float64(&value) {
            Ok(number) if whole(&value).is_err() => format!("{:.0}", number.round()),
            _ => value,
        })
        .collect();
    rounded.dedup();
    rounded
}

fn whole(text: &str) -> Result<i128, String> {
    if text
        .parse::<u128>()
        .is_ok_and(|number| i128::try_from(number).is_err())
    {
        return Err(format!(
            "`{text}` is too large for a range; write each value, with commas between them"
        ));
    }
    match text::whole(Kind::I128, text)?.value() {
        Value::Int(number) => Ok(number),
        _ => Err(format!("`{text}` is not a whole number")),
    }
}

fn finite(text: &str) -> Result<f64, String> {
    let number = text::float64(text)?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(format!("`{text}` is not finite"))
    }
}

/// Returns the number of decimals of a number as it is written, its exponent counted in.
fn decimals(text: &str) -> usize {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let decimals = mantissa
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len());
    let decimals = i64::try_from(decimals).unwrap_or(0);
    let places = decimals.saturating_sub(exponent.parse().unwrap_or(0));
    usize::try_from(places.clamp(0, 300)).unwrap_or(0)
}

/// The shortest text that reads back as the same number.
fn shortest(value: f64) -> String {
    crate::value::Value::F64(value).to_string()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn float(count: usize) -> f64 {
    count as f64
}

fn too_many() -> String {
    format!("more than {VALUES_MAX} values")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, kind: Kind, expected: Result<&str, &str>) {
        let values = values(text, kind).map(|values| values.map(|values| values.join(" ")));
        let values = values
            .as_ref()
            .map(|values| values.as_deref().map_err(String::as_str));
        assert_eq!(values, Some(expected), "{text}");
    }

    #[test]
    fn whole_ranges_end_before_their_end_unless_they_say_otherwise() {
        check("1..5", Kind::U32, Ok("1 2 3 4"));
        check("1..=5", Kind::U32, Ok("1 2 3 4 5"));
        check("0..100/25", Kind::U32, Ok("0 25 50 75"));
        check("0..=100/25", Kind::U32, Ok("0 25 50 75 100"));
        check("-2..1", Kind::U32, Ok("-2 -1 0"));
        check("10..0/-4", Kind::U32, Ok("10 6 2"));
        check("1..1000/log4", Kind::U32, Ok("1 10 100 1000"));
        check("1..4/log9", Kind::U32, Ok("1 2 3 4"));
        check("0..9/lin4", Kind::U32, Ok("0 3 6 9"));
    }

    #[test]
    fn a_range_that_is_too_large_for_ranges_says_so() {
        let largest = u128::MAX.to_string();
        let refused = format!(
            "`{largest}` is too large for a range; write each value, with commas between them"
        );
        check(&format!("1..={largest}"), Kind::U128, Err(&refused));
    }

    #[test]
    fn float_ranges_have_no_noise() {
        check("1e-4..1e-1/log4", Kind::F64, Ok("1e-4 0.001 0.01 1e-1"));
        check("1..2/log3", Kind::F64, Ok("1 1.41421356237 2"));
        check("0..1/lin5", Kind::F64, Ok("0 0.25 0.5 0.75 1"));
        check("-1..1/lin5", Kind::F64, Ok("-1 -0.5 0 0.5 1"));
        check("0..0.5/0.1", Kind::F64, Ok("0 0.1 0.2 0.3 0.4"));
        check("0..=0.5/1e-1", Kind::F64, Ok("0 0.1 0.2 0.3 0.4 0.5"));
    }

    /// It took 13 seconds to make the values that were too many.
    #[test]
    fn tiny_steps_are_refused_or_made_at_once() {
        check("0..1/1e-300", Kind::F64, Err("more than 1000000 values"));
        check("1..0/-1e-9", Kind::F64, Err("more than 1000000 values"));
        check(
            "0..=5e-300/1e-300",
            Kind::F64,
            Ok("0 1e-300 2e-300 3e-300 4e-300 5e-300"),
        );
        let many = values("0..1e-294/1e-300", Kind::F64).and_then(Result::ok);
        assert_eq!(many.map_or(0, |many| many.len()), 1_000_000);
    }

    #[test]
    fn ranges_that_make_no_sense_say_why() {
        check("5..1", Kind::U32, Err("the range `5..1` is empty"));
        check("1..", Kind::U32, Err("the range `1..` needs both ends"));
        check("1..5/0", Kind::U32, Err("the step is 0"));
        check("1..x", Kind::U32, Err("`x` is not a whole number"));
        check("0..9999999999", Kind::U32, Err("more than 1000000 values"));
        check(
            "0..1",
            Kind::F64,
            Err("a range of floats needs a step or a count: add `/0.1`, `/lin5` or `/log5`"),
        );
        check(
            "0..1/log5",
            Kind::F64,
            Err("both ends of a geometric range must be above 0, or both below"),
        );
        check(
            "1..2/log1",
            Kind::F64,
            Err("`1` is not a number of points from 2 to 1000000"),
        );
    }
}
