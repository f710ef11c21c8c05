//! Durations as people read them.

use std::time::Duration;

const UNITS: [(&str, f64); 3] = [("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3)];

/// Three significant digits below a minute (`1.24 s`, `350 ms`), two units above (`2 m 05 s`).
pub(crate) fn display_duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let whole = seconds.round();
    if duration.is_zero() {
        "0 s".to_owned()
    } else if whole >= 60.0 {
        long(duration.as_secs() + u64::from(duration.subsec_millis() >= 500))
    } else {
        let (unit, size) = UNITS
            .into_iter()
            .find(|(_, size)| (seconds / size) < 999.5)
            .unwrap_or(("s", 1.0));
        let value = seconds / size;
        let decimals = match value {
            _ if unit == "ns" => 0,
            value if value < 9.995 => 2,
            value if value < 99.95 => 1,
            _ => 0,
        };
        format!("{value:.decimals$} {unit}")
    }
}

fn long(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match (days, hours) {
        (0, 0) => format!("{minutes} m {:02} s", seconds % 60),
        (0, _) => format!("{hours} h {:02} m", minutes % 60),
        (_, _) => format!("{days} d {:02} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seconds: f64, expected: &str) {
        assert_eq!(display_duration(Duration::from_secs_f64(seconds)), expected);
    }

    #[test]
    fn short_durations_have_three_digits() {
        check(0.0, "0 s");
        check(8.5e-7, "850 ns");
        check(1.234e-5, "12.3 µs");
        check(0.35, "350 ms");
        check(0.003_5, "3.50 ms");
        check(0.999_7, "1.00 s");
        check(1.236, "1.24 s");
        check(9.999, "10.0 s");
        check(59.4, "59.4 s");
    }

    #[test]
    fn long_durations_have_two_units() {
        check(59.7, "1 m 00 s");
        check(125.0, "2 m 05 s");
        check(3_600.0 + 7.0 * 60.0, "1 h 07 m");
        check(86_400.0 * 2.0 + 3_600.0 * 3.0, "2 d 03 h");
    }
}
