//! Whether and when a run that failed is tried again.

use std::time::Duration;

use super::{isolate::LAST_LINES, queue::Job};
use crate::value::{Digest, Key};

/// The delay before the first retry; each further one waits twice as long.
const DELAY_FIRST: Duration = Duration::from_secs(1);
/// The longest delay.
const DELAY_MAX: Duration = Duration::from_secs(60);

/// How long to wait before the job is tried again; `None` if it is not.
///
/// A panic is not tried again, and neither is a job that fails twice in a row with the same text: both would most likely
/// come again. The delay grows exponentially, with a jitter between half and all of it, so that runs that failed for one
/// reason do not all come back at once.
pub(super) fn delay(job: &Job, error: &str, retries: u32, key: Key) -> Option<Duration> {
    if job.failures >= retries
        || error.starts_with("panicked")
        || job.last_error.as_deref().map(cause) == Some(cause(error))
    {
        return None;
    }
    let full = DELAY_FIRST
        .saturating_mul(1 << job.failures.min(16))
        .min(DELAY_MAX);
    let mut bytes = key.as_u128().to_le_bytes().to_vec();
    bytes.extend_from_slice(&job.failures.to_le_bytes());
    // From 0 to 1, the same every time for the same run and attempt.
    let jitter = f64::from((Digest::of(&bytes).low() >> 32) as u32) / f64::from(u32::MAX);
    Some(full.mul_f64(0.5 + jitter / 2.0))
}

/// The error without what the run printed, which may differ from time to time.
fn cause(error: &str) -> &str {
    error.split(LAST_LINES).next().unwrap_or(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Cost;

    fn job(failures: u32, last_error: Option<&str>) -> Job {
        Job {
            failures,
            last_error: last_error.map(str::to_owned),
            ..Job::new(0, Cost::new())
        }
    }

    fn check(failures: u32, last_error: Option<&str>, error: &str, expected_seconds: Option<u64>) {
        let delay = delay(&job(failures, last_error), error, 3, Key::from_u128(7));
        let full = expected_seconds.map(Duration::from_secs);
        let is_right = match (delay, full) {
            (Some(delay), Some(full)) => delay >= full / 2 && delay <= full,
            (delay, full) => delay == full,
        };
        assert!(is_right, "{delay:?} for {error}");
    }

    #[test]
    fn delays_double_with_jitter_until_the_retries_are_used_up() {
        check(0, None, "no route", Some(1));
        let printed = |line| format!("aborted{LAST_LINES}\n  | {line}");
        check(1, Some(&printed("1")), &printed("2"), None);
        check(1, Some("timeout"), "no route", Some(2));
        check(2, Some("timeout"), "no route", Some(4));
        check(3, Some("timeout"), "no route", None);
    }

    #[test]
    fn what_would_come_again_is_not_tried_again() {
        check(0, None, "panicked: index out of bounds", None);
        check(1, Some("no route"), "no route", None);
    }
}
