//! [`Rerun`]: what an invocation replaces that runs everything again.

use std::{collections::HashMap, time::SystemTime};

use serde::{Deserialize, Serialize};

use crate::{store::Record, value::Key};

/// What there was when the invocation started. It is known by the times that it names itself, so that a clock that was set back
/// since, or will be, makes nothing of before look newer.
#[derive(Clone, Debug)]
pub(crate) struct Rerun {
    pub(crate) started: SystemTime,
    pub(crate) found: HashMap<Key, PriorRun>,
}

/// What there was of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PriorRun {
    /// When the run started that has a result.
    pub(crate) result: Option<SystemTime>,
    /// When its checkpoint was saved.
    pub(crate) checkpoint: Option<SystemTime>,
}

impl Rerun {
    /// Whether a result is from before the invocation.
    pub(crate) fn replaces(&self, key: Key, record: &Record) -> bool {
        record.started < self.started || self.found(key).result == Some(record.started)
    }

    /// Whether a checkpoint that was saved at this time is from before the invocation.
    pub(crate) fn discards(&self, key: Key, saved: SystemTime) -> bool {
        saved < self.started || self.found(key).checkpoint == Some(saved)
    }

    pub(crate) fn found(&self, key: Key) -> PriorRun {
        self.found.get(&key).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::Build;

    const KEY: Key = Key::from_u128(7);

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn check(result: u64, is_replaced: bool) {
        let found = PriorRun {
            result: Some(at(9_000)),
            checkpoint: Some(at(9_001)),
        };
        let rerun = Rerun {
            started: at(5_000),
            found: HashMap::from([(KEY, found)]),
        };
        let record = Record {
            directory: "run".to_owned(),
            started: at(result),
            duration: Duration::ZERO,
            build: Build { fingerprint: 0 },
            attempts: 1,
            aside: false,
        };
        assert_eq!(rerun.replaces(KEY, &record), is_replaced, "{result}");
        assert_eq!(rerun.discards(KEY, at(result + 1)), is_replaced, "{result}");
        assert!(!rerun.replaces(Key::from_u128(8), &record) || result < 5_000);
    }

    #[test]
    fn what_is_older_is_replaced() {
        check(4_000, true);
        check(6_000, false);
    }

    #[test]
    fn what_was_there_is_replaced_even_if_it_looks_newer() {
        check(9_000, true);
        check(9_500, false);
    }
}
